import type { Token } from "./facts.ts";

/** What the tokenizer's files say beside its control tokens. */
export interface TokenizerFacts {
  readonly bos: Token | undefined;
  readonly eos: Token | undefined;
  readonly pad: Token | undefined;
  /** Whether it puts the begin and end tokens around every text. */
  readonly addsBos: boolean | undefined;
  readonly addsEos: boolean | undefined;
  /** The token that the post-processor of tokenizer.json puts behind every text. */
  readonly appended: Token | undefined;
  /** `tokenizer.ggml.pre`: how a GGUF's text is split. */
  readonly splitting: string | undefined;
  /** Whether the begin token is an ordinary token of the vocabulary, which no family has on purpose. */
  readonly hasOrdinaryBos: boolean;
  /** The least number of tokens that it knows: the highest id that a file names, and one. */
  readonly size: number | undefined;
  /** Turn marks among the words of the vocabulary, where the whole of it was read; undefined where it was not. */
  readonly wordMarks: readonly string[] | undefined;
}

/** The sampling that generation_config.json or the GGUF's own keys recommend. */
export interface SamplingFacts {
  readonly samples: boolean | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly minP: number | undefined;
  readonly repetitionPenalty: number | undefined;
}

/** What sentence-transformers' files say. */
export interface SentenceFacts {
  /** What is written before a text, by its purpose; most often `query` and `document`. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Tokens of a text that count; the rest is cut. */
  readonly maxTokens: number | undefined;
  /** `matryoshka_dimensions`: the lengths that vectors were trained to be cut to, the least first. */
  readonly dimensions?: readonly number[];
}

/** What a LoRA trains, by adapter_config.json of PEFT. */
export interface LoraFacts {
  readonly targets: readonly string[];
  /** `modules_to_save`: trained and stored whole. */
  readonly saved: readonly string[];
  /** Whether single rows of the embedding are trained (`trainable_token_indices`). */
  readonly trainsTokens: boolean;
}

/** What headers say about the weights. */
export interface WeightFacts {
  readonly embeddingRows: number | undefined;
  /** `tie_word_embeddings`: the output head is the embedding. */
  readonly tied: boolean | undefined;
  /** Whether a tensor of an own output head is stored; undefined where no list of tensors is at hand. */
  readonly hasHead: boolean | undefined;
  /** Whether that head holds the same numbers as the embedding; undefined where nobody looked. */
  readonly headEqualsEmbedding: boolean | undefined;
  /** Whether dense layers behind the pooling are stored; undefined where no list of tensors is at hand. */
  readonly hasDense: boolean | undefined;
}

/** A chat template and the file that holds it. */
export interface TemplatePlace {
  readonly file: string;
  readonly source: string;
}

/** What one model's files say about how it is to be run. Plain data; nothing here was run. */
export interface FileFacts {
  readonly tokenizer: TokenizerFacts | undefined;
  readonly sampling: SamplingFacts;
  readonly sentence: SentenceFacts | undefined;
  readonly lora: LoraFacts | undefined;
  readonly weights: WeightFacts;
  /** Every place that holds a chat template, the one that wins first. */
  readonly templates: readonly TemplatePlace[];
  /** Whether there is a config.json, and its begin token. */
  readonly hasConfig: boolean;
  readonly configBos: number | undefined;
  /** Tokens of added_tokens.json that stand in no list of the family's own. */
  readonly addedBeyondParent: readonly string[];
}

/** Nothing is known of the files, as with a model behind a server. */
export const NO_FILES: FileFacts = {
  tokenizer: undefined,
  sampling: {
    samples: undefined,
    temperature: undefined,
    topP: undefined,
    topK: undefined,
    minP: undefined,
    repetitionPenalty: undefined,
  },
  sentence: undefined,
  lora: undefined,
  weights: {
    embeddingRows: undefined,
    tied: undefined,
    hasHead: undefined,
    headEqualsEmbedding: undefined,
    hasDense: undefined,
  },
  templates: [],
  hasConfig: false,
  configBos: undefined,
  addedBeyondParent: [],
};
