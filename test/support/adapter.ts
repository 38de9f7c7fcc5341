import { join } from "node:path";
import { writeGguf } from "../../src/native/gguf-writer.ts";
import { bytesOfFloats } from "../../src/native/rows.ts";
import { Random } from "../../src/train/random.ts";
import { temporaryFolder } from "./gguf.ts";
import { TINY_CONFIG } from "./tiny-model.ts";

const RANK = 2;
const ALPHA = 4;
/** What the adapter changes, and its sizes: values in, values out. */
const TARGET = "blk.0.ffn_down.weight";

export interface TestAdapter {
  readonly path: string;
  /** Adds to the weights of a tiny model what the adapter adds while it computes: alpha / rank × B·A. */
  readonly merge: (weights: ReadonlyMap<string, Float32Array>) => void;
}

/** Writes a LoRA of random values for one matrix of a tiny model. */
export async function adapterFile({
  name = "adapter",
  seed = 1,
  inputs = TINY_CONFIG.feedForwardSize,
  outputs = TINY_CONFIG.hiddenSize,
  architecture = "qwen3",
}: {
  readonly name?: string;
  readonly seed?: number;
  readonly inputs?: number;
  readonly outputs?: number;
  readonly architecture?: string;
} = {}): Promise<TestAdapter> {
  const random = new Random(seed);
  const values = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * random.unit() - 1);
  const [a, b] = [values(inputs * RANK), values(RANK * outputs)];
  const path = join(temporaryFolder(), `${name}.gguf`);
  const tensor = (part: string, sizes: readonly number[], data: Float32Array) => ({
    name: `${TARGET}.lora_${part}`,
    sizes,
    type: "f32" as const,
    pieces: () => [bytesOfFloats(data, "f32", sizes[0] ?? 1)],
  });
  await writeGguf(
    path,
    new Map<string, string | { f32: number }>([
      ["general.architecture", architecture],
      ["general.type", "adapter"],
      ["adapter.type", "lora"],
      ["adapter.lora.alpha", { f32: ALPHA }],
      ["general.base_model.0.name", "Tiny"],
    ]),
    [tensor("a", [inputs, RANK], a), tensor("b", [RANK, outputs], b)],
  );
  const merge: TestAdapter["merge"] = (weights) => {
    const matrix = weights.get(TARGET);
    matrix?.forEach((weight, at) => {
      const [output, input] = [Math.floor(at / inputs), at % inputs];
      let product = 0;
      for (let r = 0; r < RANK; r++) product += (b[output * RANK + r] ?? 0) * (a[r * inputs + input] ?? 0);
      matrix[at] = weight + (ALPHA / RANK) * product;
    });
  };
  return { path, merge };
}
