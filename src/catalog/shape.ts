/** How the layers of an architecture differ in the tensors they hold, by its GGUF name (`general.architecture`). */
export interface ArchitectureTraits {
  /** Biases on the projections to query, key and value. */
  readonly qkvBias?: true;
  /** A norm on each query and key head. */
  readonly qkNorm?: true;
  /** Norms behind attention and feed-forward as well as before them. */
  readonly postNorms?: true;
  /** Query, key and value in one tensor, gate and up in another. */
  readonly fused?: true;
  /** Queries come with a gate of their own size. */
  readonly gatedQueries?: true;
  /** A learnt sink for every head, and biases everywhere. */
  readonly sinks?: true;
  /** Reads in both directions, keeps no cache and writes no text. */
  readonly encoder?: true;
}

/** The architectures that basewise can count. Source: `load_arch_tensors` of each model in the pinned llama.cpp. */
export const ARCHITECTURE_TRAITS = {
  llama: {},
  smollm3: {},
  qwen2: { qkvBias: true },
  qwen3: { qkNorm: true },
  qwen3moe: { qkNorm: true },
  qwen35: { qkNorm: true, gatedQueries: true },
  qwen35moe: { qkNorm: true, gatedQueries: true },
  gemma3: { qkNorm: true, postNorms: true },
  phi3: { fused: true },
  "gpt-oss": { qkvBias: true, sinks: true },
  bert: { qkvBias: true, encoder: true },
} as const satisfies Readonly<Record<string, ArchitectureTraits>>;
export type Architecture = keyof typeof ARCHITECTURE_TRAITS;

/** Layers whose feed-forward part is a choice of experts. */
export interface Experts {
  readonly count: number;
  /** How many compute each token. */
  readonly active: number;
  /** Width of one expert. */
  readonly size: number;
  /** Width of the expert that always computes; 0 for none. */
  readonly sharedSize: number;
}

/** Layers that keep a state of fixed size instead of a cache (gated delta net, as in Qwen3.5). */
export interface LinearAttention {
  /** Every so many layers is an ordinary attention layer. */
  readonly fullEvery: number;
  readonly keyHeads: number;
  readonly valueHeads: number;
  readonly headSize: number;
  readonly convolution: number;
}

/** Layers that look back only so many tokens. */
export interface SlidingWindow {
  readonly size: number;
  /** Every so many layers looks back over everything. */
  readonly fullEvery: number;
}

/** The numbers of a model that decide how much memory it takes. Sizes are counts of elements. */
export interface ModelShape {
  /** The kind of network. */
  readonly architecture: Architecture;
  /** Number of transformer blocks. */
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  /** Query heads of a layer. */
  readonly heads: number;
  /** Key and value heads of a layer. */
  readonly kvHeads: number;
  /** Width of a head. */
  readonly headSize: number;
  /** Width of the feed-forward part; of no meaning where every layer has experts. */
  readonly feedForwardSize: number;
  /** Rows of the embedding, unused ones included. */
  readonly vocabularySize: number;
  /** Whether the embedding serves as the output head too. */
  readonly tied: boolean;
  /** Where the feed-forward part is a mixture of experts. */
  readonly experts?: Experts;
  /** Where some layers have linear attention in place of a cache. */
  readonly linearAttention?: LinearAttention;
  /** Where some layers look back only so far. */
  readonly slidingWindow?: SlidingWindow;
  /** Positions of a learnt position embedding, as encoders have one. */
  readonly positions?: number;
}

export function traitsOf(shape: ModelShape): ArchitectureTraits {
  return ARCHITECTURE_TRAITS[shape.architecture];
}

/** Whether a layer, counted from 0, keeps keys and values of what was read. */
export function keepsCache({ linearAttention }: ModelShape, layer: number): boolean {
  return linearAttention === undefined || (layer + 1) % linearAttention.fullEvery === 0;
}

/** Whether a layer, counted from 0, looks back over a window only. */
export function isWindowed({ slidingWindow }: ModelShape, layer: number): boolean {
  return slidingWindow !== undefined && (layer + 1) % slidingWindow.fullEvery !== 0;
}
