import { type Expression, type Grammar, LAST_CHARACTER } from "../../src/formats/grammar/gbnf.ts";
import type { Random } from "../../src/train/random.ts";

/** Steps of depth after which the shortest way out is taken. */
const DEPTH = 12;
const MOST_REPEATS = 5;

/** Random sentences of a grammar: what a model that obeys it may write. */
export class Sentences {
  readonly #grammar: Grammar;
  readonly #random: Random;
  readonly #depths: ReadonlyMap<string, number>;

  constructor(grammar: Grammar, random: Random) {
    this.#grammar = grammar;
    this.#random = random;
    this.#depths = depthsOf(grammar);
  }

  next(): string {
    return this.#of({ kind: "rule", name: "root" }, 0);
  }

  #of(one: Expression, depth: number): string {
    switch (one.kind) {
      case "text":
        return String.fromCodePoint(...one.characters);
      case "character":
        return this.#character(one.ranges, one.isNegated);
      case "token":
        throw new RangeError("a token has no text here");
      case "rule":
        return this.#of(this.#grammar.get(one.name) ?? { kind: "choice", of: [] }, depth + 1);
      case "sequence":
        return one.parts.map((part) => this.#of(part, depth)).join("");
      case "repeat": {
        const most = depth > DEPTH ? one.least : Math.min(one.most, one.least + MOST_REPEATS);
        const times = one.least + this.#below(most - one.least + 1);
        return Array.from({ length: times }, () => this.#of(one.of, depth)).join("");
      }
      case "choice": {
        const depths = one.of.map((each) => depthOf(each, this.#depths));
        const least = Math.min(...depths);
        const open = depth > DEPTH ? one.of.filter((_, i) => depths[i] === least) : one.of;
        return this.#of(open[this.#below(open.length)] ?? { kind: "choice", of: [] }, depth);
      }
    }
  }

  #character(ranges: readonly (readonly [number, number])[], isNegated: boolean): string {
    if (!isNegated) {
      const [first, last] = ranges[this.#below(ranges.length)] ?? [0, 0];
      // Often the ends of a range, where mistakes are.
      const at = this.#below(4);
      const code = at === 0 ? first : at === 1 ? last : first + this.#below(last - first + 1);
      return String.fromCodePoint(code);
    }
    for (;;) {
      const code = this.#below(this.#below(2) === 0 ? 128 : LAST_CHARACTER);
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      if (!isSurrogate && !ranges.some(([first, last]) => first <= code && code <= last))
        return String.fromCodePoint(code);
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random.unit() * limit);
  }
}

/** How deep the shortest sentence of each rule is nested. */
function depthsOf(grammar: Grammar): ReadonlyMap<string, number> {
  const depths = new Map([...grammar.keys()].map((name) => [name, Number.POSITIVE_INFINITY]));
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const [name, one] of grammar) {
      const depth = 1 + depthOf(one, depths);
      if (depth < (depths.get(name) ?? 0)) {
        depths.set(name, depth);
        isChanged = true;
      }
    }
  }
  return depths;
}

function depthOf(one: Expression, depths: ReadonlyMap<string, number>): number {
  switch (one.kind) {
    case "rule":
      return depths.get(one.name) ?? Number.POSITIVE_INFINITY;
    case "repeat":
      return one.least === 0 ? 0 : depthOf(one.of, depths);
    case "sequence":
      return Math.max(0, ...one.parts.map((part) => depthOf(part, depths)));
    case "choice":
      return Math.min(...one.of.map((each) => depthOf(each, depths)));
    default:
      return 0;
  }
}
