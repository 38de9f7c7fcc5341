import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { emptyRules, leftRecursiveRule } from "./recursion.ts";

/** A part of a grammar: what a text may be there. */
export type Expression =
  /** These characters, one after the other. */
  | { readonly kind: "text"; readonly characters: readonly number[] }
  /** One character: of these ranges, or of none of them. */
  | { readonly kind: "character"; readonly ranges: readonly Range[]; readonly isNegated: boolean }
  /** One token of the vocabulary, by its id or name as it is written, or any but it. */
  | { readonly kind: "token"; readonly token: string; readonly isNegated: boolean }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "repeat"; readonly of: Expression; readonly least: number; readonly most: number }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  | { readonly kind: "choice"; readonly of: readonly Expression[] };

/** First and last character, as code points. */
export type Range = readonly [number, number];

/** What each rule stands for. */
export type Grammar = ReadonlyMap<string, Expression>;

export const LAST_CHARACTER = 0x10ffff;
/** More repetitions than this the library takes for any number. Source: `MAX_REPETITION_THRESHOLD` in llama-grammar.cpp. */
export const MOST_REPETITIONS = 1999;
/** Most characters of a grammar. */
export const MAX_LENGTH: number = 2 ** 18;
const MAX_NESTING = 200;
/** Most rules: the library follows chains of them with recursion. */
export const MAX_RULES = 2000;

/** A grammar that cannot be used: not GBNF, or one that would never come to an end. */
export class GrammarError extends BasewiseError {
  override readonly name = "GrammarError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** Where it is wrong, both counted from 1. */
  readonly line: number;
  /** Where in the line, from 1. */
  readonly column: number;
  /** What is wrong there. */
  readonly problem: Text;

