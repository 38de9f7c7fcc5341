import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { Stage } from "../stage.ts";
import { observe, type Points } from "./observe.ts";

/** The row of a token that marks turns, in one matrix. Similarities are cosines, distances one less a cosine. */
export interface TurnRow {
  readonly id: number;
  readonly text: string;
  /** Euclidean length. */
  readonly norm: number;
  /** The other turn token whose row it is most like. */
  readonly twin: { readonly text: string; readonly similarity: number } | undefined;
  /** Rows of other tokens that are nearly like it: how many, how close together, and how far from them it lies. */
  readonly kin: { readonly count: number; readonly spread: number; readonly distance: number } | undefined;
}

/** Rows of one matrix of the weights, measured. */
export interface MatrixFacts {
  readonly matrix: "embedding" | "output head";
  /** How the numbers are stored, such as `Q4_K`. */
  readonly type: string;
  readonly turns: readonly TurnRow[];
  /** A sample of the vocabulary's ordinary tokens: median length, the length that one in twenty stays below, and the
   * median similarity of two of them. */
  readonly ordinary: {
    readonly count: number;
    readonly norm: number;
    readonly lowNorm: number;
    readonly similarity: number;
  };
}

/** A row shorter than this part of the shortest ordinary ones is as good as zero. */
const ZERO = 0.01;
/** Two rows at this distance are one: nothing ever told them apart. */
const IDENTICAL = 1e-4;
/** So many rows nearly like it make kin that a row can be compared with. */
const ENOUGH_KIN = 3;

/** The stages that were never taught turns. */
const UNTAUGHT: Points = {
  says: "base",
  fitsToo: ["embedding", "reranker", "reward", "other"] satisfies Stage[],
};
const TAUGHT: Points = { says: "instruct", fitsToo: ["thinking", "hybrid", "guard"] };

/**
 * What the rows of turn tokens tell. Pretraining never meets those tokens, so their rows stay zero, identical, or
 * amid the rows of other tokens that no text uses; training on conversations moves them out, if only a little: in
 * SmolLM2-135M-Instruct unused rows are identical and those of the turn tokens lie 0.007 beside them, with a cosine of
 * 0.99 to each other. So it is not nearness that tells, but nearness beside the spread of the kin. Sources: QwenLM/Qwen3
 * issue 1064 and unsloth (zero rows in Llama 3's base); measurements in docs/log.md.
 */
export function weightsSignal(matrices: readonly MatrixFacts[]): Evidence[] {
  const found = matrices.flatMap((matrix) => read(matrix) ?? []);
  // Two matrices of one training are one observation, and the one that says more is it.
  const strongest = found.sort((one, other) => other.weight - one.weight)[0];
  return strongest === undefined ? [] : [strongest];
}

function read(facts: MatrixFacts): Evidence | undefined {
  const { turns, ordinary } = facts;
  if (turns.length === 0 || ordinary.norm === 0) return undefined;
  const say = sayingsOf(facts);
  const zero = turns.find(({ norm }) => norm < ordinary.lowNorm * ZERO);
  if (zero !== undefined) {
    return say("turn rows are zero", 8, UNTAUGHT, {
      en: `the row of ${printable(zero.text)} is zero: nothing was ever learnt for it`,
      zh: `${printable(zero.text)} 的行为零：从未学过它`,
    });
  }
  const same = turns.find(({ twin }) => twin !== undefined && 1 - twin.similarity <= IDENTICAL);
  if (same?.twin !== undefined && ordinary.similarity < 0.9) {
    return say("turn rows are identical", 6, UNTAUGHT, {
      en: `the rows of ${printable(same.text)} and ${printable(same.twin.text)} are identical: nothing ever told them apart`,
      zh: `${printable(same.text)} 与 ${printable(same.twin.text)} 的行相同：从未有训练区分它们`,
    });
  }
  return besideKin(facts);
}

/** Turn rows beside rows nearly like them: amid these they were never trained, outside they were. */
function besideKin(facts: MatrixFacts): Evidence | undefined {
  const kin = facts.turns.flatMap((turn) => (turn.kin === undefined ? [] : [turn.kin]));
  if (kin.length < facts.turns.length || kin.some(({ count }) => count < ENOUGH_KIN)) return undefined;
  const say = sayingsOf(facts);
  const names = facts.turns.map(({ text }) => printable(text)).join(", ");
  const spread = Math.max(...kin.map((one) => one.spread));
  const figure = (value: number): string => value.toPrecision(2);
  if (kin.every(({ distance }) => distance <= 2 * spread + IDENTICAL)) {
    const farthest = Math.max(...kin.map(({ distance }) => distance));
    return say("turn rows like unused rows", 5, UNTAUGHT, {
      en: `the rows of ${names} lie amid those of other tokens that were hardly trained (distance ${figure(farthest)}, their spread ${figure(spread)})`,
      zh: `${names} 的行与其他几乎未训练的词元混在一起（距离 ${figure(farthest)}，其分布范围 ${figure(spread)}）`,
    });
  }
  const nearest = Math.min(...kin.map(({ distance }) => distance));
  if (nearest < 5 * spread + 10 * IDENTICAL) return undefined;
  return say("turn rows were trained", 2, TAUGHT, {
    en: `the rows of ${names} were moved away from those of unused tokens (distance ${figure(nearest)}, their spread ${figure(spread)})`,
    zh: `${names} 的行已偏离未使用词元的行（距离 ${figure(nearest)}，其分布范围 ${figure(spread)}）`,
  });
}

function sayingsOf({ matrix }: MatrixFacts) {
  return (signal: string, weight: number, points: Points, { en, zh }: { en: string; zh: string }): Evidence =>
    observe("tensors", signal, weight, points, {
      en: `In the ${matrix}, ${en}.`,
      zh: `在${matrix === "embedding" ? "嵌入矩阵" : "输出头"}中，${zh}。`,
    });
}
