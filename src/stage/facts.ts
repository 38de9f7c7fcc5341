import type { Text } from "../language.ts";
import type { FileFacts } from "./file-facts.ts";
import type { Behaviour } from "./signals/behaviour.ts";
import type { MatrixFacts } from "./signals/weights.ts";
import type { Stage } from "./stage.ts";

/** A name the model goes by, and where it stands. */
export interface NameFact {
  readonly from:
    | "reference"
    | "file name"
    | "folder name"
    | "general.name"
    | "general.finetune"
    | "config"
    /** The title of the model card. */
    | "card"
    /** What the model was quantised from, or what the adapter sits on: the same stage as the model itself. */
    | "parent";
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
  /** Whether it names tokens that stand for the speakers, for code that lays turns out without a template. */
  readonly hasSpeakers: boolean;
}

/** What a model card says in fields that mean something, and its prose. */
export interface CardFacts {
  /** `pipeline_tag`: the task that a hub lists it under. */
  readonly task: string | undefined;
  readonly tags: readonly string[];
  /** `library_name`. */
  readonly library: string | undefined;
  readonly licence: string | undefined;
  /** `base_model`: what it was made from, which need not be a base model. */
  readonly parents: readonly string[];
  /** `base_model_relation`: how it was made from them. */
  readonly relation: "quantized" | "adapter" | "finetune" | "merge" | undefined;
  /** Its text without front matter and code. */
  readonly prose: string;
}

/** What a PEFT adapter says of itself. */
export interface AdapterFacts {
  /** `base_model_name_or_path`: what it sits on. */
  readonly parent: string | undefined;
  /** `task_type`, such as CAUSAL_LM or SEQ_CLS. */
  readonly task: string | undefined;
}

/** What a chat template does when it lays out conversations; each field was seen in what it wrote. */
export interface TemplateReading {
  /** What it writes before the first user's text, and around it when nothing else is said. */
  readonly frame: string;
  /** Whether the user's text is in the prompt at all: a template for sound or images may leave it out. */
  readonly keepsText: boolean;
  /** Whether turns are marked: what surrounds the user's text differs from what surrounds the assistant's. */
  readonly marksTurns: boolean;
  /** What follows the answer of a turn, up to the next: the turn's end. */
  readonly afterAnswer: string;
  /** What it adds when an answer is to follow. */
  readonly opening: string;
  /** The variable that switches thinking, and what the opening is with and without it. */
  readonly thinkingSwitch: string | undefined;
  /** Whether thinking is on where the switch is left alone; undefined where there is no switch. */
  readonly thinksUnasked?: boolean | undefined;
  /** Whether it leaves the thoughts of earlier answers out. */
  readonly dropsThoughts: boolean;
}

/** Everything that signals read, gathered from one model's files. Plain data; nothing here was run. */
export interface ModelFacts {
  readonly reference: string;
  readonly format: "GGUF" | "Hugging Face folder";
  readonly names: readonly NameFact[];
  /** The model of the catalogue that has this name, where nothing but the name is known. */
  readonly listed: { readonly reference: string; readonly stage: Stage } | undefined;
  /** GGUF metadata that records the stage or says what kind of file it is. */
  readonly recordedStage: string | undefined;
  readonly recordedCounterpart: string | undefined;
  /** `general.type`: `model`, `adapter`, … */
  readonly fileType: string | undefined;
  /** `general.architecture` of a GGUF, or `model_type` of a config. */
  readonly architecture: string | undefined;
  /** `architectures` of config.json: class names. */
  readonly classes: readonly string[];
  /** The names of a classification head's labels, or placeholders for them. */
  readonly labels: readonly string[] | undefined;
  readonly vocabularySize: number | undefined;
  /** `max_position_embeddings`: the longest text in tokens. */
  readonly window: number | undefined;
  /** An encoder that reads beside a decoder that writes. */
  readonly isEncoderDecoder: boolean;
  /** Marks of a cross-encoder (sentence-transformers) in the config: it scores pairs of texts. */
  readonly isCrossEncoder: boolean;
  /** Names of classes that remote code maps (`auto_map`), and of the pipeline in model_index.json. */
  readonly mappedClasses: readonly string[];
  /** Inputs beside text that the config or a preprocessor announces. */
  readonly modalities: readonly ("vision" | "audio")[];
  /** How token vectors become one vector, where a file declares it. */
  readonly pooling: "none" | "mean" | "cls" | "last" | "rank" | undefined;
  /** Whether the weights hold a classification or ranking head. */
  readonly hasScoreHead: boolean;
  /** What a text passes through by modules.json of sentence-transformers: `Transformer`, `Pooling`, … */
  readonly modules: readonly string[];
  readonly adapter: AdapterFacts | undefined;
  readonly card: CardFacts | undefined;
  /** The tokenizer's control tokens, where the files list them. */
  readonly specialTokens: readonly Token[] | undefined;
  readonly ends: readonly EndFact[];
  /** The tokenizer's tokens that begin and end a text, which templates write by name. */
  readonly edges: { readonly begin?: string; readonly end?: string };
  readonly generation: GenerationFacts | undefined;
  readonly template: string | undefined;
  /** What the template was seen to do; missing where it was not rendered. */
  readonly reading: TemplateReading | undefined;
  readonly hasRerankTemplate: boolean;
  /** Tokens of the vocabulary that no text uses, where the file lists them. */
  readonly unusedTokens: readonly number[];
  /** Rows of the embedding and the output head, measured, where the weights are on this machine. */
  readonly matrices: readonly MatrixFacts[];
  readonly behaviour: Behaviour | undefined;
  /** How the files say that the model is to be run; missing where nobody read them. */
  readonly files: FileFacts | undefined;
  /** What was odd about the files, for the reader. */
  readonly warnings: readonly Text[];
}

/** The facts of a model of which nothing but the reference is known. */
export function blankFacts(reference: string, format: ModelFacts["format"]): ModelFacts {
  return {
    reference,
    format,
    names: [],
    listed: undefined,
    recordedStage: undefined,
    recordedCounterpart: undefined,
    fileType: undefined,
    architecture: undefined,
    classes: [],
    labels: undefined,
    vocabularySize: undefined,
    window: undefined,
    isEncoderDecoder: false,
    isCrossEncoder: false,
    mappedClasses: [],
    modalities: [],
    pooling: undefined,
    hasScoreHead: false,
    modules: [],
    adapter: undefined,
    card: undefined,
    specialTokens: undefined,
    ends: [],
    edges: {},
    generation: undefined,
    template: undefined,
    reading: undefined,
    hasRerankTemplate: false,
    unusedTokens: [],
    matrices: [],
    behaviour: undefined,
    files: undefined,
    warnings: [],
  };
}
