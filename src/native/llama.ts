import koffi from "koffi";
import { BadFileError } from "../errors.ts";
import { printable } from "../printable.ts";
import { Handle, type Pointer } from "./handle.ts";
import { nativeLibraries } from "./library.ts";
import { LlamaError } from "./llama-error.ts";
import {
  type Batch,
  CONTEXT_DEFAULTS,
  type ContextParameters,
  checkDefaults,
  defineLlamaStructs,
  MODEL_DEFAULTS,
  type ModelParameters,
} from "./llama-structs.ts";

/** The C functions, bound once. Prototypes as in llama.h of the pinned release. */
function bindLlama() {
  const { bind } = nativeLibraries();
  const llama = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("llama", prototype);
  defineLlamaStructs();
  const modelDefaults = llama<[], ModelParameters>("llama_model_params llama_model_default_params(void)")();
  const contextDefaults = llama<[], ContextParameters>(
    "llama_context_params llama_context_default_params(void)",
  )();
  checkDefaults("llama_model_params", modelDefaults, MODEL_DEFAULTS);
  checkDefaults("llama_context_params", contextDefaults, CONTEXT_DEFAULTS);
  return {
    // model
    load: llama<[string, ModelParameters], Pointer | null>(
      "void *llama_model_load_from_file(const char *, llama_model_params)",
    ),
    modelFree: llama<[Pointer], void>("void llama_model_free(void *)"),
    trainedContext: llama<[Pointer], number>("int32_t llama_model_n_ctx_train(const void *)"),
    parameterCount: llama<[Pointer], number>("uint64_t llama_model_n_params(const void *)"),
    hasDecoder: llama<[Pointer], boolean>("bool llama_model_has_decoder(const void *)"),
    hasEncoder: llama<[Pointer], boolean>("bool llama_model_has_encoder(const void *)"),
    metadata: llama<[Pointer, string, Uint8Array, number], number>(
      "int32_t llama_model_meta_val_str(const void *, const char *, void *, size_t)",
    ),
    template: llama<[Pointer, null], string | null>(
      "const char *llama_model_chat_template(const void *, const char *)",
    ),
    // vocabulary
    vocabulary: llama<[Pointer], Pointer>("void *llama_model_get_vocab(const void *)"),
    tokenCount: llama<[Pointer], number>("int32_t llama_vocab_n_tokens(const void *)"),
    tokenText: llama<[Pointer, number], string>("const char *llama_vocab_get_text(const void *, int32_t)"),
    attributes: llama<[Pointer, number], number>("int32_t llama_vocab_get_attr(const void *, int32_t)"),
    isEnd: llama<[Pointer, number], boolean>("bool llama_vocab_is_eog(const void *, int32_t)"),
    bos: llama<[Pointer], number>("int32_t llama_vocab_bos(const void *)"),
    eos: llama<[Pointer], number>("int32_t llama_vocab_eos(const void *)"),
    addsBos: llama<[Pointer], boolean>("bool llama_vocab_get_add_bos(const void *)"),
    tokenize: llama<[Pointer, Uint8Array, number, Int32Array, number, boolean, boolean], number>(
      "int32_t llama_tokenize(const void *, const void *, int32_t, void *, int32_t, bool, bool)",
    ),
    piece: llama<[Pointer, number, Uint8Array, number, number, boolean], number>(
      "int32_t llama_token_to_piece(const void *, int32_t, void *, int32_t, int32_t, bool)",
    ),
    // context
    newContext: llama<[Pointer, ContextParameters], Pointer | null>(
      "void *llama_init_from_model(void *, llama_context_params)",
    ),
    contextFree: llama<[Pointer], void>("void llama_free(void *)"),
    contextLength: llama<[Pointer], number>("uint32_t llama_n_ctx_seq(const void *)"),
    batchLength: llama<[Pointer], number>("uint32_t llama_n_batch(const void *)"),
    decode: llama<[Pointer, Batch], number>("int32_t llama_decode(void *, llama_batch)"),
    logits: llama<[Pointer, number], Pointer | null>("void *llama_get_logits_ith(void *, int32_t)"),
    memory: llama<[Pointer], Pointer>("void *llama_get_memory(const void *)"),
    memoryClear: llama<[Pointer, boolean], void>("void llama_memory_clear(void *, bool)"),
    memoryRemove: llama<[Pointer, number, number, number], boolean>(
      "bool llama_memory_seq_rm(void *, int32_t, int32_t, int32_t)",
    ),
    memoryCopy: llama<[Pointer, number, number, number, number], void>(
      "void llama_memory_seq_cp(void *, int32_t, int32_t, int32_t, int32_t)",
    ),
    // sampling
    chain: llama<[{ no_perf: boolean }], Pointer>(
      "void *llama_sampler_chain_init(llama_sampler_chain_params)",
    ),
    chainAdd: llama<[Pointer, Pointer], void>("void llama_sampler_chain_add(void *, void *)"),
    samplerFree: llama<[Pointer], void>("void llama_sampler_free(void *)"),
    greedy: llama<[], Pointer>("void *llama_sampler_init_greedy(void)"),
    seeded: llama<[number], Pointer>("void *llama_sampler_init_dist(uint32_t)"),
    topK: llama<[number], Pointer>("void *llama_sampler_init_top_k(int32_t)"),
    topP: llama<[number, number], Pointer>("void *llama_sampler_init_top_p(float, size_t)"),
    minP: llama<[number, number], Pointer>("void *llama_sampler_init_min_p(float, size_t)"),
    temperature: llama<[number], Pointer>("void *llama_sampler_init_temp(float)"),
    sample: llama<[Pointer, Pointer, number], number>(
      "int32_t llama_sampler_sample(void *, void *, int32_t)",
    ),
  };
}

