import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BadFileError } from "../errors.ts";
import { notWritten } from "../formats/disk.ts";
import { openFile, readSmallText } from "../formats/file-bytes.ts";
import { readSafetensorsHeader } from "../formats/safetensors/header.ts";
import { printable } from "../printable.ts";
import { held } from "../train/reading.ts";
import { writeTensors } from "../train/run/state-file.ts";
import type { LinearHead } from "./linear-fit.ts";

const factsSchema = z.object({
  format: z.literal("basewise-head-1"),
  kind: z.enum(["classify", "regress"]),
  name: z.string(),
  /** The model whose vectors the head reads, and what tells its weights and settings from all others. */
  from: z.string(),
  identity: z.string(),
  pooling: z.enum(["mean", "last", "cls"]).optional(),
  /** File of the adapter that the vectors are made with, beside this one; they then keep the length they have. */
  adapter: z.string().optional(),
  dimensions: z.int().positive(),
  /** In the order of the outputs; a regression has none. */
  labels: z.array(z.string()),
  /** What outputs are divided by before they become probabilities. */
  temperature: z.number().positive(),
  /** The penalty that was chosen. */
  l2: z.number(),
  /** SHA-256 of the weights file. */
  sha256: z.string(),
});
/** What a head says of itself beside its weights. */
export type HeadFacts = Omit<z.infer<typeof factsSchema>, "format" | "sha256">;

const MAX_BYTES = 2 ** 24;

/** Writes `head.safetensors` (weight [outputs, dimensions] and bias [outputs]) and `head.json`. Throws BadFileError. */
export async function writeHead(folder: string, facts: HeadFacts, head: LinearHead): Promise<string[]> {
  const weights = join(folder, "head.safetensors");
  const outputs = head.biases.length;
  await writeTensors(weights, { format: "pt" }, [
    { name: "weight", ...held(head.weights), shape: [outputs, facts.dimensions] },
    { name: "bias", ...held(head.biases), shape: [outputs] },
  ]);
  const sha256 = createHash("sha256")
    .update(await readFile(weights))
    .digest("hex");
  const path = join(folder, "head.json");
  const text = `${JSON.stringify({ format: "basewise-head-1", ...facts, sha256 }, undefined, 2)}\n`;
  try {
    await writeFile(`${path}.part`, text);
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw notWritten(path, cause);
  }
  return [weights, path];
}

/** Reads a head. Throws NotFoundError where there is none, BadFileError for one that is damaged or not a head. */
export async function readHead(
  folder: string,
): Promise<{ readonly facts: HeadFacts; readonly head: LinearHead }> {
  const path = join(folder, "head.json");
  const text = await readSmallText(path, MAX_BYTES);
  let facts: z.infer<typeof factsSchema>;
  try {
    facts = factsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw notAHead(path, cause);
  }
  const weights = join(folder, "head.safetensors");
  const { tensors, fileBytes } = await readSafetensorsHeader(weights);
  await using file = await openFile(weights);
  const sha256 = createHash("sha256")
    .update(await file.read(0, fileBytes))
    .digest("hex");
  const floats = async (name: string, count: number): Promise<Float32Array> => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== "F32" || tensor.bytes !== 4 * count) throw notAHead(weights);
    return new Float32Array(Uint8Array.from(await file.read(tensor.offset, tensor.bytes)).buffer);
  };
  if (sha256 !== facts.sha256) throw notAHead(weights);
  const outputs = facts.kind === "regress" ? 1 : facts.labels.length;
  return {
    facts,
    head: {
      weights: await floats("weight", outputs * facts.dimensions),
      biases: await floats("bias", outputs),
    },
  };
}

function notAHead(path: string, cause?: unknown): BadFileError {
  const shown = printable(path, 300);
  return new BadFileError(
    path,
    {
      en: `${shown} is no head that basewise wrote, or was changed since; train it again.`,
      zh: `${shown} 不是 basewise 写出的分类头，或已被改动；请重新训练。`,
    },
    { cause },
  );
}
