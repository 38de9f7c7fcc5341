import type { Engine } from "../../src/engine/engine.ts";

/**
 * The ids of a text in which the texts of added tokens become those tokens, as Hugging Face's tokenizers do by default.
 * The engine itself never takes one from text, so the pieces between them are tokenized alone.
 */
export async function encodeWithAdded(engine: Engine, text: string): Promise<number[]> {
  const added = [...engine.model.addedTokens.keys()].sort((one, other) => other.length - one.length);
  const escaped = added.map((token) => token.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  const ids: number[] = [];
  for (const piece of escaped.length === 0 ? [text] : text.split(new RegExp(`(${escaped.join("|")})`, "u"))) {
    const id = engine.model.addedTokens.get(piece);
    if (id !== undefined) ids.push(id);
    else if (piece !== "") ids.push(...(await engine.tokenize(piece)));
  }
  return ids;
}
