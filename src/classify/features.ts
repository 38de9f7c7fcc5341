import { createHash } from "node:crypto";
import { join } from "node:path";
import { BadFileError, NotFoundError } from "../errors.ts";
import type { RepresentingModel } from "../model/embedding-model.ts";
import { held } from "../train/reading.ts";
import { readState, writeState } from "../train/run/state-file.ts";
import type { Matrix } from "./linear-fit.ts";
import type { HeadRecipe } from "./recipe.ts";

/** Texts that are embedded between two reports. */
const AT_ONCE = 256;

/** How a head asks for vectors. */
export interface HeadEmbedding {
  readonly pooling?: HeadRecipe["pooling"];
  /** Whether each has the length 1; as the model was trained unless stated. */
  readonly normalize?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The vectors of texts as the head reads them; a text that is too long is cut. */
export async function featuresOf(
  model: RepresentingModel,
  texts: readonly string[],
  asked: HeadEmbedding,
): Promise<Matrix> {
  const parts: Float32Array[] = [];
  for await (const { vectors } of embedded(model, texts, asked)) parts.push(...vectors);
  return matrixOf(parts);
}

/**
 * The same, kept in a file of the folder by model, pooling and texts, so that another head on them costs nothing. Tells
 * how many texts are done, and gives the features at the end.
 */
export async function* keptFeatures(
  folder: string,
  model: RepresentingModel,
  texts: readonly string[],
  asked: HeadEmbedding,
): AsyncGenerator<number, Matrix> {
  const normal = asked.normalize === undefined ? [] : [asked.normalize];
  const key = createHash("sha256")
    .update(JSON.stringify([model.identity, asked.pooling ?? null, ...normal, texts]))
    .digest("hex");
  const path = join(folder, `features-${key.slice(0, 16)}.safetensors`);
  const kept = await readKept(path, key, texts.length);
  if (kept !== undefined) return kept;
  const parts: Float32Array[] = [];
  for await (const { vectors } of embedded(model, texts, asked)) {
    parts.push(...vectors);
    yield parts.length;
  }
  const matrix = matrixOf(parts);
  await writeState(path, { key }, [{ name: "features", ...held(matrix.values) }]);
  return matrix;
}

async function* embedded(
  model: RepresentingModel,
  texts: readonly string[],
  { pooling, normalize, signal }: HeadEmbedding,
) {
  for (let start = 0; start < texts.length; start += AT_ONCE) {
    yield await model.embed(texts.slice(start, start + AT_ONCE), {
      truncate: model.isHere,
      ...(pooling === undefined ? {} : { pooling }),
      ...(normalize === undefined ? {} : { normalize }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

async function readKept(path: string, key: string, rows: number): Promise<Matrix | undefined> {
  try {
    const { metadata, tensors } = await readState(path);
    const values = tensors.get("features");
    if (metadata.key !== key || values === undefined) return undefined;
    return { values, rows, columns: values.length / rows };
  } catch (error) {
    if (error instanceof BadFileError || error instanceof NotFoundError) return undefined; // computed anew
    throw error;
  }
}

function matrixOf(parts: readonly Float32Array[]): Matrix {
  const columns = parts[0]?.length ?? 0;
  const values = new Float32Array(parts.length * columns);
  parts.forEach((vector, row) => {
    values.set(vector, row * columns);
  });
  return { values, rows: parts.length, columns };
}

/** Some rows of a matrix. */
export function rowsOf({ values, columns }: Matrix, places: readonly number[]): Matrix {
  const out = new Float32Array(places.length * columns);
  places.forEach((place, row) => {
    out.set(values.subarray(place * columns, (place + 1) * columns), row * columns);
  });
  return { values: out, rows: places.length, columns };
}
