import { BasewiseError, EXIT } from "../errors.ts";
import { StageMismatchError } from "../stage/mismatch.ts";
import type { Context } from "./context.ts";
import { jsonLine } from "./json.ts";
import { printRefusal } from "./refusal.ts";

/** Says what went wrong, in words or as an error object with the same facts, and gives the exit code. */
export function reportFailure(context: Context, failure: unknown): number {
  const { json, err, say, out, language } = context;
  if (failure instanceof BasewiseError) {
    if (json) out.line(jsonLine(errorObject(failure), language));
    else if (failure instanceof StageMismatchError) printRefusal(context, err, failure);
    else err.line(`${err.paint.red("✗")} ${say(failure.text)}`);
    return failure.exitCode;
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  const text = {
    en: `This is a defect in basewise, not a mistake of yours: ${message}`,
    zh: `这是 basewise 的缺陷，不是您的错误：${message}`,
  };
  if (json) {
    out.line(jsonLine({ error: { name: "Defect", message: text, exitCode: EXIT.failed } }, language));
  } else {
    err.line(`${err.paint.red("✗")} ${say(text)}`);
  }
  if (process.env.BASEWISE_DEBUG === "1" && failure instanceof Error) {
    err.line(failure.stack);
  } else {
    err.line(
      say({
        en: "Please report it, with what BASEWISE_DEBUG=1 prints.",
        zh: "请报告此问题，并附上设置 BASEWISE_DEBUG=1 后的输出。",
      }),
    );
  }
  return EXIT.failed;
}

/** An error as JSON: its sentence and every fact it carries. */
export function errorObject(failure: BasewiseError): { readonly error: Readonly<Record<string, unknown>> } {
  const { text, name, exitCode, message: _, cause: __, ...facts } = failure;
  return { error: { name, message: text, exitCode, ...facts } };
}
