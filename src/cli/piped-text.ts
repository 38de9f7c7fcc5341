import { UsageError } from "./usage.ts";

/** What is piped in, without the line break that `echo` and editors put at the end. */
export async function pipedText(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new UsageError({
      en: "There is no text; give it after the reference, or pipe it in.",
      zh: "没有文本；请写在引用之后，或通过管道传入。",
    });
  }
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  return text.replace(/\r?\n$/, "");
}
