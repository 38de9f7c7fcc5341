import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

/** The command line itself was wrong. */
export class UsageError extends BasewiseError {
  override readonly name = "UsageError";
  readonly exitCode: ExitCode = EXIT.badInput;
}

/** What commander says, and how basewise says it; commander speaks English only and over several lines. */
const SENTENCES: readonly (readonly [RegExp, (...found: string[]) => Text])[] = [
  [
    /^unknown (option|command) '(.+?)'(?:\n\(Did you mean (?:one of )?(.+)\?\))?$/s,
    (kind = "", name = "", instead) => ({
      en: `There is no ${kind} ${name}${instead === undefined ? "; see basewise --help." : `; did you mean ${instead}?`}`,
      zh: `没有${kind === "option" ? "选项" : "命令"} ${name}${instead === undefined ? "；请看 basewise --help。" : `；是否想用 ${instead}？`}`,
    }),
  ],
  [
    /^missing required argument '(.+)'$/,
    (name = "") => ({
      en: `The <${name}> is missing; see basewise help.`,
      zh: `缺少参数 <${name}>；请看 basewise help。`,
    }),
  ],
  [
    /^option '(.+)' argument missing$/,
    (flags = "") => ({ en: `${flags} needs its value.`, zh: `${flags} 缺少取值。` }),
  ],
  [
    /^option '(.+)' argument '(.*)' is invalid\. (.+)$/s,
    (flags = "", value = "", reason = "") => ({
      en: `${flags} cannot be ${value === "" ? "empty" : value}. ${reason}`,
      zh: `${flags} 不能是${value === "" ? "空的" : ` ${value}`}。${reason.replace(/^Allowed choices are (.+)\.$/, "可选值：$1。")}`,
    }),
  ],
  [
    /^too many arguments(?: for '(.+)')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (command = "basewise", expected = "", got = "") => ({
      en: `${command} takes at most ${expected} arguments but was given ${got}; put a text with spaces in quotes.`,
      zh: `${command} 最多接受 ${expected} 个参数，却给了 ${got} 个；含空格的文本请加引号。`,
    }),
  ],
];

/** What commander complained about, as one sentence in both languages. */
export function usageError(complaint: string): UsageError {
  const message = complaint.replace(/^error: /, "");
  for (const [pattern, sentence] of SENTENCES) {
    const found = pattern.exec(message);
    if (found === null) continue;
    const { en, zh } = sentence(...found.slice(1));
    return new UsageError({ en: shown(en), zh: shown(zh) });
  }
  return new UsageError({ en: shown(message), zh: shown(message) });
}

function shown(sentence: string): string {
  return printable(sentence, Number.POSITIVE_INFINITY);
}
