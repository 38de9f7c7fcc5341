import { sliceFor } from "../../catalog/slice.ts";
import { BadFileError } from "../../errors.ts";
import { LlamaAdapter } from "../../native/llama/adapter.ts";
import { LlamaContext } from "../../native/llama/context.ts";
import { LlamaModel } from "../../native/llama/model.ts";
import { GGML_VERSION, LLAMA_VERSION } from "../../native/platform.ts";
import { printable } from "../../printable.ts";
import { highest, logSumExp } from "../distribution.ts";
import {
  type Distribution,
  type EngineModel,
  type FinishReason,
  type GeneratedToken,
  NORMALIZER_KEY,
} from "../engine.ts";
import { Batcher } from "./batcher.ts";
import { DraftModel } from "./draft-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Reading } from "./job.ts";
import { OUTPUTS, SEQUENCES } from "./plan.ts";
import { PromptCache } from "./prompt-cache.ts";
import { PromptLookup } from "./prompt-lookup.ts";
import type { Calls } from "./protocol.ts";
import { TextTokens } from "./text-tokens.ts";
import { Writing, type Written } from "./writing.ts";

/** One loaded model with one context. What is asked of it is computed in the steps to come, all at once. */
export class Session implements Disposable {
  readonly model: EngineModel;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #batcher: Batcher;
  readonly #text: TextTokens;
  readonly #adapters: ReadonlyMap<string, LlamaAdapter>;
  readonly #cache: PromptCache | undefined;
  readonly #draft: DraftModel | undefined;

  /**
   * Throws BadFileError where the library refuses a file or the model writes no text.
   * @param wake hears that there is something to compute.
   */
  constructor(ask: Calls["load"]["ask"], wake?: () => void) {
    const { path, contextSize, threads, sequences = SEQUENCES, cacheType, flashAttention } = ask;
    this.#model = new LlamaModel(path, ask.gpuLayers);
    if (!this.#model.generates) throw writesNoText(path);
    const { vocabulary, trainedContext, parameterCount } = this.#model;
    const slice = sliceFor(parameterCount);
    this.#context = new LlamaContext(this.#model, {
      contextLength: contextSize,
      batchLength: slice,
      outputs: Math.max(OUTPUTS, sequences),
      sequences,
      shared: true,
      threads,
      ...(cacheType === undefined ? {} : { cacheType }),
      ...(flashAttention === undefined ? {} : { flashAttention }),
    });
    this.#adapters = new Map(
      ask.adapters.map(({ name, path: file, scale }) => [
        name,
        new LlamaAdapter(this.#model, file, scale, `${fingerprintOf(file)} × ${scale}`),
      ]),
    );
    const plan = [LLAMA_VERSION, GGML_VERSION, cacheType, flashAttention, ask.gpuLayers];
    // One state that every token changes cannot be put back for a part of what was read.
    const cached = this.#model.isRecurrent ? undefined : ask.promptCache;
    this.#cache = cached && new PromptCache(cached, [fingerprintOf(path), ...plan].join("\n"));
    this.#batcher = new Batcher(this.#context, slice, { sequences, store: this.#cache, wake });
    this.#draft = ask.draft && this.#loadDraft(ask.draft, ask);
    this.#text = new TextTokens(vocabulary, this.#model.metadata(NORMALIZER_KEY) === "NFC");
    const { bos, addsBos, size } = vocabulary;
    this.model = {
      contextSize: this.#context.contextLength,
      trainedContext,
      vocabularySize: size,
      endTokens: Array.from({ length: size }, (_, id) => id).filter((id) => vocabulary.isEnd(id)),
      addedTokens: new Map(this.#text.added.map(({ id, text }) => [text, id])),
      controlTokens: this.#text.reserved,
      drafts: this.#draft !== undefined,
      ...(addsBos && bos !== undefined ? { beginToken: bos } : {}),
    };
  }

  /** Whether there is something to compute. */
  get isBusy(): boolean {
    return this.#batcher.isBusy;
  }

  /** Computes for a moment. Gives whether there is news to tell. */
  step(): boolean {
    return this.#batcher.step();
  }

  /** Throws LlamaError where the text cannot be told apart from a control token of one character. */
  tokenize(text: string): number[] {
    return this.#text.tokenize(text);
  }

  bytes(token: number): Uint8Array {
    return this.#model.vocabulary.piece(token, true);
  }

