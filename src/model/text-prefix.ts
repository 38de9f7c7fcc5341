import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import { promptWith, type TextKind } from "../stage/embedding.ts";

/** What stands before a text of a kind. Throws BadInputError for an instruction that the model does not read there. */
export function prefixFor(
  reference: string,
  prompt: string,
  kind: TextKind,
  instruction: string | undefined,
): string {
  if (instruction === undefined) return prompt;
  const prefix = promptWith(prompt, instruction);
  if (prefix !== undefined) return prefix;
  const shown = printable(reference);
  const kinds = { query: { en: "a query", zh: "查询" }, passage: { en: "a passage", zh: "文档" } }[kind];
  throw new BadInputError({
    en: `${shown} reads no instruction before ${kinds.en}; leave it out.`,
    zh: `${shown} 在${kinds.zh}之前不读取指令；请去掉该选项。`,
  });
}
