import koffi from "koffi";
import type { Sampling } from "../engine/engine.ts";
import { BadFileError } from "../errors.ts";
import { Handle, type Pointer } from "./handle.ts";
import { nativeLibraries } from "./library.ts";
import { LlamaError } from "./llama-error.ts";
import { NATIVE_PACKAGE_VERSION, NativeLibraryError } from "./platform.ts";

/** The fields of `llama_model_params` that we look at or set; the rest keeps the library's defaults. */
interface ModelParams {
  n_gpu_layers: number;
  main_gpu: number;
  vocab_only: boolean;
  use_extra_bufts: boolean;
}

/** The fields of `llama_context_params` that we look at or set. */
interface ContextParams {
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_seq_max: number;
  n_threads: number;
  n_threads_batch: number;
  rope_scaling_type: number;
  type_k: number;
  type_v: number;
  no_perf: boolean;
}

interface NativeBatch {
  n_tokens: number;
  token: Pointer;
  embd: Pointer | null;
  pos: Pointer;
  n_seq_id: Pointer;
  seq_id: Pointer;
  logits: Pointer;
}

/** The C functions and structs, bound once; prototypes as in llama.h of the pinned release. */
function bindLlama() {
  const { bind } = nativeLibraries();
  const llama = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("llama", prototype);
  koffi.struct("llama_model_params", {
    devices: "void *",
    tensor_buft_overrides: "void *",
    n_gpu_layers: "int32_t",
    split_mode: "int",
    load_mode: "int",
    lazy_mode: "int",
    main_gpu: "int32_t",
    tensor_split: "void *",
    progress_callback: "void *",
    progress_callback_user_data: "void *",
    kv_overrides: "void *",
    vocab_only: "bool",
    check_tensors: "bool",
    use_extra_bufts: "bool",
    no_host: "bool",
    no_alloc: "bool",
    load_mtp: "bool",
  });
  koffi.struct("llama_context_params", {
    n_ctx: "uint32_t",
    n_batch: "uint32_t",
    n_ubatch: "uint32_t",
    n_seq_max: "uint32_t",
    n_rs_seq: "uint32_t",
    n_outputs_max: "uint32_t",
    n_outputs_max_per_seq: "uint32_t",
    n_threads: "int32_t",
    n_threads_batch: "int32_t",
    ctx_type: "int",
    rope_scaling_type: "int",
    pooling_type: "int",
    attention_type: "int",
    flash_attn_type: "int",
    rope_freq_base: "float",
    rope_freq_scale: "float",
    yarn_ext_factor: "float",
    yarn_attn_factor: "float",
    yarn_beta_fast: "float",
    yarn_beta_slow: "float",
    yarn_orig_ctx: "uint32_t",
    defrag_thold: "float",
    cb_eval: "void *",
    cb_eval_user_data: "void *",
    type_k: "int",
    type_v: "int",
    abort_callback: "void *",
    abort_callback_data: "void *",
    embeddings: "bool",
    offload_kqv: "bool",
    no_perf: "bool",
    op_offload: "bool",
    swa_full: "bool",
    kv_unified: "bool",
    samplers: "void *",
    n_samplers: "size_t",
    ctx_other: "void *",
  });
  koffi.struct("llama_batch", {
    n_tokens: "int32_t",
    token: "void *",
    embd: "void *",
    pos: "void *",
    n_seq_id: "void *",
    seq_id: "void *",
    logits: "void *",
  });
  koffi.struct("llama_sampler_chain_params", { no_perf: "bool" });
  return {
    modelDefaults: llama<[], ModelParams>("llama_model_params llama_model_default_params(void)"),
    contextDefaults: llama<[], ContextParams>("llama_context_params llama_context_default_params(void)"),
    modelLoad: llama<[string, ModelParams], Pointer | null>(
      "void *llama_model_load_from_file(const char *, llama_model_params)",
    ),
    modelFree: llama<[Pointer], void>("void llama_model_free(void *)"),
    contextNew: llama<[Pointer, ContextParams], Pointer | null>(
      "void *llama_init_from_model(void *, llama_context_params)",
    ),
    contextFree: llama<[Pointer], void>("void llama_free(void *)"),
    contextSize: llama<[Pointer], number>("uint32_t llama_n_ctx(const void *)"),
    memory: llama<[Pointer], Pointer>("void *llama_get_memory(const void *)"),
    memoryRemove: llama<[Pointer, number, number, number], boolean>(
      "bool llama_memory_seq_rm(void *, int32_t, int32_t, int32_t)",
    ),
    vocabulary: llama<[Pointer], Pointer>("const void *llama_model_get_vocab(const void *)"),
    trainedContext: llama<[Pointer], number>("int32_t llama_model_n_ctx_train(const void *)"),
    chatTemplate: llama<[Pointer, null], string | null>(
      "const char *llama_model_chat_template(const void *, const char *)",
    ),
    hasDecoder: llama<[Pointer], boolean>("bool llama_model_has_decoder(const void *)"),
    tokenCount: llama<[Pointer], number>("int32_t llama_vocab_n_tokens(const void *)"),
    tokenText: llama<[Pointer, number], string>("const char *llama_vocab_get_text(const void *, int32_t)"),
    tokenAttributes: llama<[Pointer, number], number>("int llama_vocab_get_attr(const void *, int32_t)"),
    isEnd: llama<[Pointer, number], boolean>("bool llama_vocab_is_eog(const void *, int32_t)"),
    beginToken: llama<[Pointer], number>("int32_t llama_vocab_bos(const void *)"),
    addsBegin: llama<[Pointer], boolean>("bool llama_vocab_get_add_bos(const void *)"),
    tokenize: llama<[Pointer, Uint8Array, number, Int32Array, number, boolean, boolean], number>(
      "int32_t llama_tokenize(const void *, const void *, int32_t, void *, int32_t, bool, bool)",
    ),
    tokenPiece: llama<[Pointer, number, Uint8Array, number, number, boolean], number>(
      "int32_t llama_token_to_piece(const void *, int32_t, void *, int32_t, int32_t, bool)",
    ),
    batchNew: llama<[number, number, number], NativeBatch>(
      "llama_batch llama_batch_init(int32_t, int32_t, int32_t)",
    ),
    batchFree: llama<[NativeBatch], void>("void llama_batch_free(llama_batch)"),
    decode: llama<[Pointer, NativeBatch], number>("int32_t llama_decode(void *, llama_batch)"),
    logits: llama<[Pointer, number], Pointer | null>("float *llama_get_logits_ith(void *, int32_t)"),
    chainNew: llama<[{ no_perf: boolean }], Pointer>(
      "void *llama_sampler_chain_init(llama_sampler_chain_params)",
    ),
    chainAdd: llama<[Pointer, Pointer], void>("void llama_sampler_chain_add(void *, void *)"),
    samplerFree: llama<[Pointer], void>("void llama_sampler_free(void *)"),
    sample: llama<[Pointer, Pointer, number], number>(
      "int32_t llama_sampler_sample(void *, void *, int32_t)",
    ),
    greedy: llama<[], Pointer>("void *llama_sampler_init_greedy(void)"),
    dist: llama<[number], Pointer>("void *llama_sampler_init_dist(uint32_t)"),
    topK: llama<[number], Pointer>("void *llama_sampler_init_top_k(int32_t)"),
    topP: llama<[number, number], Pointer>("void *llama_sampler_init_top_p(float, size_t)"),
    minP: llama<[number, number], Pointer>("void *llama_sampler_init_min_p(float, size_t)"),
    temperature: llama<[number], Pointer>("void *llama_sampler_init_temp(float)"),
  };
}
type Bindings = ReturnType<typeof bindLlama>;

