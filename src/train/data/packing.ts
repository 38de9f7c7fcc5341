import { placesOf, type Segment } from "../batch.ts";
import type { Random } from "../random.ts";

/** How samples share rows: as they come, or each where it leaves the least room (fewer rows, the same tokens). */
export const PACKINGS = ["in-order", "best-fit"] as const;
export type Packing = (typeof PACKINGS)[number];

/** Packs segments into rows of `time` places, none cut; `random` orders the rows where packing does not. */
export function packed(
  segments: readonly Segment[],
  time: number,
  packing: Packing,
  random: Random,
): Segment[][] {
  return packing === "in-order" ? inOrder(segments, time) : random.shuffle(bestFit(segments, time));
}

function inOrder(segments: readonly Segment[], time: number): Segment[][] {
  const rows: Segment[][] = [];
  let open: Segment[] = [];
  let used = 0;
  for (const segment of segments) {
    if (used + placesOf(segment) > time) {
      rows.push(open);
      open = [];
      used = 0;
    }
    open.push(segment);
    used += placesOf(segment);
  }
  if (open.length > 0) rows.push(open);
  return rows;
}

/** Best fit decreasing (Johnson 1973): the longest first, each into the fullest row that has room. */
function bestFit(segments: readonly Segment[], time: number): Segment[][] {
  const rows: Segment[][] = [];
  /** Rows by the places that are left in them. */
  const withRoom: Segment[][][] = Array.from({ length: time + 1 }, () => []);
  const longestFirst = [...segments].sort((one, other) => placesOf(other) - placesOf(one));
  for (const segment of longestFirst) {
    const places = placesOf(segment);
    let room = places;
    while (room < time && withRoom[room]?.length === 0) room++;
    const found = withRoom[room]?.pop();
    const row = found ?? [];
    if (found === undefined) {
      rows.push(row);
      room = time;
    }
    row.push(segment);
    withRoom[room - places]?.push(row);
  }
  return rows;
}
