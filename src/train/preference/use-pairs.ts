import type { Example } from "../../formats/datasets/example.ts";
import { UnusableRow } from "../../formats/datasets/fields.ts";
import { placesOf } from "../batch.ts";
import type { Sample } from "../data/encode.ts";
import type { Use } from "../data/read.ts";
import {
  answeredBy,
  ConversationEncoder,
  type ConversationLayout,
  type Laid,
  type LayoutCounts,
  questionOf,
} from "../data/use-conversations.ts";
import { type Pair, placesOfPair, segmentsOf } from "./pair.ts";

/**
 * Preferences as pairs of samples, laid out by the model's template. A pair that does not fit a row, or of which one answer
 * does not fit the context, is left out whole: a cut answer is another answer. Throws what `ConversationEncoder` throws.
 */
export function usePairs(
  { time, ...setting }: Omit<ConversationLayout, "tooLong">,
  context: number,
): {
  readonly use: Use<Pair>;
  readonly counts: LayoutCounts;
} {
  const encoder = new ConversationEncoder(setting);
  let ahead = new Map<Example, readonly [Laid | undefined, Laid | undefined]>();
  const use: Use<Pair> = {
    prepare: (examples) => {
      const asked = examples.flatMap((example) => (example.kind === "preference" ? [example] : []));
      const laid = encoder.layOut(
        asked.flatMap((example) => [
          answeredBy(example, example.chosen),
          answeredBy(example, example.rejected),
        ]),
      );
      ahead = new Map(asked.map((example, i) => [example, [laid[2 * i], laid[2 * i + 1]]]));
    },
    use: (examples, mend) => {
      const values = examples.map((example): Pair => {
        const both = ahead.get(example);
        if (both === undefined) throw new UnusableRow("not-a-preference");
        const [chosen, rejected] = [answerOf(encoder, both[0]), answerOf(encoder, both[1])];
        const pair = { chosen, rejected, question: questionOf(example) };
        if (chosen.ids.join() === rejected.ids.join()) throw new UnusableRow("same-answers");
        requireRoom(placesOfPair(pair), time);
        for (const answer of segmentsOf(pair)) requireRoom(placesOf(answer), context);
        return pair;
      });
      for (const laid of examples.flatMap((example) => ahead.get(example) ?? [])) encoder.count(laid, mend);
      return { values };
    },
  };
  return { use, counts: encoder.counts };
}

function requireRoom(places: number, most: number): void {
  if (places > most) throw new UnusableRow("too-long", `${places} > ${most}`);
}

function answerOf(encoder: ConversationEncoder, laid: Laid | undefined): Sample {
  const [sample, ...others] = encoder.encode(laid);
  if (sample === undefined || others.length > 0) throw new UnusableRow("split-answer");
  return sample;
}
