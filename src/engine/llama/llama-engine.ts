import { availableParallelism } from "node:os";
import { sliceFor } from "../../catalog/slice.ts";
import { BadInputError } from "../../errors.ts";
import { readGgufHeader } from "../../formats/gguf/header.ts";
import { requireLoadable } from "../../formats/gguf/loadable.ts";
import { parseGrammar } from "../../formats/grammar/gbnf.ts";
import { grammarOfSchema } from "../../formats/grammar/json-schema.ts";
import { printable } from "../../printable.ts";
import {
  type Distribution,
  type Engine,
  type EngineModel,
  type FinishReason,
  type GeneratedToken,
  type GenerateOptions,
  PromptTooLongError,
} from "../engine.ts";
import { planAdapters } from "./adapters.ts";
import { planDraft } from "./draft-plan.ts";
import { Hosting } from "./hosting.ts";
import { bytesFor, requireMemory } from "./memory-guard.ts";
import { checkOptions, type LlamaEngineOptions } from "./options.ts";
import { DEFAULT_CONTEXT, OUTPUTS, SEQUENCES } from "./plan.ts";

/**
 * libllama in a process of its own. Dispose it to end that process; it also ends when this program does. Where it dies,
 * what it computes fails with EngineCrashedError, and the next request starts another one.
 */
export class LlamaEngine implements Engine {
  readonly model: EngineModel;
  readonly #host: Hosting;
  readonly #adapters: readonly string[];

  private constructor(host: Hosting, model: EngineModel, adapters: readonly string[]) {
    this.#host = host;
    this.model = model;
    this.#adapters = adapters;
  }

  /**
   * Loads a GGUF file. Throws what `readGgufHeader` and `requireLoadable` throw, BadFileError when libllama refuses
   * the file, NativeLibraryError when there is no library for this platform, and EngineCrashedError when the file
   * breaks the library; BadInputError for options that make no sense, AdapterMismatchError for an adapter of another
   * model, DraftMismatchError for a draft model of another vocabulary, and NotEnoughMemoryError, before anything is loaded.
   */
  static async load(path: string, options: LlamaEngineOptions = {}): Promise<LlamaEngine> {
    const header = await readGgufHeader(path);
    requireLoadable(header);
    checkOptions(options, header);
    const { unloadAfter, adapters, draft, ...plan } = options;
    const { parameterCount } = header;
    const trained = header.metadata.number(`${header.architecture}.context_length`) ?? DEFAULT_CONTEXT;
    const {
      contextSize = Math.min(trained, DEFAULT_CONTEXT),
      sequences = SEQUENCES,
      cacheType = "f16",
    } = plan;
    const guessing = draft === undefined ? undefined : await planDraft(draft, header);
    const sizes = { contextSize, sequences };
    const besideBytes =
      guessing &&
      bytesFor(guessing, {
        ...sizes,
        batch: sliceFor(guessing.parameterCount),
        outputs: sequences,
        cacheType: "f16",
      });
    requireMemory(header, {
      ...sizes,
      batch: sliceFor(parameterCount),
      outputs: Math.max(OUTPUTS, sequences),
      cacheType,
      besideBytes,
    });
    const threads = threadsFor(parameterCount);
    const load = {
      ...plan,
      path,
      contextSize,
      threads,
      adapters: await planAdapters(adapters ?? {}, header),
      ...(guessing === undefined
        ? {}
        : {
            draft: { path: guessing.path, threads: Math.min(threads, threadsFor(guessing.parameterCount)) },
          }),
    };
    const host = new Hosting(load, unloadAfter);
    return new LlamaEngine(host, await host.start(), Object.keys(adapters ?? {}));
  }

  async tokenize(text: string): Promise<number[]> {
    return this.#host.ask("tokenize", { text }).answer;
  }

  async bytes(ids: readonly number[]): Promise<Uint8Array[]> {
    return this.#host.ask("bytes", { ids }).answer;
  }

