import koffi from "koffi";
import { BadInputError } from "../../errors.ts";
import { ThreadPool } from "../ggml/thread-pool.ts";
import { Handle, type Pointer } from "../handle.ts";
import { nativeLibraries } from "../library.ts";
import { type LlamaAdapter, setAdapter } from "./adapter.ts";
import { BatchArrays, type BatchToken } from "./batch.ts";
import { llama } from "./bindings.ts";
import { complaint } from "./complaint.ts";
import { badToken, isIndex, LlamaError, noOutput } from "./error.ts";
import { LayerStates } from "./layer-states.ts";
import { contextsOf, type LlamaModel, pointerOf as modelPointerOf } from "./model.ts";
import { CONTEXT_DEFAULTS } from "./structs.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What keys and values can be kept in, and ggml's numbers for it (`enum ggml_type`). */
export const CACHE_TYPES = { f32: 0, f16: 1, q8_0: 8, q4_0: 2 } as const;
export type CacheType = keyof typeof CACHE_TYPES;

/** Sizes of a context. */
export interface ContextPlan {
  /** Tokens of context that a sequence can hold. */
  readonly contextLength: number;
  /** Most tokens of one `decode`. */
  readonly batchLength: number;
  /** Most outputs of one `decode`, each of which takes memory for the whole vocabulary; all tokens unless stated. */
  readonly outputs?: number;
  readonly sequences: number;
  /** Whether all sequences together hold `contextLength` tokens in one memory; each has one of its own unless stated. */
  readonly shared?: boolean;
  /** What keys and values are kept in: F16 unless stated. The quantised ones need flash attention. */
  readonly cacheType?: CacheType;
  /** Whether attention is computed without its whole matrix; where the model and its devices can, unless stated. */
  readonly flashAttention?: boolean;
  /** Native threads; more than there are cores is many times slower. */
  readonly threads: number;
  /** Another context whose threads it computes with, at most as many; to be disposed after this one. */
  readonly threadsOf?: LlamaContext;
  /**
   * What a batch gives: the logits of the outputs, unless stated; the hidden states of all its tokens as `vectors`; or
   * as `scores` what a classification head says of each sequence, all of whose tokens then stand in one batch.
   */
  readonly gives?: "logits" | "vectors" | "scores";
  /** Of a context that gives vectors: those that come out of so many layers, from 1; all layers and the norm unless stated. */
  readonly layer?: number;
}

/** `enum llama_pooling_type`: what becomes of hidden states where they are given. */
const POOLING = { logits: -1, vectors: 0, scores: 4 } as const;

/** The address of a context, for this folder alone. */
export let pointerOf: (context: LlamaContext) => Pointer;

/** The logits of an output of the last batch where they lie, until the next `decode`, for this folder alone. */
export let logitsIn: (context: LlamaContext, index: number) => ArrayBuffer;

/** What the model has read so far, for one or more sequences, and the logits of the last `decode`. */
export class LlamaContext implements Disposable {
  readonly #handle: Handle;
  readonly #threads: ThreadPool | undefined;
  readonly #arrays: BatchArrays;
  /** The contexts of the same model, this one among them. */
  readonly #siblings: Set<LlamaContext>;
  readonly #vectorSize: number;
  readonly #scoreCount: number;
  readonly #sequences: number;
  readonly #outputs: number;
  readonly #layer: LayerStates | undefined;
  /** What came out of the chosen layer for the last batch. */
  #states: Float32Array = new Float32Array();
  #adapter: LlamaAdapter | undefined;
  /** Views of the library's memory for logits, by their addresses, which stay the same. */
  readonly #views = new Map<Pointer, ArrayBuffer>();
  /** The tokens of its model. */
  readonly vocabulary: Vocabulary;
  /** Whether `share` works: not where a sequence keeps one state that every token changes. */
  readonly sharesBeginnings: boolean;
  /** Tokens of context that a sequence can hold, as the library took it. */
  readonly contextLength: number;
  /** Most tokens of one `decode`. */
  readonly batchLength: number;

