import { join } from "node:path";
import { type GgufTensor, type GgufValue, writeGguf } from "../native/gguf-writer.ts";
import { bytesOfFloats, type RowType, rowTypeFor } from "../native/rows.ts";
import { EMBEDDING, headName } from "./arch/weights.ts";
import { openModelFile } from "./model-file.ts";
import { openParent, type Parent } from "./parent.ts";
import { Random } from "./random.ts";
import { floatsOfRows, type StoredWeight } from "./stored-weights.ts";

/** What a model was extended by: the hash of the parent, and the tokens. */
const EXTENDED_KEY = "basewise.extended_by";
/** enum llama_token_type */
const CONTROL_TOKEN = 3;
const UNUSED_TOKEN = 5;
/** Rows that a vocabulary is filled up to a multiple of, since the fastest products want that. */
const MULTIPLE = 64;
/** How far new rows lie from the mean, in deviations of the rows that there are: no two are the same. */
const SPREAD = 0.01;
const SEED = 1;
const WRITTEN: readonly RowType[] = ["f32", "f16", "bf16", "q8_0"];

/**
 * The parent with control tokens that its vocabulary lacks, as a GGUF file in the run's folder; the parent itself where it
 * has them all. New rows of embedding and head are the mean of those that there are (Hewitt 2021, "Initializing New Word
 * Embeddings for Pretrained Language Models"), and a little apart. Throws what writing and opening throw.
 */
export async function withTokens(parent: Parent, wanted: readonly string[], output: string): Promise<Parent> {
  const { tokens } = parent.vocabulary;
  const known = new Set(tokens);
  const added = [...new Set(wanted)].filter((token) => !known.has(token));
  if (added.length === 0) return parent;
  const path = join(output, "parent-extended.gguf");
  const by = JSON.stringify([parent.hash, added]);
  if ((await extendedBy(path)) !== by) await write(path, parent, added, by);
  return openParent(path, output);
}

async function extendedBy(path: string): Promise<string | undefined> {
  try {
    return (await openModelFile(path)).header.metadata.string(EXTENDED_KEY);
  } catch {
    return undefined; // not there, or not whole: it is written anew
  }
}

async function write(path: string, parent: Parent, added: readonly string[], by: string): Promise<void> {
  const { header, vocabulary, config, stored } = parent;
  const rows = config.vocabularySize;
  const size = MULTIPLE * Math.ceil((rows + added.length) / MULTIPLE);
  const named = [...vocabulary.tokens.slice(0, rows), ...unused(vocabulary.tokens.length, rows), ...added];
  const tokens = [...named, ...unused(named.length, size)];
  const typesBefore = header.metadata.numbers("tokenizer.ggml.token_type") ?? [];
  const types = Int32Array.from(tokens, (_, id) =>
    id >= rows && id < named.length ? CONTROL_TOKEN : (typesBefore[id] ?? UNUSED_TOKEN),
  );
  const scores = header.metadata.numbers("tokenizer.ggml.scores");
  const sizeKey = `${config.architecture}.vocab_size`;
  const metadata = new Map<string, GgufValue>([
    [EXTENDED_KEY, by],
    ["tokenizer.ggml.tokens", { strings: tokens }],
    ["tokenizer.ggml.token_type", { i32s: types }],
    ...(scores === undefined
      ? []
      : [
          [
            "tokenizer.ggml.scores",
            { f32s: Float32Array.from(tokens, (_, id) => scores[id] ?? 0) },
          ] satisfies [string, GgufValue],
        ]),
    ...(header.metadata.number(sizeKey) === undefined ? [] : [[sizeKey, size] satisfies [string, GgufValue]]),
  ]);
  const longer = new Set([EMBEDDING, headName(config)]);
  const tensors = [...stored.values()].map(
    (weight): GgufTensor => (longer.has(weight.name) ? lengthened(weight, size) : weight),
  );
  await writeGguf(path, metadata, tensors, { origin: { path: parent.path, without: [] } });
}

function unused(from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => `[PAD${from + i}]`);
}

/** The matrix with further rows, in its own type, or in 8 bits where this cannot be written here. */
function lengthened(weight: StoredWeight, size: number): GgufTensor {
  const {
    name,
    sizes: [columns = 1, rows = 0],
    type,
  } = weight;
  const written = WRITTEN.find((one) => one === type) ?? rowTypeFor("q8_0", columns);
  function* pieces(): Generator<Uint8Array> {
    const sums = new Float64Array(columns);
    const squares = new Float64Array(columns);
    for (const piece of weight.pieces()) {
      const floats = floatsOfRows(piece, type);
      for (let i = 0; i < floats.length; i++) {
        const value = floats[i] ?? 0;
        sums[i % columns] = (sums[i % columns] ?? 0) + value;
        squares[i % columns] = (squares[i % columns] ?? 0) + value ** 2;
      }
      yield written === type ? piece : bytesOfFloats(floats, written, columns);
    }
    const random = new Random(SEED);
    const added = Float32Array.from({ length: (size - rows) * columns }, (_, i) => {
      const mean = (sums[i % columns] ?? 0) / rows;
      const deviation = Math.sqrt(Math.max(0, (squares[i % columns] ?? 0) / rows - mean ** 2));
      return mean + SPREAD * deviation * random.normal();
    });
    yield bytesOfFloats(added, written, columns);
  }
  return { name, sizes: [columns, size], type: written, pieces };
}
