import type { Recall } from "../chat/memory.ts";
import { recallByVectors } from "../chat/recall-by-vectors.ts";
import type { ConversationStore } from "../chat/store/store.ts";
import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import { stageText } from "../stage/words.ts";
import { EmbeddingModel, type RepresentingModel } from "./embedding-model.ts";

/**
 * Recall by the meaning of memories, for a `Conversation` on this store, which keeps their vectors: they are made anew
 * where the model is another one, or is asked in another way. The model stays the caller's to dispose.
 */
export function recallByMeaning(model: EmbeddingModel, store: ConversationStore): Recall {
  const { identity } = model;
  return recallByVectors(
    {
      identity,
      embed: async (texts, kind, signal) => {
        const { vectors } = await model.embed(texts, {
          kind,
          normalize: true,
          ...(model.isHere ? { truncate: true } : {}),
          ...(signal === undefined ? {} : { signal }),
        });
        return vectors;
      },
    },
    store.memories,
  );
}

/** Throws BadInputError for a model that was not trained for vectors: by its own, memories are found as if by chance. */
export function requireEmbedder(model: RepresentingModel): EmbeddingModel {
  if (model instanceof EmbeddingModel) return model;
  const words = stageText(model.stage);
  const shown = printable(model.reference);
  throw new BadInputError({
    en: `${shown} is ${words.en}; memories are only found by the vectors of an embedding model. Name one, or leave it out: they are found by their words then.`,
    zh: `${shown} 是${words.zh}；只有嵌入模型的向量才能查找记忆。请指定嵌入模型，或省略此项，改为按词语查找。`,
  });
}