let bound: ReturnType<typeof bindLlama> | undefined;
function llama(): ReturnType<typeof bindLlama> {
  bound ??= bindLlama();
  return bound;
}

/** How the tokenizer treats a token (`enum llama_token_attr`): several may hold at once. */
const UNKNOWN = 1;
const CONTROL = 8;
const USER_DEFINED = 16;

/** What kind of token it is: one the tokenizer never makes from text, one that was added to it, or an ordinary one. */
export type TokenKind = "control" | "added" | "ordinary";

let pointersOf: (model: LlamaModel) => { readonly model: Pointer; readonly vocabulary: Pointer };
let contextsOf: (model: LlamaModel) => Set<LlamaContext>;

/** A loaded model: its weights (mapped from the file) and its vocabulary. */
export class LlamaModel implements Disposable {
  readonly #handle: Handle;
  readonly #contexts = new Set<LlamaContext>();
  /** Number of tokens. */
  readonly vocabularySize: number;
  /** Tokens of context that the model was trained for. */
  readonly trainedContext: number;
  readonly parameterCount: number;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  /** Whether every text begins with the beginning-of-sequence token. */
  readonly addsBos: boolean;
  /** Whether it writes text token by token, and is not an encoder alone. */
  readonly generates: boolean;
  /** The chat template in Jinja, if the file has one. */
  readonly template: string | undefined;

  /**
   * Loads a GGUF file, whole layers on a GPU where a GPU build is installed. Check the header before: numbers that
   * contradict each other abort the process. Throws BadFileError with what the library complained about.
   */
  constructor(path: string) {
    const native = llama();
    nativeLibraries().takeComplaints();
    const pointer = native.load(path, MODEL_DEFAULTS);
    if (pointer === null) throw cannotLoad(path);
    this.#handle = new Handle("model", pointer, native.modelFree);
    const vocabulary = native.vocabulary(pointer);
    this.vocabularySize = native.tokenCount(vocabulary);
    this.trainedContext = native.trainedContext(pointer);
    this.parameterCount = Number(native.parameterCount(pointer));
    this.bos = tokenOrNone(native.bos(vocabulary));
    this.eos = tokenOrNone(native.eos(vocabulary));
    this.addsBos = native.addsBos(vocabulary) && this.bos !== undefined;
    this.generates = native.hasDecoder(pointer) && !native.hasEncoder(pointer);
    this.template = native.template(pointer, null) ?? undefined;
  }

