import type { Store } from "../../native/ggml/store.ts";
import type { Tensor } from "../../native/ggml/tensor.ts";
import { ARCHITECTURES, type ModelConfig, PROJECTIONS, type Projection } from "./config.ts";

/** One weight: its name in a GGUF file and its sizes, fastest dimension first. */
export interface WeightSpec {
  readonly name: string;
  readonly sizes: readonly number[];
}

export const EMBEDDING = "token_embd.weight";
const OUTPUT = "output.weight";
/** Divisors of the rotary frequencies: they are not learned. */
export const ROPE_FACTORS = "rope_freqs.weight";

/** The tensor that the head multiplies with. */
export function headName({ tied }: ModelConfig): string {
  return tied ? EMBEDDING : OUTPUT;
}

/** The sizes of a projection: numbers in, numbers out. */
export function projectionSizes(config: ModelConfig, projection: Projection): [number, number] {
  const { hiddenSize: d, heads, kvHeads, headSize, feedForwardSize: ff } = config;
  const sizes: Readonly<Record<Projection, [number, number]>> = {
    attn_q: [d, headSize * heads],
    attn_k: [d, headSize * kvHeads],
    attn_v: [d, headSize * kvHeads],
    attn_output: [headSize * heads, d],
    ffn_gate: [d, ff],
    ffn_up: [d, ff],
    ffn_down: [ff, d],
  };
  return sizes[projection];
}

/** Every weight that the model can learn, in file order. */
export function weightSpecs(config: ModelConfig): WeightSpec[] {
  const { hiddenSize: d, headSize } = config;
  const matrices = (i: number, ...projections: Projection[]): WeightSpec[] =>
    projections.map((name) => ({ name: `blk.${i}.${name}.weight`, sizes: projectionSizes(config, name) }));
  const headNorms = ARCHITECTURES[config.architecture].qkNorm ? ["attn_q_norm", "attn_k_norm"] : [];
  const layer = (i: number): WeightSpec[] => [
    { name: `blk.${i}.attn_norm.weight`, sizes: [d] },
    ...matrices(i, "attn_q", "attn_k", "attn_v"),
    ...headNorms.map((norm) => ({ name: `blk.${i}.${norm}.weight`, sizes: [headSize] })),
    ...matrices(i, "attn_output"),
    { name: `blk.${i}.ffn_norm.weight`, sizes: [d] },
    ...matrices(i, "ffn_gate", "ffn_up", "ffn_down"),
    ...PROJECTIONS.filter((name) => config.biases.includes(name)).map((name) => ({
      name: `blk.${i}.${name}.bias`,
      sizes: [projectionSizes(config, name)[1]],
    })),
  ];
  const table = [d, config.vocabularySize];
  return [
    { name: EMBEDDING, sizes: table },
    ...Array.from({ length: config.layers }, (_, i) => layer(i)).flat(),
    { name: "output_norm.weight", sizes: [d] },
    ...(config.tied ? [] : [{ name: OUTPUT, sizes: table }]),
  ];
}

/** What the model reads and never learns. */
export function constantSpecs({ ropeFactors, headSize }: ModelConfig): WeightSpec[] {
  return ropeFactors ? [{ name: ROPE_FACTORS, sizes: [headSize / 2] }] : [];
}

/** The weights that are only for writing text: what a head on texts does without. */
export function isForWriting(name: string): boolean {
  return name === OUTPUT;
}

/** How many numbers the model learns. */
export function parameterCount(config: ModelConfig): number {
  return weightSpecs(config).reduce((sum, { sizes }) => sum + sizes.reduce((a, b) => a * b, 1), 0);
}

/** How many tensors `declareWeights` declares. */
export function weightCount(config: ModelConfig): number {
  return weightSpecs(config).length + constantSpecs(config).length;
}

/** The weights of a model in native memory, by name. */
export type Weights = ReadonlyMap<string, Tensor>;

/** Declares the weights and constants in a store; `allocate` it before use. */
export function declareWeights(store: Store, config: ModelConfig): Weights {
  return new Map([
    ...weightSpecs(config).map(({ name, sizes }) => [name, store.parameter(...sizes)] as const),
    ...constantSpecs(config).map(({ name, sizes }) => [name, store.tensor("f32", ...sizes)] as const),
  ]);
}

/** One weight by its name. */
export function weightOf(weights: Weights, name: string): Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new RangeError(`the model has no weight named ${name}`);
  return tensor;
}
