import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { observe } from "./observe.ts";

/** Modules of sentence-transformers that turn what an encoder gives into one vector. */
const TO_VECTOR =
  /^(Pooling|WeightedLayerPooling|WordEmbeddings|StaticEmbedding|BoW|Normalize|SpladePooling|CLIPModel|LSTM|CNN|SparseStaticEmbedding|WeightedMeanPooling)$/;

/** What a text passes through by modules.json: a chain that ends in a vector, or in a score. */
export function modulesSignal({ modules, isCrossEncoder }: ModelFacts): Evidence[] {
  if (modules.length === 0) return [];
  const chain = printable(modules.join(" → "));
  if (isCrossEncoder) {
    return [
      observe(
        "modules",
        "score chain",
        5,
        { says: "reranker" },
        {
          en: `Its modules (${chain}) score a pair of texts.`,
          zh: `其模块（${chain}）给一对文本打分。`,
        },
      ),
    ];
  }
  const weight = modules.some((module) => TO_VECTOR.test(module)) ? 6.5 : 4;
  return [
    observe(
      "modules",
      "vector chain",
      weight,
      { says: "embedding" },
      {
        en: `Its folder is laid out for sentence embeddings (${chain}).`,
        zh: `其文件夹按句向量模型组织（${chain}）。`,
      },
    ),
  ];
}
