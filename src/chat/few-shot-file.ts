import { readFile, stat } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { FewShot } from "./few-shot.ts";

const LONGEST_FILE = 2 ** 20;

const text = z.string().min(1);
const example = z.strictObject({ input: text, output: text });
const fewShot = z.strictObject({
  instruction: text.optional(),
  inputLabel: text.optional(),
  outputLabel: text.optional(),
  examples: z.array(example).min(1),
});

/**
 * Reads a task shown by examples: YAML or JSON with the fields of FewShot, or JSONL with one `input` and `output` a
 * line. Throws BadFileError.
 */
export async function readFewShot(path: string): Promise<FewShot> {
  let source: string;
  try {
    if ((await stat(path)).size > LONGEST_FILE) throw new RangeError("it is larger than 1 MiB");
    source = await readFile(path, "utf8");
  } catch (cause) {
    throw unusable(path, cause);
  }
  try {
    const value: unknown = path.endsWith(".jsonl")
      ? {
          examples: source
            .split("\n")
            .filter((line) => line.trim() !== "")
            .map((line) => JSON.parse(line)),
        }
      : parse(source, { maxAliasCount: 10 });
    const { instruction, inputLabel, outputLabel, examples } = fewShot.parse(value);
    return {
      examples,
      ...(instruction === undefined ? {} : { instruction }),
      ...(inputLabel === undefined ? {} : { inputLabel }),
      ...(outputLabel === undefined ? {} : { outputLabel }),
    };
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): BadFileError {
  const reason = printable(reasonOf(cause), 200);
  const shown = printable(path);
  return new BadFileError(
    path,
    {
      en: `The examples in ${shown} cannot be used (${reason}); give YAML with a list "examples" of "input" and "output", or JSONL of those.`,
      zh: `无法使用 ${shown} 中的示例（${reason}）；请给出带有 "examples" 列表（每项含 "input" 和 "output"）的 YAML，或相应的 JSONL。`,
    },
    { cause },
  );
}

function reasonOf(cause: unknown): string {
  if (cause instanceof z.ZodError) {
    const [issue] = cause.issues;
    return issue === undefined ? "?" : `${issue.path.join(".") || "the whole"}: ${issue.message}`;
  }
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}
