import { BadFileError, NotFoundError } from "../errors.ts";
import { type FileBytes, withHead } from "../formats/file-bytes.ts";
import type { GgufHeader } from "../formats/gguf/header.ts";
import { readShardIndex, SINGLE_FILE } from "../formats/safetensors/checkpoint.ts";
import { readSafetensorsHeaderFrom } from "../formats/safetensors/header.ts";
import type { ModelFiles } from "../hub/model-files.ts";
import { HubError } from "../hub/remote/errors.ts";
import { rowToFloats } from "../native/ggml/dequantize.ts";
import { NativeLibraryError } from "../native/platform.ts";
import type { ModelFacts } from "../stage/facts.ts";
import { measureRows } from "../stage/measure-rows.ts";
import { chooseRows, type Reach } from "../stage/rows.ts";
import type { MatrixFacts } from "../stage/signals/weights.ts";

/** A matrix with one row a token, and where it lies in its file. */
interface Matrix {
  readonly matrix: MatrixFacts["matrix"];
  /** As GGUF names it. */
  readonly type: string;
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
  readonly rowBytes: number;
}

/** Rows are some kilobytes; one of a megabyte belongs to no vocabulary. */
const MAX_ROW_BYTES = 2 ** 20;
/** What lies between two rows is read with them, where it is no more than this. */
const MAX_GAP_BYTES = 2 ** 16;
const MAX_RUN_BYTES = 8 * 2 ** 20;
/** Headers of safetensors on another machine: most are no longer. */
const REMOTE_HEAD_BYTES = 2 ** 17;

/** What was measured in the weights, as facts; weights that cannot be read are a warning, and no more. */
export async function weightFacts(
  facts: ModelFacts,
  measuring: Promise<MatrixFacts[]>,
): Promise<Pick<ModelFacts, "matrices" | "warnings">> {
  const { warnings } = facts;
  try {
    return { matrices: await measuring, warnings };
  } catch (error) {
    if (error instanceof BadFileError || error instanceof HubError)
      return { matrices: [], warnings: [...warnings, error.text] };
    throw error;
  }
}

/**
 * Measures rows of a GGUF file's embedding and output head; of the file, only those rows are read. In few places, of
 * the embedding alone, which is what conversations train first.
 */
export async function measureGguf(
  facts: ModelFacts,
  header: GgufHeader,
  file: FileBytes,
  reach: Reach = "anywhere",
): Promise<MatrixFacts[]> {
  const matrices = header.tensors.flatMap(({ name, shape, type, offset, bytes }): Matrix[] => {
    const [columns, rows] = shape;
    if (
      (name !== "token_embd.weight" && (name !== "output.weight" || reach === "few places")) ||
      shape.length !== 2 ||
      columns === undefined ||
      rows === undefined
    )
      return [];
    return [
      {
        matrix: name === "output.weight" ? "output head" : "embedding",
        type,
        rows,
        columns,
        offset: header.tensorDataOffset + offset,
        rowBytes: bytes / rows,
      },
    ];
  });
  const measured = await Promise.all(matrices.map((matrix) => measure(facts, matrix, file, reach)));
  return measured.filter((one) => one !== undefined);
}

const EMBEDDINGS =
  /^(model\.|transformer\.|language_model\.|model\.language_model\.|gpt_neox\.)*(embed_tokens|wte|embed_in|tok_embeddings|word_embeddings)\.weight$/;
const HEADS = /^(language_model\.)*(lm_head|embed_out|output)\.weight$/;
/** What safetensors calls the types of floats, as GGUF calls them. */
const FLOATS: Readonly<Record<string, string>> = { F32: "F32", F16: "F16", BF16: "BF16" };

/**
 * Measures rows of the embedding and the output head in a folder's safetensors, single or in shards: of the files, the
 * headers of those two tensors and the rows are read; in few places, of the embedding alone. Nothing where there are no
 * such files.
 */
