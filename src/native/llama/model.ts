import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { Handle, type Pointer } from "../handle.ts";
import { nativeLibraries } from "../library.ts";
import { llama } from "./bindings.ts";
import { grown } from "./buffer.ts";
import { complaint } from "./complaint.ts";
import type { LlamaContext } from "./context.ts";
import { LlamaError } from "./error.ts";
import { MODEL_DEFAULTS } from "./structs.ts";
import { Vocabulary } from "./vocabulary.ts";

const WITHOUT_MEMORY: ReadonlySet<string> = new Set([
  "bert",
  "jina-bert-v2",
  "jina-bert-v3",
  "nomic-bert",
  "nomic-bert-moe",
  "neo-bert",
  "eurobert",
  "modern-bert",
  "gemma-embedding",
  "dream",
  "llada",
  "llada-moe",
  "rnd1",
]);

/** The address of a model, for this folder alone. */
export let pointerOf: (model: LlamaModel) => Pointer;

/** The contexts that compute with a model, for this folder alone. */
export let contextsOf: (model: LlamaModel) => Set<LlamaContext>;

/** A loaded model: its weights (mapped from the file) and its vocabulary. */
export class LlamaModel implements Disposable {
  readonly #handle: Handle;
  readonly #contexts = new Set<LlamaContext>();
  readonly vocabulary: Vocabulary;
  /** Tokens of context that the model was trained for. */
  readonly trainedContext: number;
  readonly parameterCount: number;
  /** Whether it writes text token by token, and is not an encoder alone. */
  readonly generates: boolean;
  /**
   * Whether every token sees those behind it, so that a text must be read in one batch. Source: the architectures for
   * which `create_memory` of the pinned library makes none, and `attention.causal`.
   */
  readonly readsWhole: boolean;
  /** Whether a text passes through an encoder first, as in T5. */
  readonly hasEncoder: boolean;
  /** Length of a hidden state, as the model gives it out. */
  readonly vectorSize: number;
  /** How many values its classification head gives; 1 also where it has none. */
  readonly scoreCount: number;
  /** Whether some layers keep one state instead of what each token left, so that memory cannot be cut or shared. */
  readonly isRecurrent: boolean;
  /** The chat template in Jinja, if the file has one. */
  readonly template: string | undefined;

  /**
   * Loads a GGUF file, whole layers on a GPU where a GPU build is installed: so many, or all that fit unless stated.
   * Check the header before: numbers that contradict each other abort the process. Throws BadFileError with what the
   * library complained about.
   *
   * @param part `vocabulary` loads no weights: nothing can be computed with it.
   */
  constructor(
    path: string,
    gpuLayers: number = MODEL_DEFAULTS.n_gpu_layers,
    part: "whole" | "vocabulary" = "whole",
  ) {
    const native = llama();
    nativeLibraries().takeComplaints();
    const vocabOnly = part === "vocabulary";
    const pointer = native.load(path, {
      ...MODEL_DEFAULTS,
      n_gpu_layers: gpuLayers,
      vocab_only: vocabOnly,
    });
    if (pointer === null) throw cannotLoad(path);
    this.#handle = new Handle("model", pointer, native.modelFree);
    this.vocabulary = new Vocabulary(this.#handle);
    this.trainedContext = native.trainedContext(pointer);
    this.parameterCount = Number(native.parameterCount(pointer));
    this.hasEncoder = native.hasEncoder(pointer);
    this.generates = native.hasDecoder(pointer) && !this.hasEncoder;
    this.vectorSize = native.vectorSize(pointer);
    this.scoreCount = native.scoreCount(pointer);
    const architecture = this.metadata("general.architecture") ?? "";
    this.readsWhole =
      WITHOUT_MEMORY.has(architecture) || this.metadata(`${architecture}.attention.causal`) === "false";
    this.isRecurrent = native.isRecurrent(pointer) || native.isHybrid(pointer);
    this.template = native.template(pointer, null) ?? undefined;
  }

  static {
    pointerOf = (model) => model.#handle.pointer;
    contextsOf = (model) => model.#contexts;
  }

  /** A metadata value as the library prints it; undefined when the key is missing. */
  metadata(key: string): string | undefined {
    return grown(256, (buffer) =>
      llama().metadata(this.#handle.pointer, key, buffer, buffer.length),
    )?.toString("utf8");
  }

  /** Frees the weights. Throws LlamaError while a context still computes with them. */
  [Symbol.dispose](): void {
    if (this.#contexts.size > 0) throw stillUsed(this.#contexts.size);
    this.#handle[Symbol.dispose]();
  }
}

function cannotLoad(path: string): BadFileError {
  const reason = complaint();
  return new BadFileError(path, {
    en: `${printable(path)} cannot be loaded: ${reason}. Download or convert it again.`,
    zh: `无法加载 ${printable(path)}：${reason}。请重新下载或重新转换。`,
  });
}

function stillUsed(contexts: number): LlamaError {
  return new LlamaError({
    en: `This model still has ${contexts} open contexts; dispose them before the model.`,
    zh: `该模型还有 ${contexts} 个未释放的上下文；请先释放它们再释放模型。`,
  });
}