let bound: Bindings | undefined;
function native(): Bindings {
  if (bound === undefined) {
    const bindings = bindLlama();
    checkStructs(bindings);
    bound = bindings;
  }
  return bound;
}

/** What the pinned release answers; another answer means that our struct layouts do not fit the library. */
const EXPECTED_DEFAULTS = {
  model: { main_gpu: 0, vocab_only: false, use_extra_bufts: true },
  context: {
    n_ctx: 512,
    n_batch: 2048,
    n_ubatch: 512,
    n_seq_max: 1,
    rope_scaling_type: -1,
    type_k: 1,
    type_v: 1,
  },
} satisfies { model: Partial<ModelParams>; context: Partial<ContextParams> };

function checkStructs({
  modelDefaults,
  contextDefaults,
}: Pick<Bindings, "modelDefaults" | "contextDefaults">): void {
  const found = {
    model: new Map(Object.entries(modelDefaults())),
    context: new Map(Object.entries(contextDefaults())),
  };
  for (const which of ["model", "context"] as const) {
    for (const [field, expected] of Object.entries(EXPECTED_DEFAULTS[which])) {
      const value = found[which].get(field);
      if (value === expected) continue;
      throw new NativeLibraryError({
        en: `The native library's ${which} parameter ${field} reads ${String(value)} instead of ${String(expected)}: it is not the build this basewise was made for; install @node-llama-cpp packages of version ${NATIVE_PACKAGE_VERSION}.`,
        zh: `原生库的 ${which} 参数 ${field} 为 ${String(value)}，而不是 ${String(expected)}：它不是本版 basewise 所用的构建；请安装 ${NATIVE_PACKAGE_VERSION} 版的 @node-llama-cpp 包。`,
      });
    }
  }
}

