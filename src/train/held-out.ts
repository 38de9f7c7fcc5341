import type { TextTokenizer } from "../formats/tokenizer/text-tokenizer.ts";
import type { Row } from "./batch.ts";
import type { Sample } from "./data/encode.ts";
import type { Tokenized } from "./data/use-conversations.ts";
import { begun, type DocumentEnds, documentRow, packDocuments } from "./documents.ts";
import { type Pair, segmentsOf } from "./preference/pair.ts";

/** Data that is measured while a run goes on, and never learned from. */
export interface HeldOut {
  /** By data file. */
  readonly sources: readonly HeldOutSource[];
  /** What to let the model go on from. */
  readonly prompts: readonly Prompt[];
}

export interface HeldOutSource {
  readonly path: string;
  readonly rows: readonly Row[];
  /** UTF-8 bytes of the text that the rows' trained tokens write. */
  readonly bytes: number;
  /** Of preferences: rows of pairs; `rows` then holds the better answers alone. */
  readonly pairs?: readonly Row[];
}

export interface Prompt {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Tokens of a text that the model is given to go on from. */
const PROMPT_TOKENS = 12;

/** Values of data files. */
type Sources<Value> = readonly { readonly path: string; readonly values: readonly Value[] }[];

export function heldOutTexts(
  sources: Sources<string>,
  tokenizer: TextTokenizer,
  ends: DocumentEnds,
  time: number,
): HeldOut {
  return {
    sources: sources.map(({ path, values }) => {
      const stream = packDocuments(values, tokenizer, ends);
      const count = Math.ceil((stream.length - 1) / time);
      return {
        path,
        rows: Array.from({ length: count }, (_, i) => documentRow(stream, ends.end, time, i)),
        bytes: values.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      };
    }),
    prompts: sources
      .flatMap(({ values }) => values)
      .map((text) => {
        const ids = tokenizer.encode(text);
        const given = ids.slice(0, Math.min(PROMPT_TOKENS, Math.ceil(ids.length / 2)));
        return { ids: [...begun(ends), ...given], text: tokenizer.decode(given) };
      }),
  };
}

/** Each sample in a row of its own; the prompt is what stands before its first answer. */
export function heldOutConversations(sources: Sources<Tokenized>, tokenizer: TextTokenizer): HeldOut {
  return {
    sources: sources.map(({ path, values }) => {
      const samples = values.flatMap((one) => one.samples);
      return { path, rows: samples.map((sample) => [sample]), bytes: writtenBytes(samples, tokenizer) };
    }),
    prompts: sources
      .flatMap(({ values }) => values)
      .flatMap(({ samples: [first], question }): Prompt[] =>
        first === undefined
          ? []
          : [{ ids: Array.from(first.ids.subarray(0, first.runs[0]?.from)), text: question }],
      ),
  };
}

/** The better answers as conversations, and the pairs beside them. */
export function heldOutPairs(sources: Sources<Pair>, tokenizer: TextTokenizer): HeldOut {
  const better = sources.map(({ path, values }) => ({
    path,
    values: values.map(({ chosen, question }) => ({ samples: [chosen], question })),
  }));
  const held = heldOutConversations(better, tokenizer);
  return {
    ...held,
    sources: held.sources.map((source, i) => ({
      ...source,
      pairs: sources[i]?.values.map(segmentsOf) ?? [],
    })),
  };
}

function writtenBytes(samples: readonly Sample[], tokenizer: TextTokenizer): number {
  let bytes = 0;
  for (const { ids, runs } of samples) {
    for (const { from, to } of runs) {
      // Control tokens write none.
      for (const id of ids.subarray(from, to)) bytes += tokenizer.bytes(id).length;
    }
  }
  return bytes;
}