  async *generate(
    prompt: readonly number[],
    { maxTokens, sampling, stopTokens = this.model.endTokens, signal, ...options }: GenerateOptions,
  ): AsyncGenerator<GeneratedToken, FinishReason> {
    this.#requireRoom(prompt, 1);
    this.#requireTokens(Object.keys(sampling.logitBias ?? {}).map(Number));
    const grammar = grammarOf(options);
    const { logprobs, speculation, adapter } = options;
    this.#requireAdapter(adapter);
    if (signal?.aborted) return "aborted";
    if (maxTokens < 1) return "length";
    const waiting: GeneratedToken[] = [];
    let end: { readonly reason: FinishReason } | { readonly failure: unknown } | undefined;
    let wake = (): void => {};
    const { answer, cancel } = this.#host.ask(
      "generate",
      { prompt, maxTokens, sampling, stopTokens, grammar, logprobs, speculation, adapter },
      (tokens) => {
        waiting.push(...tokens);
        wake();
      },
    );
    const endWith = (how: NonNullable<typeof end>): void => {
      end ??= how;
      wake();
    };
    const abort = (): void => endWith({ reason: "aborted" });
    signal?.addEventListener("abort", abort, { once: true });
    answer.then(
      (reason) => endWith({ reason }),
      (failure: unknown) => endWith({ failure }),
    );
    try {
      for (;;) {
        for (let token = waiting.shift(); token !== undefined; token = waiting.shift()) yield token;
        if (end === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if ("reason" in end) return end.reason;
        else throw end.failure;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      cancel(); // no effect when it is done
    }
  }

  async next(
    prompt: readonly number[],
    { top, of = [], adapter }: { top: number; of?: readonly number[]; adapter?: string | undefined },
  ): Promise<Distribution> {
    this.#requireRoom(prompt, 0);
    this.#requireAdapter(adapter);
    return this.#host.ask("next", { prompt, top, of, adapter }).answer;
  }

  async logits(ids: readonly number[], positions: readonly number[]): Promise<Float32Array[]> {
    this.#requireRoom(ids, 0);
    for (const position of positions) {
      if (!Number.isInteger(position) || position < 0 || position >= ids.length) {
        throw new RangeError(`there is no position ${position} in ${ids.length} tokens`);
      }
    }
    return positions.length === 0 ? [] : this.#host.ask("logits", { ids, positions }).answer;
  }

  async score(ids: readonly number[]): Promise<Float64Array> {
    if (ids.length < 2) return new Float64Array();
    this.#requireRoom(ids.slice(1), 0);
    return this.#host.ask("score", { ids }).answer;
  }

  #requireRoom(prompt: readonly number[], reply: number): void {
    if (prompt.length === 0) throw new RangeError("a prompt has at least one token");
    const { contextSize } = this.model;
    if (prompt.length + reply > contextSize) throw new PromptTooLongError(prompt.length, contextSize);
  }

  #requireTokens(ids: readonly number[]): void {
    const { vocabularySize } = this.model;
    const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (unknown !== undefined) throw unknownToken(unknown, vocabularySize);
  }

  #requireAdapter(name: string | undefined): void {
    if (name === undefined || this.#adapters.includes(name)) return;
    const [shown, known] = [printable(name), this.#adapters.map((one) => printable(one)).join(", ")];
    throw new BadInputError({
      en: `There is no adapter ${shown}; ${known === "" ? "open the model with it" : `take one of: ${known}`}.`,
      zh: `没有名为 ${shown} 的适配器；${known === "" ? "请在打开模型时给出" : `可用的有：${known}`}。`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
  }
}

/** The grammar of what is to be written, checked: the library hangs on some and says little about others. */
function grammarOf({
  grammar,
  jsonSchema,
}: Pick<GenerateOptions, "grammar" | "jsonSchema">): string | undefined {
  if (jsonSchema !== undefined) return grammarOfSchema(jsonSchema);
  if (grammar !== undefined) parseGrammar(grammar);
  return grammar;
}

function unknownToken(id: number, size: number): BadInputError {
  return new BadInputError({
    en: `logitBias names token ${id}, but the vocabulary has ${size}, counted from 0.`,
    zh: `logitBias 中的词元 ${id} 不存在：词表共 ${size} 个，从 0 起编号。`,
  });
}

/**
 * Threads wait for each other at every operation, and where other programs compute too, much longer. A model this
 * small gains little from a second thread and can lose most of its speed.
 */
const WEIGHTS_PER_THREAD = 1e7;

export function threadsFor(parameterCount: number): number {
  return Math.min(availableParallelism(), Math.max(1, Math.round(parameterCount / WEIGHTS_PER_THREAD)));
}
