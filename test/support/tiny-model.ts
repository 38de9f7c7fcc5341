import { join } from "node:path";
import { CHATML_TEMPLATE, END_OF_TEXT, TURN_END, TURN_START } from "../../src/chat/chatml.ts";
import { BYTE_ALPHABET } from "../../src/formats/tokenizer/alphabet.ts";
import type { Stage } from "../../src/stage/stage.ts";
import { qwen3Config } from "../../src/train/arch/config.ts";
import { exportGguf } from "../../src/train/export.ts";
import { Random } from "../../src/train/random.ts";
import { initialWeights } from "../../src/train/trainer.ts";
import { temporaryFolder } from "./gguf.ts";

const CONTROL = [END_OF_TEXT, TURN_START, TURN_END, "<think>", "</think>"] as const;

export const TINY_CONFIG = qwen3Config({
  vocabularySize: BYTE_ALPHABET.length + CONTROL.length,
  hiddenSize: 32,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headSize: 16,
  feedForwardSize: 48,
  context: 256,
  ropeBase: 10_000,
  epsilon: 1e-6,
});

/** What a token's id is in a tiny model. */
export const TINY_IDS: Readonly<Record<(typeof CONTROL)[number], number>> = {
  [END_OF_TEXT]: 256,
  [TURN_START]: 257,
  [TURN_END]: 258,
  "<think>": 259,
  "</think>": 260,
};

export interface TinyModel {
  readonly stage?: Stage;
  readonly name?: string;
  readonly template?: string;
  readonly endToken?: string;
  /**
   * Ends everything after `.`, `?`, `？` and `。`, as a chat model does after a finished answer; else it hardly
   * ever ends.
   */
  readonly ends?: boolean;
  /** What comes next follows from all tokens before, not from the last one alone. */
  readonly attends?: boolean;
  /** Tokens that its context holds; those of `TINY_CONFIG` unless stated. */
  readonly context?: number;
  /** Other names for control tokens. */
  readonly renames?: Readonly<Partial<Record<(typeof CONTROL)[number], string>>>;
  /** Changes the weights before they are written. */
  readonly change?: (weights: ReadonlyMap<string, Float32Array>) => void;
}

/**
 * Writes a Qwen3 model of one layer with random weights, whose tokens are bytes. Its layer adds nothing unless it
 * attends, so what comes next follows from the last token alone: the logit of b after a is their embeddings' product,
 * a's normalised.
 */
export async function tinyModelFile({
  stage = "base",
  name = "tiny",
  template = CHATML_TEMPLATE,
  endToken = stage === "base" ? END_OF_TEXT : TURN_END,
  ends = false,
  attends = false,
  context = TINY_CONFIG.context,
  renames = {},
  change = () => {},
}: TinyModel = {}): Promise<string> {
  const weights = new Map(initialWeights(TINY_CONFIG, new Random(7)));
  for (const into of ["blk.0.attn_output.weight", "blk.0.ffn_down.weight"]) {
    const values = weights.get(into);
    values?.forEach((value, at) => {
      values[at] = attends ? value * 300 : 0;
    });
  }
  const embedding = weights.get("token_embd.weight");
  if (embedding === undefined) throw new RangeError("no embedding");
  const width = TINY_CONFIG.hiddenSize;
  embedding.forEach((value, at) => {
    embedding[at] = value * 10;
    // The first direction is for the end alone.
    if (at % width === 0) embedding[at] = 0;
  });
  // The last bytes of the marks that end a sentence, in UTF-8.
  const marks = [...".?？。"].map((mark) => Buffer.from(mark).at(-1) ?? 0);
  if (ends) {
    for (const mark of marks) embedding[mark * width] = 2;
    embedding[TINY_IDS[TURN_END] * width] = 20;
  }
  change(weights);
  const path = join(temporaryFolder(), `${name}.gguf`);
  await exportGguf(
    path,
    {
      name,
      stage,
      config: { ...TINY_CONFIG, context },
      vocabulary: {
        tokens: [...BYTE_ALPHABET, ...CONTROL.map((text) => renames[text] ?? text)],
        merges: [],
        controlTokens: CONTROL.map((text) => ({ id: TINY_IDS[text], text: renames[text] ?? text })),
      },
      chatTemplate: template,
      endToken,
      license: "Apache-2.0",
      languages: ["en"],
    },
    weights,
    "f32",
  );
  return path;
}
