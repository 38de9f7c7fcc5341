/** How the layers of an architecture differ in what they compute. Source: its graph in the pinned llama.cpp. */
interface ArchitectureTraits {
  /** A norm on each query and key head (Qwen3 technical report, 2025). */
  readonly qkNorm: boolean;
  /** Which values of a head are rotated together: those next to each other, or those of its two halves. */
  readonly rotates: "neighbours" | "halves";
}

/** The architectures that can be trained, by their GGUF name. Biases and an own head are told by the file. */
export const ARCHITECTURES = {
  llama: { qkNorm: false, rotates: "neighbours" },
  qwen2: { qkNorm: false, rotates: "halves" },
  qwen3: { qkNorm: true, rotates: "halves" },
} as const satisfies Readonly<Record<string, ArchitectureTraits>>;
export type Architecture = keyof typeof ARCHITECTURES;

/** The matrices of a layer, by their names in GGUF, in file order. */
export const PROJECTIONS = [
  "attn_q",
  "attn_k",
  "attn_v",
  "attn_output",
  "ffn_gate",
  "ffn_up",
  "ffn_down",
] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** How positions are stretched to a longer context. Source: `ggml_rope_ext`; YaRN is Peng et al. 2023. */
export type RopeScaling =
  | { readonly kind: "none" }
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalContext: number;
      /** What the usual attention factor is multiplied by. */
      readonly attentionFactor: number;
    };

/** The sizes of a model and what it computes. */
export interface ModelConfig {
  readonly architecture: Architecture;
  /** Rows of the embedding. */
  readonly vocabularySize: number;
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  readonly headSize: number;
  readonly feedForwardSize: number;
  /** Tokens that one sequence may hold. */
  readonly context: number;
  readonly epsilon: number;
  readonly ropeBase: number;
  readonly ropeScaling: RopeScaling;
  /** Whether a tensor divides each frequency, as Llama 3 stretches its context. */
  readonly ropeFactors: boolean;
  /** Whether the head is the embedding, and no tensor of its own. */
  readonly tied: boolean;
  /** The projections that add a bias. */
  readonly biases: readonly Projection[];
}

/** What a pretraining recipe states of a model. */
export type Qwen3Sizes = Omit<
  ModelConfig,
  "architecture" | "ropeScaling" | "ropeFactors" | "tied" | "biases"
>;

/** A Qwen3 model whose head shares the embedding's weights: what pretraining from nothing makes. */
export function qwen3Config(sizes: Qwen3Sizes): ModelConfig {
  const scaling = { ropeScaling: { kind: "none" }, ropeFactors: false } as const;
  return { ...sizes, ...scaling, architecture: "qwen3", tied: true, biases: [] };
}
