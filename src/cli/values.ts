import { InvalidArgumentError } from "commander";
import { bytesOf } from "./bytes.ts";
import type { Context } from "./context.ts";

/*
 * Readers of the values of options: each takes what was typed, and complains in the language of the run where it
 * cannot be meant.
 */

type Say = Context["say"];

/** A whole number of at least `least`. */
export function wholeNumber(say: Say, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(
      say({ en: `Give a whole number from ${least}.`, zh: `请给出不小于 ${least} 的整数。` }),
    );
  };
}

/** A number from 0, without an exponent. */
export function decimal(say: Say): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && Number.isFinite(value)) return value;
    throw new InvalidArgumentError(say({ en: "Give a number from 0.", zh: "请给出不小于 0 的数。" }));
  };
}

/** A size of memory with its unit, in bytes. */
export function memorySize(say: Say): (text: string) => number {
  return (text) => {
    const bytes = bytesOf(text);
    if (bytes !== undefined) return bytes;
    throw new InvalidArgumentError(
      say({ en: "Give a size with its unit, such as 8GiB.", zh: "请给出带单位的大小，如 8GiB。" }),
    );
  };
}

/** The code of a language, in small letters. */
export function languageCode(say: Say): (text: string) => string {
  return (text) => {
    if (/^[a-z]{2}$/i.test(text)) return text.toLowerCase();
    throw new InvalidArgumentError(
      say({ en: "Give a code of two letters, such as zh.", zh: "请给出两个字母的代码，如 zh。" }),
    );
  };
}

/** A number, also below 0, without an exponent. */
export function signedDecimal(say: Say): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d*\.?\d+$/.test(text) && Number.isFinite(value)) return value;
    throw new InvalidArgumentError(say({ en: "Give a number.", zh: "请给出一个数。" }));
  };
}

/** A token's id and what is added to its logit, after those that were given before. */
export function tokenBias(
  say: Say,
): (text: string, before?: readonly (readonly [number, number])[]) => readonly (readonly [number, number])[] {
  return (text, before = []) => {
    const [, id, bias] = /^(\d{1,9})=(-?\d*\.?\d+)$/.exec(text) ?? [];
    if (id !== undefined && bias !== undefined) return [...before, [Number(id), Number(bias)]];
    throw new InvalidArgumentError(
      say({
        en: "Give the id of a token and a number, such as 13=-100.",
        zh: "请给出词元编号和数值，例如 13=-100。",
      }),
    );
  };
}
