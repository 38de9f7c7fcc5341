import type { TextTokenizer } from "../../formats/tokenizer/text-tokenizer.ts";
import type { Segment } from "../batch.ts";

/** A stretch of a sample's text, and whether it is learnt. */
export interface MarkedText {
  readonly text: string;
  readonly trained: boolean;
}

/** The beginning of a sample as the model gets it, to be looked at. */
export interface MarkedSample {
  /** The data file it comes from. */
  readonly path: string;
  readonly tokens: number;
  readonly trainedTokens: number;
  readonly pieces: readonly MarkedText[];
  /** Whether more of it follows. */
  readonly isCut: boolean;
}

/** Tokens of a sample that are shown. */
const SHOWN_TOKENS = 400;

/** A sample as text, control tokens and all, with what is learnt marked; of a long one its beginning. */
export function markedSample(path: string, segment: Segment, tokenizer: TextTokenizer): MarkedSample {
  const names = new Map(tokenizer.vocabulary.controlTokens.map(({ id, text }) => [id, text]));
  const ids = Array.from(
    { length: Math.min(segment.ids.length, SHOWN_TOKENS) },
    (_, i) => segment.ids[i] ?? 0,
  );
  const isTrained = (i: number): boolean => i > 0 && (segment.trained?.(i) ?? true);
  const pieces: MarkedText[] = [];
  let ordinary: number[] = [];
  let [text, trained] = ["", false];
  const flush = (): void => {
    text += tokenizer.decode(ordinary);
    ordinary = [];
  };
  ids.forEach((id, i) => {
    if (isTrained(i) !== trained) {
      flush();
      if (text !== "") pieces.push({ text, trained });
      [text, trained] = ["", isTrained(i)];
    }
    const name = names.get(id);
    if (name === undefined) ordinary.push(id);
    else {
      flush();
      text += name;
    }
  });
  flush();
  if (text !== "") pieces.push({ text, trained });
  let trainedTokens = 0;
  for (let i = 1; i < segment.ids.length; i++) if (isTrained(i)) trainedTokens++;
  return {
    path,
    tokens: segment.ids.length,
    trainedTokens,
    pieces,
    isCut: ids.length < segment.ids.length,
  };
}

/** The first, the middle and the last item of a list; fewer of a short one. */
export function spread<Item>(items: readonly Item[]): Item[] {
  const places = new Set([0, Math.floor(items.length / 2), items.length - 1]);
  return items.filter((_, i) => places.has(i));
}
