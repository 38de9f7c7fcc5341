import { BadInputError } from "../../errors.ts";
import { readGgufHeader } from "../../formats/gguf/header.ts";
import { requireLoadable } from "../../formats/gguf/loadable.ts";
import { type ScoreEngine, TextTooLongError, type VectorEngine, type VectorModel } from "../vectors.ts";
import { type AdapterChoice, planAdapters } from "./adapters.ts";
import { HostProcess } from "./host-process.ts";
import { threadsFor } from "./llama-engine.ts";

type Texts = readonly (readonly number[])[];

/** libllama in a process of its own, giving vectors, or the scores of a model's head, in place of text. */
export class LlamaVectorEngine implements VectorEngine, ScoreEngine {
  readonly model: VectorModel;
  readonly #host: HostProcess;

  private constructor(host: HostProcess, model: VectorModel) {
    this.#host = host;
    this.model = model;
  }

  /**
   * Loads a GGUF file for vectors, or for scores, which need a head, with an adapter if one is given. Throws as
   * `LlamaEngine.load`.
   */
  static async load(
    path: string,
    gives: "vectors" | "scores" = "vectors",
    adapter?: AdapterChoice,
  ): Promise<LlamaVectorEngine> {
    const header = await readGgufHeader(path);
    requireLoadable(header);
    const [plan] = adapter === undefined ? [] : await planAdapters({ adapter }, header);
    const host = new HostProcess(path);
    try {
      const threads = threadsFor(header.parameterCount);
      const model = await host.ask("loadVectors", { path, gives, threads, adapter: plan }).answer;
      return new LlamaVectorEngine(host, model);
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  async tokenize(text: string): Promise<number[]> {
    return this.#host.ask("tokenize", { text }).answer;
  }

  async embed(
    texts: Texts,
    { pooling, layer, signal }: Parameters<VectorEngine["embed"]>[1],
  ): Promise<Float32Array[]> {
    this.#requireFitting(texts);
    const { layers } = this.model;
    if (layer !== undefined && !(Number.isSafeInteger(layer) && layer >= 1 && layer <= layers)) {
      throw noLayer(layer, layers);
    }
    const ask = { texts, pooling, ...(layer === undefined ? {} : { layer }) };
    return this.#stoppable(this.#host.ask("embed", ask), signal);
  }

  async scores(texts: Texts, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    this.#requireFitting(texts);
    return this.#stoppable(this.#host.ask("scores", { texts }), signal);
  }

  #requireFitting(texts: Texts): void {
    const { contextSize } = this.model;
    for (const [index, { length }] of texts.entries()) {
      if (length === 0) throw new RangeError(`text ${index} has no tokens`);
      if (length > contextSize) throw new TextTooLongError(index, length, contextSize);
    }
  }

  /** Rejects with the signal's reason at once; the host then stops after its batch. */
  async #stoppable<Result>(
    { id, answer }: { readonly id: number; readonly answer: Promise<Result> },
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    if (signal === undefined) return answer;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#host.cancel(id);
        reject(signal.reason);
      };
      answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
  }
}

function noLayer(layer: number, layers: number): BadInputError {
  return new BadInputError({
    en: `There is no layer ${layer}; this model has ${layers}, counted from 1.`,
    zh: `没有第 ${layer} 层；该模型有 ${layers} 层，从 1 起编号。`,
  });
}
