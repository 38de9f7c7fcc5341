import type { Text } from "../language.ts";
import type { Behaviour } from "./signals/behaviour.ts";

/** A name the model goes by, and where it stands. */
export interface NameFact {
  readonly from: "reference" | "file name" | "folder name" | "general.name" | "general.finetune" | "config";
  readonly name: string;
}

/** A token as a file states it; its number or its text may be left open. */
export interface Token {
  readonly id: number | undefined;
  readonly text: string | undefined;
}

/** A token that some file says generation ends on. */
export interface EndFact extends Token {
  readonly from: "generation config" | "GGUF" | "tokenizer" | "config";
  /** The field or key that says so. */
  readonly key: string;
}

/** What generation_config.json recommends, beside the end tokens. */
export interface GenerationFacts {
  /** `chat_format` of the first Qwen generation: `raw` or `chatml`. */
  readonly chatFormat: string | undefined;
  readonly samples: boolean | undefined;
  /** Whether a temperature, top_p or top_k is set. */
  readonly hasSampling: boolean;
  readonly maxNewTokens: number | undefined;
}

/** Everything that signals read, gathered from one model's files. Plain data; nothing here was run. */
export interface ModelFacts {
  readonly reference: string;
  readonly format: "GGUF" | "Hugging Face folder";
  readonly names: readonly NameFact[];
  /** GGUF metadata that records the stage or says what kind of file it is. */
  readonly recordedStage: string | undefined;
  readonly recordedCounterpart: string | undefined;
  /** `general.type`: `model`, `adapter`, … */
  readonly fileType: string | undefined;
  readonly tags: readonly string[];
  /** `general.architecture` of a GGUF, or `model_type` of a config. */
  readonly architecture: string | undefined;
  /** `architectures` of config.json: class names. */
  readonly classes: readonly string[];
  /** How many labels a classification head has. */
  readonly labelCount: number | undefined;
  readonly vocabularySize: number | undefined;
  /** Inputs beside text that the config or a preprocessor announces. */
  readonly modalities: readonly ("vision" | "audio")[];
  /** How token vectors become one vector, where a file declares it. */
  readonly pooling: "none" | "mean" | "cls" | "last" | "rank" | undefined;
  /** Whether the weights hold a classification or ranking head. */
  readonly hasScoreHead: boolean;
  /** Whether the folder is laid out for sentence embeddings (modules.json, 1_Pooling). */
  readonly isSentenceEncoder: boolean;
  /** The tokenizer's control tokens, where the files list them. */
  readonly specialTokens: readonly Token[] | undefined;
  readonly ends: readonly EndFact[];
  readonly generation: GenerationFacts | undefined;
  readonly template: string | undefined;
  readonly hasRerankTemplate: boolean;
  readonly behaviour: Behaviour | undefined;
  /** What was odd about the files, for the reader. */
  readonly warnings: readonly Text[];
}

/** The facts of a model of which nothing but the reference is known. */
export function blankFacts(reference: string, format: ModelFacts["format"]): ModelFacts {
  return {
    reference,
    format,
    names: [],
    recordedStage: undefined,
    recordedCounterpart: undefined,
    fileType: undefined,
    tags: [],
    architecture: undefined,
    classes: [],
    labelCount: undefined,
    vocabularySize: undefined,
    modalities: [],
    pooling: undefined,
    hasScoreHead: false,
    isSentenceEncoder: false,
    specialTokens: undefined,
    ends: [],
    generation: undefined,
    template: undefined,
    hasRerankTemplate: false,
    behaviour: undefined,
    warnings: [],
  };
}
