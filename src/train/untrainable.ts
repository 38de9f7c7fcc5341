import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

/** A sound model that cannot be trained here, because of what it is made of. */
export class UntrainableError extends BasewiseError {
  override readonly name = "UntrainableError";
  readonly exitCode: ExitCode = EXIT.badInput;
  readonly path: string;

  constructor(path: string, what: Text) {
    super({
      en: `${printable(path)} cannot be trained: ${what.en}. Take a llama, qwen2 or qwen3 model, as GGUF or as a Hugging Face folder.`,
      zh: `无法训练 ${printable(path)}：${what.zh}。请使用 llama、qwen2 或 qwen3 模型（GGUF 或 Hugging Face 文件夹）。`,
    });
    this.path = path;
  }
}
