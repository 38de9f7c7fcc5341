import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";

/** libllama could not do what was asked of it. */
export class LlamaError extends BasewiseError {
  override readonly name = "LlamaError";
  readonly exitCode: ExitCode = EXIT.failed;
}

/** Whether a value counts something of which there are so many, from 0. */
export function isIndex(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit;
}

export function badToken(token: number, size: number): LlamaError {
  return new LlamaError({
    en: `There is no token ${token} in a vocabulary of ${size}; use ids that this model's tokenizer gave.`,
    zh: `大小为 ${size} 的词表中没有词元 ${token}；请使用该模型分词器给出的编号。`,
  });
}

export function noOutput(index: number): LlamaError {
  return new LlamaError({
    en: `Token ${index} of the last batch was no output; ask for its output when decoding.`,
    zh: `上一批中的第 ${index} 个词元不是输出；请在解码时要求其输出。`,
  });
}