const CONTROL_ATTRIBUTE = 1 << 3; // enum llama_token_attr
const USER_DEFINED_ATTRIBUTE = 1 << 4;
const NULL_TOKEN = -1;

/** The tokens of a model: text to ids, ids to bytes, and what each id means. */
export class LlamaVocabulary {
  readonly #model: Handle;
  readonly size: number;
  /** Ids after which generation ends, by the file's metadata and libllama's own list of names. */
  readonly endTokens: readonly number[];
  /** Tokens outside ordinary text (control and user-defined), by their text. */
  readonly addedTokens: ReadonlyMap<string, number>;
  /** Of those, the ids that only a template may write. */
  readonly controlTokens: ReadonlySet<number>;
  /** The token a text begins with, where the model wants one. */
  readonly beginToken: number | undefined;

  constructor(model: Handle) {
    this.#model = model;
    const llama = native();
    const pointer = this.#pointer;
    this.size = llama.tokenCount(pointer);
    const ids = Array.from({ length: this.size }, (_, id) => id);
    this.endTokens = ids.filter((id) => llama.isEnd(pointer, id));
    const attributes = ids.map((id) => llama.tokenAttributes(pointer, id));
    const added = ids.filter(
      (id) => ((attributes[id] ?? 0) & (CONTROL_ATTRIBUTE | USER_DEFINED_ATTRIBUTE)) !== 0,
    );
    this.addedTokens = new Map(added.map((id) => [llama.tokenText(pointer, id), id]));
    this.controlTokens = new Set(added.filter((id) => ((attributes[id] ?? 0) & CONTROL_ATTRIBUTE) !== 0));
    const begin = llama.beginToken(pointer);
    this.beginToken = llama.addsBegin(pointer) && begin !== NULL_TOKEN ? begin : undefined;
  }

  get #pointer(): Pointer {
    return native().vocabulary(this.#model.pointer);
  }

