import type { EmbeddingSettings, TextKind, TextPooling } from "./embedding.ts";

/** What a family of embedding models was trained with, for files that do not say it; most GGUF files do not. */
export interface EmbeddingFamily {
  readonly pooling: TextPooling;
  readonly prompts: Readonly<Record<TextKind, string>>;
  readonly endToken?: EmbeddingSettings["endToken"]["value"];
  readonly leastDimensions?: number;
}

const SEARCH_TASK = "Given a web search query, retrieve relevant passages that answer the query";
const PASSAGES = "Represent this sentence for searching relevant passages: ";

/**
 * Families by their names, the first that fits. Sources: the model cards and, where the maker gives them, the files
 * `config_sentence_transformers.json` and `1_Pooling/config.json` of each.
 */
const FAMILIES: readonly (readonly [RegExp, EmbeddingFamily])[] = [
  [
    /qwen3.*embedding/i,
    {
      pooling: "last",
      prompts: { query: `Instruct: ${SEARCH_TASK}\nQuery:`, passage: "" },
      endToken: "<|endoftext|>",
      leastDimensions: 32,
    },
  ],
  [
    /gte-qwen2/i,
    {
      pooling: "last",
      prompts: { query: `Instruct: ${SEARCH_TASK}\nQuery: `, passage: "" },
      endToken: "<|endoftext|>",
    },
  ],
  [
    /e5-mistral/i,
    {
      pooling: "last",
      prompts: { query: `Instruct: ${SEARCH_TASK}\nQuery: `, passage: "" },
      endToken: "</s>",
    },
  ],
  [
    /\be5-large-instruct/i,
    { pooling: "mean", prompts: { query: `Instruct: ${SEARCH_TASK}\nQuery: `, passage: "" } },
  ],
  [/\be5-(small|base|large)/i, { pooling: "mean", prompts: { query: "query: ", passage: "passage: " } }],
  [/\bbge-m3/i, { pooling: "cls", prompts: { query: "", passage: "" } }],
  [
    /\bbge-(small|base|large)-zh/i,
    { pooling: "cls", prompts: { query: "为这个句子生成表示以用于检索相关文章：", passage: "" } },
  ],
  [/\bbge-(small|base|large)-en/i, { pooling: "cls", prompts: { query: PASSAGES, passage: "" } }],
  [/\bmxbai-embed-large/i, { pooling: "cls", prompts: { query: PASSAGES, passage: "" } }],
  [
    /\barctic-embed-[a-z]+-v2/i,
    { pooling: "cls", prompts: { query: "query: ", passage: "" }, leastDimensions: 256 },
  ],
  [/\barctic-embed/i, { pooling: "cls", prompts: { query: PASSAGES, passage: "" } }],
  [
    /\bnomic-embed-text/i,
    {
      pooling: "mean",
      prompts: { query: "search_query: ", passage: "search_document: " },
      leastDimensions: 64,
    },
  ],
  [
    /\bembedding-?gemma/i,
    {
      pooling: "mean",
      prompts: { query: "task: search result | query: ", passage: "title: none | text: " },
      leastDimensions: 128,
    },
  ],
  [/\ball-minilm/i, { pooling: "mean", prompts: { query: "", passage: "" } }],
];

/** The family of a model by the names it goes by, where it is one that is known. */
export function familyOf(names: readonly string[]): EmbeddingFamily | undefined {
  return FAMILIES.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