  /** Throws LlamaError when there is not enough memory. */
  constructor(model: LlamaModel, plan: ContextPlan) {
    const native = llama();
    const { gives = "logits" } = plan;
    const layer = plan.layer === undefined ? undefined : new LayerStates(plan.layer);
    nativeLibraries().takeComplaints();
    const pointer = native.newContext(modelPointerOf(model), {
      ...CONTEXT_DEFAULTS,
      n_ctx: plan.shared ? plan.contextLength : plan.contextLength * plan.sequences,
      n_batch: plan.batchLength,
      n_ubatch: plan.batchLength,
      n_seq_max: plan.sequences,
      n_outputs_max: Math.max(plan.outputs ?? plan.batchLength, plan.sequences),
      n_outputs_max_per_seq: 0,
      kv_unified: plan.shared ?? false,
      type_k: CACHE_TYPES[plan.cacheType ?? "f16"],
      type_v: CACHE_TYPES[plan.cacheType ?? "f16"],
      flash_attn_type:
        plan.flashAttention === undefined ? CONTEXT_DEFAULTS.flash_attn_type : Number(plan.flashAttention),
      n_threads: plan.threads,
      n_threads_batch: plan.threads,
      embeddings: gives !== "logits",
      pooling_type: POOLING[gives],
      cb_eval: layer?.callback ?? null,
    });
    if (pointer === null) {
      layer?.[Symbol.dispose]();
      throw noContext(plan.contextLength);
    }
    this.#layer = layer;
    this.#handle = new Handle("context", pointer, native.contextFree);
    if (plan.threads > 1 && plan.threadsOf === undefined) this.#threads = new ThreadPool(plan.threads);
    const threads = plan.threadsOf === undefined ? this.#threads : plan.threadsOf.#threads;
    if (plan.threads > 1 && threads !== undefined) native.attachThreadPool(pointer, threads.pointer, null);
    this.vocabulary = model.vocabulary;
    this.#vectorSize = model.vectorSize;
    this.#scoreCount = model.scoreCount;
    this.#sequences = plan.sequences;
    this.#outputs = plan.outputs ?? plan.batchLength;
    this.sharesBeginnings = plan.shared === true && !model.isRecurrent;
    this.contextLength = native.contextLength(pointer);
    this.batchLength = native.batchLength(pointer);
    this.#arrays = new BatchArrays(this.batchLength);
    this.#siblings = contextsOf(model);
    this.#siblings.add(this);
  }

  static {
    pointerOf = (context) => context.#handle.pointer;
    logitsIn = (context, index) => context.#logitsIn(index);
  }

