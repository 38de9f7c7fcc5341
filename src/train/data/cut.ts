import { UnusableRow } from "../../formats/datasets/fields.ts";
import { placesOf } from "../batch.ts";
import { Sample } from "./encode.ts";

/** What becomes of a conversation that is longer than a row. */
export const TOO_LONG = ["drop", "cut"] as const;
export type TooLong = (typeof TOO_LONG)[number];

/**
 * Samples that fit rows of `time` places. Cut, one that is too long ends with the last answer that fits whole, so that
 * what is learnt always ends its turn; the cost is what was cut off. Throws {@link UnusableRow} where one is too long and
 * must not be cut, or not even one answer fits.
 */
export function fitted(
  samples: readonly Sample[],
  time: number,
  tooLong: TooLong,
): { samples: Sample[]; cost: { tokens: number; trainedTokens: number } | undefined } {
  const kept: Sample[] = [];
  const long = samples.find((sample) => placesOf(sample) > time);
  if (long !== undefined && tooLong === "drop")
    throw new UnusableRow("too-long", `${long.ids.length} / ${time + 1}`);
  let [tokens, trainedTokens] = [0, 0];
  for (const sample of samples) {
    const short = placesOf(sample) <= time ? sample : cut(sample, time);
    if (short !== undefined) kept.push(short);
    tokens += sample.ids.length - (short?.ids.length ?? 0);
    trainedTokens += sample.trainedTokens - (short?.trainedTokens ?? 0);
  }
  if (kept.length === 0) throw new UnusableRow("too-long", `${long?.ids.length ?? 0} / ${time + 1}`);
  return { samples: kept, cost: tokens === 0 ? undefined : { tokens, trainedTokens } };
}

function cut(sample: Sample, time: number): Sample | undefined {
  // A segment of n tokens takes n - 1 places.
  const runs = sample.runs.filter(({ to }) => to <= time + 1);
  const end = runs.at(-1)?.to;
  return end === undefined ? undefined : new Sample(sample.ids.slice(0, end), runs);
}