  async generate(
    ask: Calls["generate"]["ask"],
    emit: (token: GeneratedToken) => void,
    signal: AbortSignal,
  ): Promise<FinishReason> {
    this.#model.vocabulary.require(ask.prompt);
    // Memories that cannot be cut cannot take a guess back; there none is made, and the text is the same.
    const guesses = !this.#model.isRecurrent;
    using small = guesses && ask.speculation === undefined ? this.#draft?.drafter(ask.prompt) : undefined;
    const drafter = guesses && ask.speculation === "lookup" ? new PromptLookup() : small;
    let cachedTokens: number | undefined;
    const tell = (written: Written): void => {
      const token = this.#generated(written);
      emit(cachedTokens === undefined ? token : { ...token, cachedTokens });
      cachedTokens = undefined; // the first token tells it
    };
    using writing = new Writing(this.#context, ask, tell, drafter);
    const begin = (held: number): void => {
      cachedTokens = held;
    };
    const job = Object.assign(writing, { adapter: this.#adapter(ask.adapter), begin });
    if (!(await this.#batcher.run(job, signal))) return "aborted";
    return writing.isStopped ? "stop" : "length";
  }

  #loadDraft(
    { path, threads }: NonNullable<Calls["load"]["ask"]["draft"]>,
    { sequences = SEQUENCES, gpuLayers }: Calls["load"]["ask"],
  ): DraftModel {
    const { contextLength } = this.#context;
    return new DraftModel(path, { contextLength, sequences, threads, gpuLayers, beside: this.#context });
  }

  #generated({ id, elapsed, logProbability, top = [], isDrafted }: Written): GeneratedToken {
    const likelihood =
      logProbability === undefined
        ? undefined
        : { logProbability, top: top.map((one) => ({ ...one, bytes: this.bytes(one.id) })) };
    return {
      id,
      bytes: this.#model.vocabulary.piece(id, false),
      elapsed,
      ...(likelihood === undefined ? {} : { likelihood }),
      ...(isDrafted ? { isDrafted } : {}),
    };
  }

  async next({ prompt, top, of, adapter }: Calls["next"]["ask"]): Promise<Distribution> {
    const [logits] = await this.logits({ ids: prompt, positions: [prompt.length - 1], adapter });
    if (logits === undefined) throw new RangeError("an empty prompt has no last token");
    const normalizer = logSumExp(logits);
    const probability = (id: number): number =>
      Math.exp((logits[id] ?? Number.NEGATIVE_INFINITY) - normalizer);
    return {
      top: highest(logits, top).map((id) => ({ id, bytes: this.bytes(id), probability: probability(id) })),
      of: of.map(probability),
    };
  }

  async logits({ ids, positions, adapter }: Calls["logits"]["ask"]): Promise<Float32Array[]> {
    this.#model.vocabulary.require(ids);
    const found = new Map<number, Float32Array>();
    const reading = new Reading(ids, positions, (position, index) =>
      found.set(position, this.#context.logits(index)),
    );
    await this.#batcher.run(Object.assign(reading, { adapter: this.#adapter(adapter) }));
    return positions.map((position) => {
      const logits = found.get(position);
      if (logits === undefined) throw new RangeError(`there is no position ${position}`);
      return logits;
    });
  }

  async score({ ids }: Calls["score"]["ask"]): Promise<Float64Array> {
    this.#model.vocabulary.require(ids);
    const scores = new Float64Array(ids.length - 1);
    const reading = new Reading(ids, [...scores.keys()], (position, index) => {
      const logits = this.#context.logits(index);
      const token = ids[position + 1];
      if (token !== undefined) scores[position] = (logits[token] ?? Number.NaN) - logSumExp(logits);
    });
    await this.#batcher.run(reading);
    return scores;
  }

  /** Saves what was read of long prompts, and waits until it is written. */
  async save(): Promise<void> {
    this.#batcher.save();
    await this.#cache?.settled();
  }

  #adapter(name: string | undefined): LlamaAdapter | undefined {
    return name === undefined ? undefined : this.#adapters.get(name);
  }

  [Symbol.dispose](): void {
    this.#draft?.[Symbol.dispose]();
    this.#context[Symbol.dispose]();
    for (const adapter of this.#adapters.values()) adapter[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}

function writesNoText(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is an encoder and writes no text; take a model that generates.`,
    zh: `${printable(path)} 是编码器，不生成文本；请使用生成式模型。`,
  });
}
