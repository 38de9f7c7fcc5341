import { familyOf } from "./embedding-families.ts";
import type { ModelFacts } from "./facts.ts";

/** What a text is to a search: the question, or what may answer it. Models are trained to read them differently. */
export const TEXT_KINDS = ["query", "passage"] as const;
/** One of `TEXT_KINDS`: a text to search by, or one to be found. */
export type TextKind = (typeof TEXT_KINDS)[number];

/** How the vectors of a text's tokens become that of the text. */
export type TextPooling = Exclude<NonNullable<ModelFacts["pooling"]>, "rank">;

/** A value, and who says so: the model's files, what is known of its family, or only what is usual. */
export interface Setting<Value> {
  readonly value: Value;
  readonly from: "files" | "family" | "usual";
}

/** How a model is to be asked for vectors, as in its training. */
export interface EmbeddingSettings {
  /** How the states of a text become one vector. */
  readonly pooling: Setting<TextPooling>;
  /** Whether vectors have the length 1. */
  readonly normalizes: Setting<boolean>;
  /** What is written before a text of each kind; empty where nothing is. */
  readonly prompts: Setting<Readonly<Record<TextKind, string>>>;
  /** The token that stands behind every text, where one does. */
  readonly endToken: Setting<string | null>;
  /** The least number of dimensions that its vectors were trained to be cut to (Matryoshka); null where none is known. */
  readonly leastDimensions: Setting<number | null>;
  /** Tokens of a text that count, where the files say; null where the context alone limits it. */
  readonly mostTokens: number | null;
}

const PROMPT_NAMES: Readonly<Record<TextKind, readonly string[]>> = {
  query: ["query", "search_query", "s2p_query", "Retrieval-query"],
  passage: ["document", "passage", "search_document", "Retrieval-document"],
};
/** Encoders read a whole text at once; the last token of the others has seen all before it. */
const ENCODER = /bert|roberta|gemma-embedding|mpnet/;

/**
 * How a model is to be asked for vectors. What its files declare comes first (sentence-transformers' `1_Pooling`,
 * `modules.json` and `config_sentence_transformers.json`, the GGUF's `pooling_type` and `add_eos_token`), then what is
 * known of its family, then usual: the mean, but the last token of a decoder that was trained for vectors. Pure.
 */
export function embeddingSettings(facts: ModelFacts, isEmbedding: boolean): EmbeddingSettings {
  const { pooling, modules, files, window } = facts;
  const sentence = files?.sentence;
  const family = isEmbedding ? familyOf(facts.names.map(({ name }) => name)) : undefined;
  const usual = isEmbedding && !ENCODER.test(facts.architecture ?? "") ? "last" : "mean";
  const limits = [sentence?.maxTokens, window].filter((limit) => limit !== undefined);
  return {
    pooling: chosen(pooling === "rank" ? undefined : pooling, family?.pooling, usual),
    // Where only the pooling's own file is at hand, nothing says what follows it.
    normalizes: chosen(modules.length > 1 ? modules.includes("Normalize") : undefined, undefined, true),
    prompts: chosen(promptsOf(sentence?.prompts ?? {}), family?.prompts, { query: "", passage: "" }),
    endToken: chosen(files?.tokenizer?.appended?.text, family?.endToken, null),
    leastDimensions: chosen(sentence?.dimensions?.[0], family?.leastDimensions, null),
    mostTokens: limits.length === 0 ? null : Math.min(...limits),
  };
}

function chosen<Value>(declared: Value | undefined, known: Value | undefined, usual: Value): Setting<Value> {
  if (declared !== undefined) return { value: declared, from: "files" };
  return known !== undefined ? { value: known, from: "family" } : { value: usual, from: "usual" };
}

function promptsOf(prompts: Readonly<Record<string, string>>): Record<TextKind, string> | undefined {
  const of = (kind: TextKind): string | undefined =>
    PROMPT_NAMES[kind].map((name) => prompts[name]).find((prompt) => prompt !== undefined);
  const [query, passage] = [of("query"), of("passage")];
  return query === undefined && passage === undefined
    ? undefined
    : { query: query ?? "", passage: passage ?? "" };
}

/** A task in words, as the models that were trained with instructions read it before a query. */
const INSTRUCTION = /^(Instruct: )[\s\S]*(\nQuery: ?)$/;

/** What stands before a text, with another instruction where the model reads one; undefined where it reads none. */
export function promptWith(prompt: string, instruction: string): string | undefined {
  return INSTRUCTION.test(prompt)
    ? prompt.replace(INSTRUCTION, (_, before: string, behind: string) => before + instruction + behind)
    : undefined;
}
