import { readFileSync, statSync } from "node:fs";
import { checkTools, type Tool } from "../chat/tools/tool.ts";
import type { JsonSchema } from "../engine/engine.ts";
import { BadFileError } from "../errors.ts";
import { GrammarError, parseGrammar } from "../formats/grammar/gbnf.ts";
import { grammarOfSchema } from "../formats/grammar/json-schema.ts";
import { JsonSchemaError } from "../formats/grammar/schema-error.ts";
import { JsonError, parseJson } from "../formats/json.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

const MAX_BYTES = 2 ** 20;

/** The grammar of a file, checked before a model is loaded. Throws BadFileError and GrammarError. */
export function grammarFile(path: string): string {
  const grammar = textOf(path);
  try {
    parseGrammar(grammar);
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    throw new GrammarError(error.problem, error.line, error.column, path);
  }
  return grammar;
}

/** The JSON schema of a file, checked before a model is loaded. Throws BadFileError and JsonSchemaError. */
export function schemaFile(path: string): JsonSchema {
  const schema = jsonOf(path);
  try {
    grammarOfSchema(schema); // which refuses what is neither of these
  } catch (error) {
    if (!(error instanceof JsonSchemaError)) throw error;
    throw new JsonSchemaError(error.path, error.keyword, error.problem, path);
  }
  return typeof schema === "boolean" ? schema : { ...Object(schema) };
}

/** The tools of a file, checked before a model is loaded. Throws BadFileError and BadInputError. */
export function toolsFile(path: string): Tool[] {
  return checkTools(jsonOf(path));
}

function jsonOf(path: string): unknown {
  try {
    return parseJson(textOf(path), { depth: 400, values: 100_000 });
  } catch (error) {
    if (error instanceof JsonError) throw unusable(path, error.text, error);
    throw error;
  }
}

function textOf(path: string): string {
  try {
    const size = statSync(path).size;
    if (size <= MAX_BYTES) return readFileSync(path, "utf8");
  } catch (error) {
    throw unusable(path, { en: "it cannot be read", zh: "无法读取" }, error);
  }
  throw unusable(path, { en: `it is larger than ${MAX_BYTES} bytes`, zh: `超过 ${MAX_BYTES} 字节` });
}

function unusable(path: string, reason: Text, cause?: unknown): BadFileError {
  const shown = printable(path);
  return new BadFileError(
    path,
    {
      en: `${shown} cannot be used: ${reason.en}; give another file.`,
      zh: `无法使用 ${shown}：${reason.zh}；请换一个文件。`,
    },
    { cause },
  );
}
