import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";

/** A computation that ggml refused or could not finish. */
export class GgmlError extends BasewiseError {
  override readonly name = "GgmlError";
  readonly exitCode: ExitCode = EXIT.failed;
}

export function outOfMemory(): GgmlError {
  return new GgmlError({
    en: "There is not enough memory for this computation; take a smaller batch, context or model.",
    zh: "内存不足，无法完成计算；请减小批量、上下文长度或模型。",
  });
}

/** Something was called before what it needs, or once too often. */
export function outOfOrder(en: string, zh: string): GgmlError {
  return new GgmlError({ en: `This cannot be computed: ${en}.`, zh: `无法计算：${zh}。` });
}
