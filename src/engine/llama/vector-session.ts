import { setImmediate } from "node:timers/promises";
import { sliceFor } from "../../catalog/slice.ts";
import { BadFileError } from "../../errors.ts";
import { LlamaAdapter } from "../../native/llama/adapter.ts";
import { LlamaContext } from "../../native/llama/context.ts";
import { LlamaModel } from "../../native/llama/model.ts";
import { printable } from "../../printable.ts";
import { NORMALIZER_KEY } from "../engine.ts";
import type { VectorModel } from "../vectors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Pool } from "./pool.ts";
import type { Calls } from "./protocol.ts";
import { TextTokens } from "./text-tokens.ts";

/** Texts that are read together. */
const SEQUENCES = 16;
/** Tokens that the first context holds; a longer text gets a larger one. */
const FIRST_CAPACITY = 512;

type Text = readonly number[];

/** One loaded model that turns texts into vectors, or into the scores of its head. Every text is read anew. */
export class VectorSession implements Disposable {
  readonly model: VectorModel;
  readonly #model: LlamaModel;
  readonly #adapter: LlamaAdapter | undefined;
  readonly #text: TextTokens;
  readonly #gives: "vectors" | "scores";
  readonly #threads: number;
  #context: LlamaContext | undefined;
  /** The layer that the context looks at; undefined for what comes out of all of them. */
  #layer: number | undefined;
  /** Calls are computed one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** Throws BadFileError where the library refuses the file, or the model needs an encoder beside its decoder. */
  constructor({ path, gives, threads, adapter }: Calls["loadVectors"]["ask"]) {
    this.#model = new LlamaModel(path);
    if (this.#model.hasEncoder) throw needsEncoder(path);
    const adapterId = adapter && `${fingerprintOf(adapter.path)} × ${adapter.scale}`;
    if (adapter !== undefined && adapterId !== undefined) {
      this.#adapter = new LlamaAdapter(this.#model, adapter.path, adapter.scale, adapterId);
    }
    const { vocabulary, trainedContext, vectorSize } = this.#model;
    this.#gives = gives;
    this.#threads = threads;
    // Word pieces have no bytes to fall back on: what such a vocabulary does not know becomes one token.
    const unknown = Number(this.#model.metadata("tokenizer.ggml.unknown_token_id") ?? Number.NaN);
    this.#text = new TextTokens(vocabulary, this.#model.metadata(NORMALIZER_KEY) === "NFC", unknown);
    this.model = {
      identity: [fingerprintOf(path), ...(adapterId === undefined ? [] : [adapterId])].join(" + "),
      vectorSize,
      layers: Number(
        this.#model.metadata(`${this.#model.metadata("general.architecture")}.block_count`) ?? 0,
      ),
      contextSize: trainedContext,
      frame: vocabulary.frame(),
      addedTokens: new Map(this.#text.added.map(({ id, text }) => [text, id])),
      controlTokens: this.#text.reserved,
      pairSeparator: vocabulary.pairSeparator(),
    };
  }

  tokenize(text: string): number[] {
    return this.#text.tokenize(text);
  }

  /** The vector of each text; throws the signal's reason where it ends the work. */
  embed({ texts, pooling, layer }: Calls["embed"]["ask"], signal: AbortSignal): Promise<Float32Array[]> {
    return this.#inTurn(async () => {
      this.#lookAt(layer);
      const pools = texts.map(() => new Pool(pooling));
      for (const group of this.#groups(texts)) {
        for (const slice of this.#slices(group, texts)) {
          await setImmediate();
          signal.throwIfAborted();
          this.#read(slice, pools, texts);
        }
      }
      return pools.map((pool) => pool.result);
    });
  }

  /** What the head says of each text. */
  scores({ texts }: Calls["scores"]["ask"], signal: AbortSignal): Promise<Float32Array[]> {
    return this.#inTurn(async () => {
      const found: Float32Array[] = [];
      for (const group of this.#groups(texts)) {
        await setImmediate();
        signal.throwIfAborted();
        const context = this.#contextFor(lengthOf(group, texts));
        context.clear();
        context.decode(
          group.flatMap((index, sequence) =>
            (texts[index] ?? []).map((token, position) => ({ token, position, sequence, output: true })),
          ),
        );
        found.push(...group.map((_, sequence) => context.scores(sequence)));
      }
      return found;
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Indices of texts that are read together: as many as one batch and its sequences hold, in their order. */
  *#groups(texts: readonly Text[]): Generator<number[]> {
    let group: number[] = [];
    let tokens = 0;
    for (const [index, text] of texts.entries()) {
      if (group.length > 0 && (group.length === SEQUENCES || tokens + text.length > this.#batchLength)) {
        yield group;
        group = [];
        tokens = 0;
      }
      group.push(index);
      tokens += text.length;
    }
    if (group.length > 0) yield group;
  }

  /** The tokens of a group, batch by batch; more than one only where a single text is longer than a batch. */
  *#slices(group: readonly number[], texts: readonly Text[]): Generator<Part[]> {
    const length = lengthOf(group, texts);
    const context = this.#contextFor(length);
    context.clear();
    for (let start = 0; start < length; start += context.batchLength) {
      yield group.map((index, sequence) => {
        const text = texts[index] ?? [];
        const from = group.length === 1 ? start : 0;
        return { index, sequence, from, to: Math.min(text.length, from + context.batchLength) };
      });
    }
  }

  #read(parts: readonly Part[], pools: readonly Pool[], texts: readonly Text[]): void {
    const context = this.#contextFor(0);
    const batch = parts.flatMap(({ index, sequence, from, to }) =>
      (texts[index] ?? [])
        .slice(from, to)
        .map((token, i) => ({ token, position: from + i, sequence, output: true, index })),
    );
    context.decode(batch);
    for (const [at, { index, position }] of batch.entries()) {
      const pool = pools[index];
      if (pool?.wants(position + 1 === texts[index]?.length)) pool.add(context.vector(at));
    }
  }

