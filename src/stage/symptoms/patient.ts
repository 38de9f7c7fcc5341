import type { ModelFacts } from "../facts.ts";
import type { FileFacts } from "../file-facts.ts";
import type { Rendered, Rendering } from "../rendered.ts";
import type { Stops } from "../stops.ts";
import type { Verdict } from "../verdict.ts";

/** A model as far as its files tell, and what it was judged to be. */
export interface Study {
  readonly reference: string;
  readonly facts: ModelFacts;
  readonly files: FileFacts;
  readonly verdict: Verdict;
  readonly rendered: Rendered | undefined;
  /** Files beside the first that hold a chat template which writes something else. */
  readonly differingTemplates: readonly string[];
  readonly stops: readonly Stops[];
  /** The transcript laid out by the model's own template, where both are there. */
  readonly conversation: Rendering | undefined;
  readonly counterpart: string | null;
}

/** One turn as a transcript holds it. */
export interface Turn {
  readonly role: string;
  readonly content: string;
  /** Whether the file says null where a text should be. */
  readonly isNull: boolean;
  /** The thoughts, where a server keeps them in a field of their own. */
  readonly thoughts: string | undefined;
}

/** A transcript, and what its file says of the request it came from. */
export interface Conversation {
  readonly source: string;
  readonly turns: readonly Turn[];
  readonly temperature: number | undefined;
  readonly samples: boolean | undefined;
  /** Whether the request switches thinking on or off (`enable_thinking`). */
  readonly thinking: boolean | undefined;
}

/** What came out: a text, or vectors, or scores, or an error message. */
export interface Reply {
  readonly source: string;
  readonly text: string;
  readonly isNull: boolean;
  readonly thoughts: string | undefined;
  /** Why it ended, where the server said so. */
  readonly finish: "stop" | "length" | undefined;
  /** Tokens of prompt that the server says it read. */
  readonly promptTokens: number | undefined;
  readonly ids: readonly number[] | undefined;
  readonly vectors: readonly (readonly number[])[] | undefined;
  readonly scores: readonly number[] | undefined;
}

/** A prompt as the model got it. */
export interface PromptFacts {
  readonly source: string;
  readonly text: string | undefined;
  readonly ids: readonly number[] | undefined;
}

/** What a training configuration says, whoever's it is. */
export interface Tuning {
  readonly source: string;
  readonly tool: "LLaMA-Factory" | "axolotl" | "TRL" | "basewise";
  readonly model: string | undefined;
  readonly kind: "pretrain" | "sft" | "dpo" | "classify" | undefined;
  readonly isLora: boolean;
  /** The name of the template, as the tool calls it, and the field that holds it. */
  readonly template: { readonly name: string; readonly field: string } | undefined;
  /** Modules that are trained whole beside the adapter, as the config names them. */
  readonly saved: readonly string[];
  readonly targets: readonly string[];
  readonly trainsTokens: boolean;
  readonly padToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly addedTokens: readonly string[];
  /** Whether the examples are plain text, to which no template adds an end. */
  readonly isPlainText: boolean;
  readonly addsEos: boolean | undefined;
  readonly thinking: boolean | undefined;
}

/** Counts over prepared training examples. */
export interface Examples {
  readonly source: string;
  readonly rows: number;
  /** Rows that hold ids and labels; the others are conversations. */
  readonly prepared: number;
  /** Prepared rows whose last token is an end. */
  readonly ended: number;
  /** Of those, rows whose end has a label and so is learnt. */
  readonly endLearnt: number;
  readonly doubleBos: number;
  /** Answers with a thought, with an empty one, and without. */
  readonly thoughts: number;
  readonly emptyThoughts: number;
  readonly noThoughts: number;
}

/** What a running server tells of itself. */
export interface ServerFacts {
  readonly url: string;
  readonly program: "llama-server" | "Ollama" | "vLLM" | "OpenAI-compatible";
  readonly model: string | undefined;
  readonly models: readonly string[];
  /** The Jinja template it uses. */
  readonly template: string | undefined;
  readonly rendered: Rendered | undefined;
  /** The Go template of Ollama. */
  readonly goTemplate: string | undefined;
  /** Whether the model's own file carries a Jinja template, where the server tells. */
  readonly hasFileTemplate: boolean | undefined;
  /** Stop texts that the server adds by itself; undefined where it does not tell. */
  readonly stops: readonly string[] | undefined;
  readonly bos: string | undefined;
  readonly eos: string | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly repetitionPenalty: number | undefined;
  /** Tokens it holds, and tokens the model was trained for. */
  readonly context: number | undefined;
  readonly trainedContext: number | undefined;
  /** `completion`, `embedding`, `thinking`, … as Ollama lists them. */
  readonly capabilities: readonly string[] | undefined;
  readonly pooling: ModelFacts["pooling"];
  /** The answer to "Hello", cut short. */
  readonly hello: Reply | undefined;
}

/** All that a user brought. */
export interface Patient {
  readonly model: Study | undefined;
  readonly parent: Study | undefined;
  readonly conversation: Conversation | undefined;
  readonly reply: Reply | undefined;
  readonly prompt: PromptFacts | undefined;
  readonly tuning: Tuning | undefined;
  readonly examples: Examples | undefined;
  readonly server: ServerFacts | undefined;
}

/** Nothing yet. */
export const NO_EXHIBITS: Patient = {
  model: undefined,
  parent: undefined,
  conversation: undefined,
  reply: undefined,
  prompt: undefined,
  tuning: undefined,
  examples: undefined,
  server: undefined,
};
