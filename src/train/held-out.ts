import type { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import type { Row } from "./batch.ts";
import type { Tokenized } from "./data/use-conversations.ts";
import { documentRow, packDocuments } from "./documents.ts";

/** Data that is measured while a run goes on, and never learned from. */
export interface HeldOut {
  readonly rows: readonly Row[];
  /** UTF-8 bytes of the text that the rows' trained tokens write. */
  readonly bytes: number;
  /** What to let the model go on from. */
  readonly prompts: readonly Prompt[];
}

export interface Prompt {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Tokens of a text that the model is given to go on from. */
const PROMPT_TOKENS = 12;

export function heldOutTexts(
  texts: readonly string[],
  tokenizer: Tokenizer,
  endOfText: number,
  time: number,
): HeldOut {
  const stream = packDocuments(texts, tokenizer, endOfText);
  const count = Math.ceil((stream.length - 1) / time);
  return {
    rows: Array.from({ length: count }, (_, i) => documentRow(stream, endOfText, time, i)),
    bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    prompts: texts.map((text) => {
      const ids = tokenizer.encode(text);
      return prompt(ids.slice(0, Math.min(PROMPT_TOKENS, Math.ceil(ids.length / 2))), tokenizer);
    }),
  };
}

/** Each sample in a row of its own; the prompt is what stands before its first answer. */
export function heldOutConversations(conversations: readonly Tokenized[], tokenizer: Tokenizer): HeldOut {
  const samples = conversations.flatMap((one) => one.samples);
  let bytes = 0;
  for (const { ids, runs } of samples) {
    for (const { from, to } of runs) {
      // Control tokens write none.
      for (const id of ids.subarray(from, to)) bytes += tokenizer.bytes(id).length;
    }
  }
  return {
    rows: samples.map((sample) => [sample]),
    bytes,
    prompts: conversations.flatMap(({ samples: [first], question }): Prompt[] =>
      first === undefined
        ? []
        : [{ ids: Array.from(first.ids.subarray(0, first.runs[0]?.from)), text: question }],
    ),
  };
}

function prompt(ids: readonly number[], tokenizer: Tokenizer): Prompt {
  return { ids, text: tokenizer.decode(ids) };
}