  /** Text to ids; control tokens spelled in the text stay text. */
  tokenize(text: string): number[] {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length === 0) return [];
    const ids = new Int32Array(bytes.length + 8); // a token is at least one byte; some tokenizers add a space
    const count = native().tokenize(this.#pointer, bytes, bytes.length, ids, ids.length, false, false);
    if (count < 0) {
      throw new LlamaError({
        en: "The native library could not turn the text into tokens; this is a defect of basewise, please report it.",
        zh: "原生库无法将文本转换为词元；这是 basewise 的缺陷，请报告。",
      });
    }
    return [...ids.subarray(0, count)];
  }

  /** The bytes of a token, those of a control token being its text. One token may be a part of a character. */
  bytes(id: number): Uint8Array {
    const buffer = new Uint8Array(256);
    const length = native().tokenPiece(this.#pointer, id, buffer, buffer.length, 0, true);
    if (length >= 0) return buffer.slice(0, length);
    const larger = new Uint8Array(-length);
    native().tokenPiece(this.#pointer, id, larger, larger.length, 0, true);
    return larger;
  }
}

let modelPointer: (model: LlamaModel) => Pointer;

/** A model file loaded by libllama. */
export class LlamaModel implements Disposable {
  readonly #handle: Handle;
  readonly vocabulary: LlamaVocabulary;
  /** Tokens that the model was trained to hold. */
  readonly trainedContext: number;
  readonly chatTemplate: string | undefined;

  /** Throws BadFileError with the library's own complaint when the file cannot be loaded. */
  constructor(path: string) {
    const llama = native();
    const { takeComplaints } = nativeLibraries();
    takeComplaints();
    const pointer = llama.modelLoad(path, llama.modelDefaults());
    if (pointer === null) {
      const reason = takeComplaints()
        .map((line) => line.replace(/^\w+: /, "").trim())
        .at(0);
      throw new BadFileError(path, {
        en: `${path} cannot be loaded (${reason ?? "no reason given"}); take another copy or another quantisation of the model.`,
        zh: `无法加载 ${path}（${reason ?? "未给出原因"}）；请更换该模型的另一副本或另一量化版本。`,
      });
    }
    this.#handle = new Handle("model", pointer, llama.modelFree);
    this.vocabulary = new LlamaVocabulary(this.#handle);
    this.trainedContext = llama.trainedContext(pointer);
    this.chatTemplate = llama.chatTemplate(pointer, null) ?? undefined;
  }

  static {
    modelPointer = (model) => model.#handle.pointer;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

export interface ContextOptions {
  /** Tokens that the context holds. */
  readonly size: number;
  /** Tokens that one decode may take. */
  readonly batch: number;
  readonly threads: number;
}

let contextPointer: (context: LlamaContext) => Pointer;

/** A key-value cache of one sequence of tokens, and what was computed last. */
export class LlamaContext implements Disposable {
  readonly #handle: Handle;
  readonly #batch: Handle;
  readonly #views: BatchViews;
  readonly #native: NativeBatch;
  readonly #vocabularySize: number;
  readonly size: number;

  /** Throws LlamaError when there is not enough memory. */
  constructor(model: LlamaModel, { size, batch, threads }: ContextOptions) {
    const llama = native();
    const pointer = llama.contextNew(modelPointer(model), {
      ...llama.contextDefaults(),
      n_ctx: size,
      n_batch: batch,
      n_ubatch: batch,
      n_seq_max: 1,
      n_threads: threads,
      n_threads_batch: threads,
      no_perf: true,
    });
    if (pointer === null) {
      throw new LlamaError({
        en: `There is not enough memory for a context of ${size} tokens; ask for a smaller one.`,
        zh: `内存不足以容纳 ${size} 个词元的上下文；请减小上下文长度。`,
      });
    }
    this.#handle = new Handle("context", pointer, llama.contextFree);
    this.#native = llama.batchNew(batch, 0, 1);
    this.#batch = new Handle("batch", this.#native.token, () => llama.batchFree(this.#native));
    this.#views = viewsOf(this.#native, batch);
    this.#vocabularySize = model.vocabulary.size;
    this.size = llama.contextSize(pointer);
  }

  static {
    contextPointer = (context) => context.#handle.pointer;
  }

  /**
   * Computes tokens that follow what the cache holds, the first at position `start`. Logits are kept for the last
   * token, or for all. At most as many tokens as a batch takes.
   */
  decode(ids: readonly number[], start: number, logits: "last" | "all" = "last"): void {
    void this.#batch.pointer;
    const { token, position, sequenceCount, output } = this.#views;
    ids.forEach((id, i) => {
      token[i] = id;
      position[i] = start + i;
      sequenceCount[i] = 1;
      output[i] = logits === "all" || i === ids.length - 1 ? 1 : 0;
    });
    const status = native().decode(this.#handle.pointer, { ...this.#native, n_tokens: ids.length });
    if (status !== 0) {
      throw new LlamaError({
        en: `The native library could not compute ${ids.length} tokens at position ${start} (status ${status}); ask for a larger context or a shorter prompt.`,
        zh: `原生库无法在位置 ${start} 计算 ${ids.length} 个词元（状态 ${status}）；请增大上下文或缩短提示。`,
      });
    }
  }

  /** A copy of the logits after the i-th token of the last decode; -1 is the last one. */
  logits(i: number): Float32Array {
    const pointer = native().logits(this.#handle.pointer, i);
    if (pointer === null) throw new RangeError(`no logits were kept for token ${i}`);
    return new Float32Array(koffi.view(pointer, 4 * this.#vocabularySize)).slice();
  }

  /** Forgets everything from a position on. False where this model's memory cannot be cut there, only emptied. */
  forget(from: number): boolean {
    const llama = native();
    return llama.memoryRemove(llama.memory(this.#handle.pointer), 0, from, -1);
  }

  [Symbol.dispose](): void {
    this.#batch[Symbol.dispose]();
    this.#handle[Symbol.dispose]();
  }
}

interface BatchViews {
  readonly token: Int32Array;
  readonly position: Int32Array;
  readonly sequenceCount: Int32Array;
  readonly output: Int8Array;
}

/** Views over the arrays that llama_batch_init made; the sequence ids stay what it set them to: 0. */
function viewsOf(batch: NativeBatch, capacity: number): BatchViews {
  const sequenceLists = new BigUint64Array(koffi.view(batch.seq_id, 8 * capacity));
  for (const list of sequenceLists) new Int32Array(koffi.view(list, 4))[0] = 0;
  return {
    token: new Int32Array(koffi.view(batch.token, 4 * capacity)),
    position: new Int32Array(koffi.view(batch.pos, 4 * capacity)),
    sequenceCount: new Int32Array(koffi.view(batch.n_seq_id, 4 * capacity)),
    output: new Int8Array(koffi.view(batch.logits, capacity)),
  };
}

/** libllama's own samplers, one after the other. */
export class LlamaSampler implements Disposable {
  readonly #handle: Handle;

  constructor({ temperature, topK = 0, topP = 1, minP = 0, seed = 0 }: Sampling) {
    const llama = native();
    const chain = llama.chainNew({ no_perf: true });
    this.#handle = new Handle("sampler", chain, llama.samplerFree);
    if (temperature <= 0) {
      llama.chainAdd(chain, llama.greedy());
      return;
    }
    if (topK > 0) llama.chainAdd(chain, llama.topK(topK));
    if (topP < 1) llama.chainAdd(chain, llama.topP(topP, 1));
    if (minP > 0) llama.chainAdd(chain, llama.minP(minP, 1));
    llama.chainAdd(chain, llama.temperature(temperature));
    llama.chainAdd(chain, llama.dist(seed));
  }

  /** Draws a token from the logits after the last token of the last decode. */
  sample(context: LlamaContext): number {
    return native().sample(this.#handle.pointer, contextPointer(context), -1);
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