  /** @param file where the grammar stands, if in a file. */
  constructor(problem: Text, line: number, column: number, file?: string) {
    const [en, zh] = file === undefined ? ["", ""] : [` in ${printable(file)}`, ` ${printable(file)} `];
    super({
      en: `The grammar${en} is wrong at line ${line}, column ${column}: ${problem.en}.`,
      zh: `语法${zh}第 ${line} 行第 ${column} 列有误：${problem.zh}。`,
    });
    this.problem = problem;
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads a grammar in GBNF and checks that it holds up: rules defined once, `root` among them, none that begins with
 * itself. Source: `llama_grammar_parser` of the pinned llama.cpp, and its grammars/README.md. Throws GrammarError.
 */
export function parseGrammar(source: string): Grammar {
  const parser = new Parser(source);
  const rules = parser.rules();
  for (const [name, position] of parser.references) {
    if (!rules.has(name)) throw parser.wrong(undefinedRule(name), position);
  }
  if (!rules.has("root")) throw parser.wrong(NO_ROOT, 0);
  const recursive = leftRecursiveRule(rules, emptyRules(rules));
  if (recursive !== undefined)
    throw parser.wrong(beginsWithItself(recursive), parser.definitions.get(recursive) ?? 0);
  return rules;
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  /** Where each rule is defined, and where it is first named. */
  readonly definitions = new Map<string, number>();
  readonly references = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
    if (source.length > MAX_LENGTH) throw this.wrong(TOO_LONG, 0);
    const nul = source.indexOf("\0");
    if (nul !== -1) throw this.wrong(NUL, nul);
  }

  rules(): Map<string, Expression> {
    const rules = new Map<string, Expression>();
    this.#space(true);
    while (this.#at < this.#source.length) {
      const start = this.#at;
      const name = this.#take(/[a-zA-Z0-9-]+/y);
      if (name === undefined) throw this.wrong(expected("the name of a rule", "规则名"));
      if (rules.has(name)) throw this.wrong(definedTwice(name), start);
      if (rules.size >= MAX_RULES) throw this.wrong(TOO_MANY_RULES, start);
      this.#space(false);
      if (this.#take(/::=/y) === undefined) throw this.wrong(expected("::=", "::="));
      this.#space(true);
      this.definitions.set(name, start);
      rules.set(name, this.#choice(false));
      if (this.#at < this.#source.length && this.#take(/\r\n?|\n/y) === undefined)
        throw this.wrong(expected("an item or the end of the line", "一个项目或行尾"));
      this.#space(true);
    }
    return rules;
  }

  #choice(isNested: boolean): Expression {
    const of = [this.#sequence(isNested)];
    while (this.#take(/\|/y) !== undefined) {
      this.#space(true);
      of.push(this.#sequence(isNested));
    }
    return of[0] !== undefined && of.length === 1 ? of[0] : { kind: "choice", of };
  }

  #sequence(isNested: boolean): Expression {
    const parts: Expression[] = [];
    for (let item = this.#item(); item !== undefined; item = this.#item()) {
      this.#space(isNested);
      parts.push(this.#repeated(item, isNested));
    }
    return { kind: "sequence", parts };
  }

  #item(): Expression | undefined {
    const start = this.#at;
    const next = this.#source[this.#at];
    if (next === '"') return this.#text();
    if (next === "[") return this.#characters();
    if (next === "(") return this.#group();
    if (this.#take(/\./y) !== undefined)
      return { kind: "character", ranges: [[0, LAST_CHARACTER]], isNegated: false };
    if (next === "<" || next === "!") {
      const token = this.#take(/!?<(?:\[\d{1,9}\]|[^[>\n][^>\n]*)>/y);
      if (token === undefined)
        throw this.wrong(expected("a token, as <name> or <[id]>", "词元，如 <名称> 或 <[编号]>"));
      return { kind: "token", token: token.replace(/^!/, ""), isNegated: token.startsWith("!") };
    }
    if (next !== undefined && /[*+?{]/.test(next)) throw this.wrong(NOTHING_TO_REPEAT);
    const name = this.#take(/[a-zA-Z0-9-]+/y);
    if (name === undefined) return undefined;
    if (!this.references.has(name)) this.references.set(name, start);
    return { kind: "rule", name };
  }

  #text(): Expression {
    this.#at++;
    const characters: number[] = [];
    while (this.#take(/"/y) === undefined) characters.push(this.#character());
    return { kind: "text", characters };
  }

  #characters(): Expression {
    const start = this.#at++;
    const isNegated = this.#take(/\^/y) !== undefined;
    const ranges: [number, number][] = [];
    while (this.#take(/\]/y) === undefined) {
      const first = this.#character();
      const isRange = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (isRange) this.#at++;
      const last = isRange ? this.#character() : first;
      if (last < first) throw this.wrong(BACKWARD_RANGE, start);
      ranges.push([first, last]);
    }
    if (ranges.length === 0) throw this.wrong(NO_CHARACTERS, start);
    return { kind: "character", ranges, isNegated };
  }

  #group(): Expression {
    if (++this.#depth > MAX_NESTING) throw this.wrong(TOO_DEEP);
    this.#at++;
    this.#space(true);
    const inside = this.#choice(true);
    if (this.#take(/\)/y) === undefined) throw this.wrong(expected(")", ")"));
    this.#depth--;
    return inside;
  }

  #character(): number {
    const sequence = this.#take(/\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[trn\\"[\]-])/y);
    if (sequence !== undefined) return escaped(sequence);
    const character = this.#source.codePointAt(this.#at);
    if (character === undefined)
      throw this.wrong({ en: "it ends inside quotes or brackets", zh: "在引号或方括号内结束" });
    if (character === "\\".charCodeAt(0)) throw this.wrong(UNKNOWN_ESCAPE);
    this.#at += character > 0xffff ? 2 : 1;
    return character;
  }

  /** An item with the signs behind it that say how often it stands there. */
  #repeated(item: Expression, isNested: boolean): Expression {
    let repeated = item;
    for (;;) {
      const start = this.#at;
      const sign = this.#take(/[*+?]|\{[ \t]*\d{1,9}[ \t]*(?:,[ \t]*(?:\d{1,9}[ \t]*)?)?\}/y);
      if (sign === undefined) {
        if (this.#source[this.#at] === "{") throw this.wrong(BAD_COUNT);
        return repeated;
      }
      if (repeated.kind === "text" && repeated.characters.length === 0)
        throw this.wrong(NOTHING_TO_REPEAT, start);
      const [least, most] = countsOf(sign);
      if (most < least) throw this.wrong(BAD_COUNT, start);
      if (least > MOST_REPETITIONS || (Number.isFinite(most) && most > MOST_REPETITIONS))
        throw this.wrong(TOO_OFTEN, start);
      repeated = { kind: "repeat", of: repeated, least, most };
      this.#space(isNested);
    }
  }

  #space(overLines: boolean): void {
    this.#take(overLines ? /(?:[ \t\r\n]|#[^\r\n]*)+/y : /(?:[ \t]|#[^\r\n]*)+/y);
  }

  /** What a sticky pattern finds here; goes past it. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  wrong(problem: Text, at: number = this.#at): GrammarError {
    const before = this.#source.slice(0, at).split("\n");
    return new GrammarError(problem, before.length, (before.at(-1)?.length ?? 0) + 1);
  }
}

function escaped(sequence: string): number {
  const digits = /^\\[xuU](.+)$/.exec(sequence)?.[1];
  if (digits !== undefined) return Number.parseInt(digits, 16);
  const letter = sequence[1] ?? "";
  return ({ t: "\t", r: "\r", n: "\n" }[letter] ?? letter).charCodeAt(0);
}

function countsOf(sign: string): readonly [number, number] {
  if (sign === "*") return [0, Number.POSITIVE_INFINITY];
  if (sign === "+") return [1, Number.POSITIVE_INFINITY];
  if (sign === "?") return [0, 1];
  const [least = "", most] = sign.slice(1, -1).split(",");
  if (most === undefined) return [Number(least), Number(least)];
  return [Number(least), most.trim() === "" ? Number.POSITIVE_INFINITY : Number(most)];
}

const NO_ROOT: Text = { en: "no rule is called root", zh: "没有名为 root 的规则" };
const NUL: Text = { en: "it holds a NUL character", zh: "含有 NUL 字符" };
const TOO_LONG: Text = { en: `it is longer than ${MAX_LENGTH} characters`, zh: `超过 ${MAX_LENGTH} 个字符` };
const TOO_MANY_RULES: Text = {
  en: `it has more than ${MAX_RULES} rules`,
  zh: `规则超过 ${MAX_RULES} 条`,
};
const TOO_DEEP: Text = {
  en: `parentheses are nested more than ${MAX_NESTING} deep`,
  zh: `括号嵌套超过 ${MAX_NESTING} 层`,
};
const NO_CHARACTERS: Text = { en: "brackets without a character", zh: "方括号内没有字符" };
const BACKWARD_RANGE: Text = { en: "a range whose end lies before its start", zh: "范围的终点小于起点" };
const UNKNOWN_ESCAPE: Text = {
  en: 'a backslash stands before one of t r n \\ " [ ] - or as \\xNN, \\uNNNN, \\UNNNNNNNN',
  zh: '反斜杠之后只能是 t r n \\ " [ ] - 之一，或写作 \\xNN、\\uNNNN、\\UNNNNNNNN',
};
const NOTHING_TO_REPEAT: Text = { en: "there is nothing before it to repeat", zh: "前面没有可重复的内容" };
const BAD_COUNT: Text = {
  en: "write {n}, {least,} or {least,most}, the least first",
  zh: "请写成 {n}、{最少,} 或 {最少,最多}，小者在前",
};
const TOO_OFTEN: Text = {
  en: `at most ${MOST_REPETITIONS} repetitions can be counted`,
  zh: `最多只能计 ${MOST_REPETITIONS} 次重复`,
};

function expected(en: string, zh: string): Text {
  return { en: `${en} is expected here`, zh: `此处应为${zh}` };
}

function undefinedRule(name: string): Text {
  const shown = printable(name, 60);
  return { en: `no rule is called ${shown}`, zh: `没有名为 ${shown} 的规则` };
}

function definedTwice(name: string): Text {
  const shown = printable(name, 60);
  return { en: `the rule ${shown} is defined twice`, zh: `规则 ${shown} 定义了两次` };
}

function beginsWithItself(name: string): Text {
  const shown = printable(name, 60);
  return {
    en: `the rule ${shown} can begin with itself, which never ends; put what it begins with first`,
    zh: `规则 ${shown} 可能以自身开头，永无止境；请把开头的内容写在前面`,
  };
}
