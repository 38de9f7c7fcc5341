import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

/** A sound model that cannot be converted, because of what it is made of. */
export class UnconvertibleError extends BasewiseError {
  override readonly name = "UnconvertibleError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The folder. */
  readonly path: string;

  constructor(path: string, what: Text, remedy: Text) {
    super({
      en: `${printable(path)} cannot be converted: ${what.en}; ${remedy.en}.`,
      zh: `无法转换 ${printable(path)}：${what.zh}；${remedy.zh}。`,
    });
    this.path = path;
  }
}

/** The remedy where nothing but another model helps. */
export const ANOTHER_MODEL: Text = {
  en: "take another model, or a GGUF that its authors publish",
  zh: "请换用其他模型，或其作者发布的 GGUF",
};