  get #batchLength(): number {
    return this.#contextFor(0).batchLength;
  }

  /** Another layer needs another context. */
  #lookAt(layer: number | undefined): void {
    if (layer === this.#layer) return;
    this.#layer = layer;
    this.#context?.[Symbol.dispose]();
    this.#context = undefined;
  }

  /** A context that holds so many tokens; the one there is where it does. */
  #contextFor(tokens: number): LlamaContext {
    if (this.#context !== undefined && this.#context.contextLength >= tokens) return this.#context;
    const { parameterCount, readsWhole, trainedContext } = this.#model;
    const wanted = Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(Math.max(1, tokens))));
    const capacity = Math.max(tokens, Math.min(wanted, trainedContext));
    this.#context?.[Symbol.dispose]();
    this.#context = undefined;
    this.#context = new LlamaContext(this.#model, {
      contextLength: capacity,
      // A head pools what stands in one batch, as a model without memory reads it.
      batchLength:
        readsWhole || this.#gives === "scores" ? capacity : Math.min(capacity, sliceFor(parameterCount)),
      sequences: SEQUENCES,
      shared: true,
      threads: this.#threads,
      gives: this.#gives,
      ...(this.#layer === undefined ? {} : { layer: this.#layer }),
    });
    this.#context.useAdapter(this.#adapter);
    return this.#context;
  }

  [Symbol.dispose](): void {
    this.#context?.[Symbol.dispose]();
    this.#adapter?.[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}

/** What is read of one text in one batch. */
interface Part {
  readonly index: number;
  readonly sequence: number;
  readonly from: number;
  readonly to: number;
}

function lengthOf(group: readonly number[], texts: readonly Text[]): number {
  return group.reduce((sum, index) => sum + (texts[index]?.length ?? 0), 0);
}

function needsEncoder(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} reads with an encoder of its own (T5), which basewise cannot run; take another embedding model.`,
    zh: `${printable(path)} 使用独立的编码器（T5），basewise 无法运行；请换用其他嵌入模型。`,
  });
}
