import { BasewiseError } from "../../errors.ts";
import { memoryEmbedder } from "../../hub/settings.ts";
import type { EmbeddingModel } from "../../model/embedding-model.ts";
import { requireEmbedder } from "../../model/memory-embedder.ts";
import { open } from "../../model/open.ts";
import type { Context } from "../context.ts";

/**
 * The model that finds memories: the one that is asked for, whose errors are thrown; else the one that the settings name,
 * without which memories are found by their words, and that is said.
 */
export async function openEmbedder(
  { err, say }: Context,
  asked: string | undefined,
): Promise<EmbeddingModel | undefined> {
  const reference = asked ?? memoryEmbedder();
  if (reference === undefined) return undefined;
  try {
    const model = await open(reference, { for: "embed" });
    try {
      return requireEmbedder(model);
    } catch (error) {
      await model[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    if (asked !== undefined || !(error instanceof BasewiseError)) throw error;
    const { en, zh } = error.text;
    const notice = {
      en: `Memories are found by their words alone (BASEWISE_EMBEDDER): ${en}`,
      zh: `只按词语查找记忆（BASEWISE_EMBEDDER）：${zh}`,
    };
    err.line(err.paint.yellow(`⚠ ${say(notice)}`));
    return undefined;
  }
}