  static {
    pointersOf = (model) => {
      const pointer = model.#handle.pointer;
      return { model: pointer, vocabulary: llama().vocabulary(pointer) };
    };
    contextsOf = (model) => model.#contexts;
  }

  /** A metadata value as the library prints it; undefined when the key is missing. */
  metadata(key: string): string | undefined {
    return grown(256, (buffer) =>
      llama().metadata(this.#handle.pointer, key, buffer, buffer.length),
    )?.toString("utf8");
  }

  /** The text that stands for a token in the vocabulary: a control token's name. */
  textOf(token: number): string {
    return llama().tokenText(this.#vocabulary, this.#known(token));
  }

  kindOf(token: number): TokenKind {
    const attributes = llama().attributes(this.#vocabulary, this.#known(token));
    if ((attributes & (CONTROL | UNKNOWN)) !== 0) return "control";
    return (attributes & USER_DEFINED) !== 0 ? "added" : "ordinary";
  }

  /** Whether generation ends on this token. */
  isEnd(token: number): boolean {
    return llama().isEnd(this.#vocabulary, this.#known(token));
  }

  /**
   * The tokens of a text, without a beginning-of-sequence token. Never a control token; added tokens, such as
   * `<think>`, are found in text nevertheless.
   */
  tokenize(text: string): number[] {
    const bytes = Buffer.from(text, "utf8");
    let tokens = new Int32Array(bytes.length + 8);
    const tokenize = (): number =>
      llama().tokenize(this.#vocabulary, bytes, bytes.length, tokens, tokens.length, false, false);
    let count = tokenize();
    if (count < 0) {
      tokens = new Int32Array(-count);
      count = tokenize();
    }
    return Array.from(tokens.subarray(0, Math.max(0, count)));
  }

  /** The bytes that a token writes. A control token writes its name when `control` is true, else nothing. */
  piece(token: number, control: boolean): Uint8Array {
    const vocabulary = this.#vocabulary;
    const known = this.#known(token);
    const bytes = grown(64, (buffer) => llama().piece(vocabulary, known, buffer, buffer.length, 0, control));
    return Uint8Array.from(bytes ?? []);
  }

  get #vocabulary(): Pointer {
    return llama().vocabulary(this.#handle.pointer);
  }

  #known(token: number): number {
    if (isIndex(token, this.vocabularySize)) return token;
    throw badToken(token, this.vocabularySize);
  }

  /** Frees the weights. Throws LlamaError while a context still computes with them. */
  [Symbol.dispose](): void {
    if (this.#contexts.size > 0) throw stillUsed(this.#contexts.size);
    this.#handle[Symbol.dispose]();
  }
}

/** Sizes of a context. */
export interface ContextPlan {
  /** Tokens of context for each sequence. */
  readonly contextLength: number;
  /** Most tokens of one `decode`. */
  readonly batchLength: number;
  /** Most outputs of one `decode`, each of which takes memory for the whole vocabulary; all tokens unless stated. */
  readonly outputs?: number;
  /** Sequences with memories of their own. */
  readonly sequences: number;
  /** Native threads; more than there are cores is many times slower. */
  readonly threads: number;
}

/** One token of a batch. */
export interface BatchToken {
  readonly token: number;
  readonly position: number;
  readonly sequence: number;
  /** Whether its logits, those of the token after it, are wanted. */
  readonly output: boolean;
}

let contextPointerOf: (context: LlamaContext) => Pointer;

/** What the model has read so far, for one or more sequences, and the logits of the last `decode`. */
export class LlamaContext implements Disposable {
  readonly #handle: Handle;
  readonly #arrays: BatchArrays;
  /** The contexts of the same model, this one among them. */
  readonly #siblings: Set<LlamaContext>;
  readonly #vocabularySize: number;
  readonly #sequences: number;
  readonly #outputs: number;
  /** Tokens of context for each sequence, as the library took it. */
  readonly contextLength: number;
  /** Most tokens of one `decode`. */
  readonly batchLength: number;

  /** Throws LlamaError when there is not enough memory. */
  constructor(model: LlamaModel, plan: ContextPlan) {
    const native = llama();
    const pointers = pointersOf(model);
    nativeLibraries().takeComplaints();
    const pointer = native.newContext(pointers.model, {
      ...CONTEXT_DEFAULTS,
      n_ctx: plan.contextLength * plan.sequences,
      n_batch: plan.batchLength,
      n_ubatch: plan.batchLength,
      n_seq_max: plan.sequences,
      n_outputs_max: Math.max(plan.outputs ?? plan.batchLength, plan.sequences),
      n_outputs_max_per_seq: 0,
      n_threads: plan.threads,
      n_threads_batch: plan.threads,
    });
    if (pointer === null) throw noContext(plan.contextLength);
    this.#handle = new Handle("context", pointer, native.contextFree);
    this.#vocabularySize = native.tokenCount(pointers.vocabulary);
    this.#sequences = plan.sequences;
    this.#outputs = plan.outputs ?? plan.batchLength;
    this.contextLength = native.contextLength(pointer);
    this.batchLength = native.batchLength(pointer);
    this.#arrays = new BatchArrays(this.batchLength);
    this.#siblings = contextsOf(model);
    this.#siblings.add(this);
  }

  static {
    contextPointerOf = (context) => context.#handle.pointer;
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
    for (const { token, sequence, position } of tokens) {
      // The library checks these with assertions or not at all.
      if (!isIndex(token, this.#vocabularySize)) throw badToken(token, this.#vocabularySize);
      if (!isIndex(sequence, this.#sequences)) throw badSequence(sequence, this.#sequences);
      if (!isIndex(position, this.contextLength)) throw badPosition(position, this.contextLength);
    }
    const outputs = tokens.filter(({ output }) => output).length;
    if (outputs > this.#outputs) throw badOutputs(outputs, this.#outputs);
    const code = native.decode(pointer, this.#arrays.fill(tokens));
    if (code !== 0) throw cannotDecode(code);
  }

  /** A copy of the logits of the token at this index of the last batch, which must have been an output. */
  logits(index: number): Float32Array {
    const pointer = llama().logits(this.#handle.pointer, index);
    if (pointer === null) throw noOutput(index);
    return new Float32Array(koffi.view(pointer, 4 * this.#vocabularySize)).slice();
  }

  /** Forgets what a sequence read from a position on; false when the memory of this kind of model cannot. */
  forgetFrom(sequence: number, position: number): boolean {
    return llama().memoryRemove(this.#memory, sequence, position, -1);
  }

  /** Lets a sequence share what another one read. */
  share(from: number, to: number): void {
    llama().memoryCopy(this.#memory, from, to, -1, -1);
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
    this.#arrays[Symbol.dispose]();
    this.#siblings.delete(this);
  }
}

/** How the next token is chosen among the likely ones. */
export interface Sampling {
  /** 0 always takes the most likely token. */
  readonly temperature: number;
  /** Only so many of the most likely tokens; 0 for all. */
  readonly topK: number;
  /** Only the most likely tokens that together reach this probability; 1 for all. */
  readonly topP: number;
  /** Only tokens at least this probable, relative to the most likely one; 0 for all. */
  readonly minP: number;
  /** An unsigned 32-bit number; the same seed draws the same tokens. */
  readonly seed: number;
}

/** The library's own seed for "take one from the clock". */
const CLOCK_SEED = 0xffff_ffff;

/** Chooses tokens by libllama's own chain of samplers: top-k, top-p, min-p, temperature, a seeded draw. */
export class LlamaSampler implements Disposable {
  readonly #handle: Handle;

  constructor({ temperature, topK, topP, minP, seed }: Sampling) {
    const native = llama();
    const chain = native.chain({ no_perf: true });
    this.#handle = new Handle("sampler", chain, native.samplerFree);
    // The chain owns what is added to it.
    if (temperature <= 0) {
      native.chainAdd(chain, native.greedy());
      return;
    }
    if (topK > 0) native.chainAdd(chain, native.topK(topK));
    if (topP < 1) native.chainAdd(chain, native.topP(topP, 1));
    if (minP > 0) native.chainAdd(chain, native.minP(minP, 1));
    native.chainAdd(chain, native.temperature(temperature));
    native.chainAdd(chain, native.seeded(seed === CLOCK_SEED ? 0 : seed));
  }

  /** Chooses a token by the logits of an output of the last batch. Throws LlamaError where it was no output. */
  sample(context: LlamaContext, index: number): number {
    const native = llama();
    const sampler = this.#handle.pointer;
    const pointer = contextPointerOf(context);
    if (native.logits(pointer, index) === null) throw noOutput(index);
    return native.sample(sampler, pointer, index);
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

/** The arrays of `llama_batch` in one native block, allocated once and written through a view. */
class BatchArrays implements Disposable {
  readonly #handle: Handle;
  readonly #batch: Omit<Batch, "n_tokens">;
  readonly #tokens: Int32Array;
  readonly #positions: Int32Array;
  readonly #sequences: Int32Array;
  readonly #outputs: Int8Array;

  constructor(length: number) {
    // Per token: a pointer to its sequence ids (8 bytes), then token, position, count and the one id (4 each), a flag.
    const bytes = 25 * length;
    const block: unknown = koffi.alloc("uint8_t", bytes);
    const address = koffi.address(block);
    this.#handle = new Handle("batch", address, () => koffi.free(block));
    const memory = koffi.view(block, bytes);
    const pointers = new BigUint64Array(memory, 0, length);
    const [token, position, count, sequence, output] = [8, 12, 16, 20, 24].map((size) => size * length);
    if (!token || !position || !count || !sequence || !output) throw new RangeError("an empty batch");
    this.#tokens = new Int32Array(memory, token, length);
    this.#positions = new Int32Array(memory, position, length);
    new Int32Array(memory, count, length).fill(1);
    this.#sequences = new Int32Array(memory, sequence, length);
    this.#outputs = new Int8Array(memory, output, length);
    for (let index = 0; index < length; index++) pointers[index] = address + BigInt(sequence + 4 * index);
    this.#batch = {
      token: address + BigInt(token),
      embd: null,
      pos: address + BigInt(position),
      n_seq_id: address + BigInt(count),
      seq_id: address,
      logits: address + BigInt(output),
    };
  }

  fill(tokens: readonly BatchToken[]): Batch {
    void this.#handle.pointer; // throws when the block is gone
    tokens.forEach(({ token, position, sequence, output }, index) => {
      this.#tokens[index] = token;
      this.#positions[index] = position;
      this.#sequences[index] = sequence;
      this.#outputs[index] = output ? 1 : 0;
    });
    return { n_tokens: tokens.length, ...this.#batch };
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

/** Calls a function that fills a buffer and says how many bytes it wanted: negative, or more than there are. */
function grown(length: number, fill: (buffer: Buffer) => number): Buffer | undefined {
  let buffer = Buffer.alloc(length);
  let wanted = fill(buffer);
  if (wanted === -1) return undefined;
  if (Math.abs(wanted) >= buffer.length) {
    buffer = Buffer.alloc(Math.abs(wanted) + 1);
    wanted = fill(buffer);
  }
  return buffer.subarray(0, Math.max(0, wanted));
}

function isIndex(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit;
}

function tokenOrNone(token: number): number | undefined {
  return token < 0 ? undefined : token;
}

/** The library's last complaint that says more than that it failed, without the name of the C function. */
function complaint(): string {
  const said = nativeLibraries()
    .takeComplaints()
    .map((line) => printable(line.replace(/^\w+: (error loading model: )?/, ""), 300))
    .filter((line) => line !== "");
  return (
    said.findLast((line) => !/^failed to (load|read)|failed to load model/.test(line)) ??
    said.at(-1) ??
    "no reason given"
  );
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

function badToken(token: number, size: number): LlamaError {
  return new LlamaError({
    en: `There is no token ${token} in a vocabulary of ${size}; use ids that this model's tokenizer gave.`,
    zh: `大小为 ${size} 的词表中没有词元 ${token}；请使用该模型分词器给出的编号。`,
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

function noOutput(index: number): LlamaError {
  return new LlamaError({
    en: `Token ${index} of the last batch was no output; ask for its output when decoding.`,
    zh: `上一批中的第 ${index} 个词元不是输出；请在解码时要求其输出。`,
  });
}