  /**
   * Reads tokens: each sequence's positions must go on where its memory ends. Blocks until it is done.
   * Throws LlamaError when the tokens do not fit, or the computation fails.
   */
  decode(tokens: readonly BatchToken[]): void {
    const pointer = this.#handle.pointer;
    const native = llama();
    nativeLibraries().takeComplaints();
    if (tokens.length === 0 || tokens.length > this.batchLength)
      throw badBatch(tokens.length, this.batchLength);
    let outputs = 0;
    for (const { token, sequence, position, output } of tokens) {
      // The library checks these with assertions or not at all.
      if (!isIndex(token, this.vocabulary.size)) throw badToken(token, this.vocabulary.size);
      if (!isIndex(sequence, this.#sequences)) throw badSequence(sequence, this.#sequences);
      if (!isIndex(position, this.contextLength)) throw badPosition(position, this.contextLength);
      if (output) outputs++;
    }
    if (outputs > this.#outputs) throw badOutputs(outputs, this.#outputs);
    const code = native.decode(pointer, this.#arrays.fill(tokens));
    if (code !== 0) throw cannotDecode(code);
    if (this.#layer === undefined) return;
    this.#states = this.#layer.take() ?? new Float32Array();
    if (this.#states.length !== tokens.length * this.#vectorSize) throw noLayers();
  }

  /** A copy of the logits of the token at this index of the last batch, which must have been an output. */
  logits(index: number): Float32Array {
    return new Float32Array(this.#logitsIn(index)).slice();
  }

  #logitsIn(index: number): ArrayBuffer {
    const pointer = llama().logits(this.#handle.pointer, index);
    if (pointer === null) throw noOutput(index);
    const known = this.#views.get(pointer);
    if (known !== undefined) return known;
    const view = koffi.view(pointer, 4 * this.vocabulary.size);
    this.#views.set(pointer, view);
    return view;
  }

  /** A copy of the hidden state of the token at this index of the last batch, of a context that gives vectors. */
  vector(index: number): Float32Array {
    const size = this.#vectorSize;
    if (this.#layer !== undefined) return this.#states.slice(index * size, (index + 1) * size);
    const pointer = llama().vector(this.#handle.pointer, index);
    if (pointer === null) throw noOutput(index);
    return new Float32Array(koffi.view(pointer, 4 * this.#vectorSize)).slice();
  }

  /** What the head says of a sequence of the last batch, one value a label, of a context that gives scores. */
  scores(sequence: number): Float32Array {
    const pointer = llama().scores(this.#handle.pointer, sequence);
    if (pointer === null) throw badSequence(sequence, this.#sequences);
    return new Float32Array(koffi.view(pointer, 4 * this.#scoreCount)).slice();
  }

  /** Forgets what a sequence read from a position on; false when the memory of this kind of model cannot. */
  forgetFrom(sequence: number, position: number): boolean {
    return llama().memoryRemove(this.#memory, sequence, position, -1);
  }

  /** Lets a sequence share what another one read before position `end`; all of it unless stated. */
  share(from: number, to: number, end = -1): void {
    llama().memoryCopy(this.#memory, from, to, 0, end);
  }

  /** A copy of all that is held of what a sequence read. */
  state(sequence: number): Uint8Array {
    const native = llama();
    const bytes = new Uint8Array(Number(native.stateSize(this.#handle.pointer, sequence)));
    const written = Number(native.stateGet(this.#handle.pointer, bytes, bytes.length, sequence));
    return bytes.subarray(0, written);
  }

  /**
   * Puts back what `state` gave, in place of all that the sequence holds; false where it does not fit this context.
   * The library checks sizes and types, not contents: give only what a context of the same model and plan wrote.
   */
  restore(sequence: number, state: Uint8Array): boolean {
    nativeLibraries().takeComplaints();
    return Number(llama().stateSet(this.#handle.pointer, state, state.length, sequence)) > 0;
  }

  /** Computes from now on with this adapter, or with none; nothing changes where it does so already. */
  useAdapter(adapter: LlamaAdapter | undefined): void {
    if (adapter === this.#adapter) return;
    setAdapter(this.#handle.pointer, adapter);
    this.#adapter = adapter;
  }

  /** Forgets everything. */
  clear(): void {
    llama().memoryClear(this.#memory, false);
  }

  get #memory(): Pointer {
    return llama().memory(this.#handle.pointer);
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
    this.#layer?.[Symbol.dispose]();
    this.#threads?.[Symbol.dispose]();
    this.#arrays[Symbol.dispose]();
    this.#siblings.delete(this);
  }
}

function noLayers(): BadInputError {
  return new BadInputError({
    en: "The native library does not tell the layers of this architecture apart, so none can be chosen; leave the layer out.",
    zh: "原生库不区分该架构的各层，因此无法选择层；请去掉层的选择。",
  });
}

function noContext(length: number): LlamaError {
  const reason = complaint();
  return new LlamaError({
    en: `There is no memory for a context of ${length} tokens (${reason}); close other programs or take a smaller model.`,
    zh: `没有足够的内存容纳 ${length} 个词元的上下文（${reason}）；请关闭其他程序或使用更小的模型。`,
  });
}

function cannotDecode(code: number): LlamaError {
  const reason = complaint();
  return new LlamaError({
    en: `The native library could not compute (code ${code}: ${reason}); try a shorter prompt, or convert the model again.`,
    zh: `原生库计算失败（代码 ${code}：${reason}）；请缩短提示，或重新转换模型。`,
  });
}

function badBatch(length: number, limit: number): LlamaError {
  return new LlamaError({
    en: `A batch of ${length} tokens cannot be read at once; give 1 to ${limit}.`,
    zh: `无法一次读取 ${length} 个词元；请给出 1 到 ${limit} 个。`,
  });
}

function badOutputs(outputs: number, limit: number): LlamaError {
  return new LlamaError({
    en: `A batch with ${outputs} outputs cannot be read at once; ask for at most ${limit}.`,
    zh: `一批中不能要求 ${outputs} 个输出；最多 ${limit} 个。`,
  });
}

function badSequence(sequence: number, count: number): LlamaError {
  return new LlamaError({
    en: `There is no sequence ${sequence}; this context has ${count}, counted from 0.`,
    zh: `没有编号为 ${sequence} 的序列；该上下文有 ${count} 个，从 0 起编号。`,
  });
}

function badPosition(position: number, length: number): LlamaError {
  return new LlamaError({
    en: `Position ${position} lies outside a context of ${length} tokens; shorten the text.`,
    zh: `位置 ${position} 超出了 ${length} 个词元的上下文；请缩短文本。`,
  });
}
