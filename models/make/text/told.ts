import type { Random } from "./random.ts";
import type { Person } from "./scene.ts";

/** What one can know of somebody: the words for it, and a value. */
export interface Knowable {
  readonly what: readonly string[];
  readonly value: (random: Random) => string;
}

/** What a text tells of somebody, to be asked for later in it. */
export interface Told {
  readonly owner: Person;
  readonly what: string;
  readonly value: string;
}

/** Different things, each told of one of the people. */
export function drawTold(
  random: Random,
  people: readonly Person[],
  knowable: readonly Knowable[],
  count: number,
): Told[] {
  return random.sample(knowable, count).map(({ what, value }) => ({
    owner: random.pick(people),
    what: random.pick(what),
    value: value(random),
  }));
}
