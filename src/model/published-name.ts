import type { ParsedReference } from "../hub/parse-reference.ts";
import type { NameFact } from "../stage/facts.ts";

/**
 * What a publisher's name for a model says. Ollama's names say it only where they say it outright: its `qwen2.5:0.5b`
 * is the instruct model, though that is how the base is called elsewhere.
 */
export function publishedName(kind: ParsedReference["kind"], name: string): NameFact[] {
  const own = name.split("/").at(-1) ?? name;
  const isOutright = /instruct|chat|base|text|think|embed|rerank|guard|reward/i.test(own);
  return kind === "ollama" && !isOutright ? [] : [{ from: "reference", name: own }];
}
