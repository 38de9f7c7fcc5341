import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { SHAPES } from "./shapes.ts";

/** The rows of a data file have no shape that is known. */
export function unknownShape(path: string, row: number, keys: readonly string[] | undefined): BadFileError {
  const shown = printable(path);
  const found = keys?.map((key) => printable(key, 40)).join(", ");
  const known = (language: "en" | "zh"): string =>
    Object.values(SHAPES)
      .map(({ fields }) => `  - ${fields[language]}`)
      .join("\n");
  return new BadFileError(path, {
    en: `Row ${row} of ${shown} has a shape that is not known: ${found === undefined ? "no fields at all" : `its fields are ${found}`}. Rename its fields with columns in the recipe (columns: {prompt: its field}), or write it as one of:\n${known("en")}`,
    zh: `${shown} 第 ${row} 行的结构无法识别：${found === undefined ? "没有任何字段" : `字段为 ${found}`}。请在配方中用 columns 指明字段（columns: {prompt: 其字段}），或改写为以下之一：\n${known("zh")}`,
  });
}

/** The data wants names filled in that the recipe does not give. */
export function unfilledPlaceholders(path: string, row: number, names: readonly string[]): BadFileError {
  const shown = printable(path);
  const marks = names.map((name) => `{{${name}}}`).join(", ");
  const recipe = `placeholders: {${names.map((name) => `${name}: …`).join(", ")}}`;
  return new BadFileError(path, {
    en: `Row ${row} of ${shown} holds ${marks}, and would teach it as it stands; write ${recipe} beside its path in the recipe.`,
    zh: `${shown} 第 ${row} 行含有 ${marks}，会被原样学习；请在配方中该路径旁写上 ${recipe}。`,
  });
}
