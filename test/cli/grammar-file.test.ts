import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { grammarFile, schemaFile } from "../../src/cli/grammar-file.ts";
import { temporaryFolder } from "../support/gguf.ts";

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

test("what is wrong in a file of a grammar or a schema is told with the file, in both languages", () => {
  const grammar = file("list.gbnf", 'root ::= item\nitem ::= "a');
  const schema = file(
    "schema.json",
    '{"type": "object", "properties": {"a": {"type": "number", "multipleOf": 7}}}',
  );
  for (const [read, path, where] of [
    [grammarFile, grammar, /list\.gbnf is wrong at line 2/],
    [schemaFile, schema, /schema\.json cannot be kept to at #\/properties\/a/],
  ] as const) {
    expect(() => read(path)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        text: { en: expect.stringMatching(where), zh: expect.stringContaining(path) },
      }),
    );
  }
});