export async function measureFolder(
  facts: ModelFacts,
  files: ModelFiles,
  reach: Reach = "anywhere",
): Promise<MatrixFacts[]> {
  const index = await readShardIndex(files);
  const names = new Set<string>();
  for (const pattern of reach === "anywhere" ? [EMBEDDINGS, HEADS] : [EMBEDDINGS]) {
    if (index === undefined) names.add(SINGLE_FILE);
    else for (const [tensor, file] of index) if (pattern.test(tensor)) names.add(file);
  }
  const found: MatrixFacts[] = [];
  for (const name of names) {
    const opened = await openIfThere(files, name);
    if (opened === undefined) continue;
    await using file = reach === "anywhere" ? opened : withHead(opened, REMOTE_HEAD_BYTES);
    const { tensors } = await readSafetensorsHeaderFrom(file);
    for (const { name: tensor, dtype, shape, offset, bytes } of tensors.values()) {
      const [rows, columns] = shape;
      const type = FLOATS[dtype];
      const isHead = HEADS.test(tensor);
      if (type === undefined || rows === undefined || columns === undefined || shape.length !== 2) continue;
      if (isHead ? reach === "few places" : !EMBEDDINGS.test(tensor)) continue;
      const matrix: Matrix = {
        matrix: isHead ? "output head" : "embedding",
        type,
        rows,
        columns,
        offset,
        rowBytes: bytes / rows,
      };
      const measured = await measure(facts, matrix, file, reach);
      if (measured !== undefined) found.push(measured);
    }
  }
  return found;
}

async function measure(
  facts: ModelFacts,
  matrix: Matrix,
  file: FileBytes,
  reach: Reach,
): Promise<MatrixFacts | undefined> {
  const { rows, columns, rowBytes, type } = matrix;
  const choice = chooseRows(facts, rows, reach);
  if (choice === undefined || !Number.isInteger(rowBytes) || rowBytes > MAX_ROW_BYTES || rowBytes === 0) {
    return undefined;
  }
  const { turns: turnRows, ordinary: ordinaryRows, spare: spareRows } = choice;
  const turnIds = turnRows.map(({ id }) => id);
  const stored = await readRows(file, matrix, [...turnIds, ...ordinaryRows, ...spareRows]);
  const read = (ids: readonly number[]): Float32Array[] | undefined => {
    const floats = ids.map((id) => rowToFloats(type, stored.get(id) ?? new Uint8Array(), columns));
    return floats.every((row) => row !== undefined) ? floats : undefined;
  };
  try {
    const turns = read(turnIds);
    const ordinary = read(ordinaryRows);
    const spare = read(spareRows);
    if (turns === undefined || ordinary === undefined || spare === undefined) return undefined;
    return measureRows(matrix.matrix, type, choice, { turns, ordinary, spare });
  } catch (error) {
    // Files can be inspected where the native library is missing; the other signals then do.
    if (error instanceof NativeLibraryError) return undefined;
    throw error;
  }
}

/** The bytes of rows by their numbers; rows that lie near each other are read together. */
async function readRows(
  file: FileBytes,
  { offset, rowBytes }: Matrix,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Uint8Array>> {
  const runs: { first: number; last: number }[] = [];
  for (const id of [...new Set(ids)].sort((one, other) => one - other)) {
    const run = runs.at(-1);
    const isNear =
      run !== undefined &&
      (id - run.last - 1) * rowBytes <= MAX_GAP_BYTES &&
      (id - run.first + 1) * rowBytes <= MAX_RUN_BYTES;
    if (isNear) run.last = id;
    else runs.push({ first: id, last: id });
  }
  const found = new Map<number, Uint8Array>();
  await Promise.all(
    runs.map(async ({ first, last }) => {
      const bytes = await file.read(offset + first * rowBytes, (last - first + 1) * rowBytes);
      for (let id = first; id <= last; id++) {
        found.set(id, bytes.subarray((id - first) * rowBytes, (id - first + 1) * rowBytes));
      }
    }),
  );
  return found;
}

async function openIfThere(files: ModelFiles, name: string): Promise<FileBytes | undefined> {
  try {
    return await files.open(name);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
