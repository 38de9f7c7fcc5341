import { type ModelShape, traitsOf } from "./shape.ts";
import { parameterCount, tensorsOf } from "./tensors.ts";

/** Which weights learn: all of them, or small matrices beside those that stay as they are (LoRA). */
export const TRAINING_METHODS = ["lora", "full"] as const;
export type TrainingMethod = (typeof TRAINING_METHODS)[number];

/** Memory of training by what it is for, in bytes; without the training program itself. */
export interface TrainingEstimate {
  /** The weights in 16 bits. */
  readonly weights: number;
  /** Gradients, and what AdamW keeps of every weight that learns. */
  readonly optimizer: number;
  /** What a pass over one sequence leaves for the way back. */
  readonly activations: number;
  readonly total: number;
}

/** ZeRO (arXiv 1910.02054, section 3.1): 2 for the gradient, and 12 for a 32-bit copy and the two moments. */
const LEARNING_BYTES = 14;
/** What basewise and most others give LoRA unless told otherwise. */
const LORA_RANK = 16;
/** Positions whose logits are computed at once, in 32 bits, with their gradients. As TRL's chunked loss. */
const LOGIT_CHUNK = 256;

/**
 * What training takes for one sequence of `context` tokens at a time, with AdamW in mixed precision and each layer's
 * inputs kept (gradient checkpointing). An estimate from the papers, not measured here.
 */
export function estimateTraining(
  shape: ModelShape,
  method: TrainingMethod,
  context: number,
): TrainingEstimate {
  const { layers, hiddenSize, vocabularySize } = shape;
  const weights = 2 * parameterCount(shape);
  const learning = method === "full" ? parameterCount(shape) : loraParameters(shape);
  const optimizer = (LEARNING_BYTES + (method === "full" ? 0 : 2)) * learning;
  const kept = 2 * layers * context * hiddenSize;
  const oneLayer = 2 * context * widthOfLayer(shape);
  const logits = traitsOf(shape).encoder ? 0 : 2 * 4 * Math.min(LOGIT_CHUNK, context) * vocabularySize;
  const activations = kept + oneLayer + logits;
  return { weights, optimizer, activations, total: weights + optimizer + activations };
}

/** Two thin matrices beside every matrix of the layers that all tokens pass. */
function loraParameters(shape: ModelShape): number {
  return tensorsOf(shape)
    .filter(
      ({ name, sizes }) =>
        /^blk\..*\.weight$/.test(name) && sizes.length === 2 && !/gate_inp|conv1d/.test(name),
    )
    .reduce((sum, { sizes: [inputs = 0, outputs = 0] }) => sum + LORA_RANK * (inputs + outputs), 0);
}

/** Elements that a layer makes of one token. */
function widthOfLayer({
  hiddenSize,
  heads,
  kvHeads,
  headSize,
  feedForwardSize,
  experts,
}: ModelShape): number {
  const wide = experts === undefined ? feedForwardSize : experts.active * experts.size + experts.sharedSize;
  return 4 * hiddenSize + 2 * (heads + kvHeads) * headSize + 3 * wide;
}
