import { NUMBERS, type Word } from "../world.ts";

/** A number in characters, zero to twenty. */
export function spelled(number: number): string {
  return NUMBERS[number]?.zh ?? String(number);
}

/** A count before a measure word: 两个, not 二个. */
export function before(count: number): string {
  return count === 2 ? "两" : spelled(count);
}

const MEASURES: Readonly<Record<string, string>> = {
  马: "匹",
  牛: "头",
  猪: "头",
  大象: "头",
  蛇: "条",
  狗: "条",
};

/** One animal with its measure word: 一只猫, 一匹马. */
export function one({ zh }: Word): string {
  return `一${MEASURES[zh] ?? "只"}${zh}`;
}
