import { checkDefaults } from "../defaults.ts";
import type { Pointer } from "../handle.ts";
import { boundOnce } from "../library.ts";
import {
  type Batch,
  CONTEXT_DEFAULTS,
  type ContextParameters,
  defineLlamaStructs,
  MODEL_DEFAULTS,
  type ModelParameters,
  QUANTIZE_DEFAULTS,
  type QuantizeParameters,
} from "./structs.ts";

/** The C functions of libllama, its structs checked. Prototypes as in llama.h of the pinned release. */
export const llama = boundOnce(({ bind }) => {
  const llama = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("llama", prototype);
  defineLlamaStructs();
  const modelDefaults = llama<[], ModelParameters>("llama_model_params llama_model_default_params(void)")();
  const contextDefaults = llama<[], ContextParameters>(
    "llama_context_params llama_context_default_params(void)",
  )();
  checkDefaults("llama_model_params", modelDefaults, MODEL_DEFAULTS);
  checkDefaults("llama_context_params", contextDefaults, CONTEXT_DEFAULTS);
  const quantizeDefaults = llama<[], QuantizeParameters>(
    "llama_model_quantize_params llama_model_quantize_default_params(void)",
  )();
  checkDefaults("llama_model_quantize_params", quantizeDefaults, QUANTIZE_DEFAULTS);
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
    vectorSize: llama<[Pointer], number>("int32_t llama_model_n_embd_out(const void *)"),
    scoreCount: llama<[Pointer], number>("uint32_t llama_model_n_cls_out(const void *)"),
    isRecurrent: llama<[Pointer], boolean>("bool llama_model_is_recurrent(const void *)"),
    isHybrid: llama<[Pointer], boolean>("bool llama_model_is_hybrid(const void *)"),
    metadata: llama<[Pointer, string, Uint8Array, number], number>(
      "int32_t llama_model_meta_val_str(const void *, const char *, void *, size_t)",
    ),
    template: llama<[Pointer, null], string | null>(
      "const char *llama_model_chat_template(const void *, const char *)",
    ),
    quantize: llama<[string, string, QuantizeParameters], number>(
      "uint32_t llama_model_quantize(const char *, const char *, const llama_model_quantize_params *)",
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
    separator: llama<[Pointer], number>("int32_t llama_vocab_sep(const void *)"),
    addsEos: llama<[Pointer], boolean>("bool llama_vocab_get_add_eos(const void *)"),
    addsSeparator: llama<[Pointer], boolean>("bool llama_vocab_get_add_sep(const void *)"),
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
    attachThreadPool: llama<[Pointer, Pointer, null], void>(
      "void llama_attach_threadpool(void *, void *, void *)",
    ),
    decode: llama<[Pointer, Batch], number>("int32_t llama_decode(void *, llama_batch)"),
    logits: llama<[Pointer, number], Pointer | null>("void *llama_get_logits_ith(void *, int32_t)"),
    vector: llama<[Pointer, number], Pointer | null>("void *llama_get_embeddings_ith(void *, int32_t)"),
    scores: llama<[Pointer, number], Pointer | null>("void *llama_get_embeddings_seq(void *, int32_t)"),
    memory: llama<[Pointer], Pointer>("void *llama_get_memory(const void *)"),
    memoryClear: llama<[Pointer, boolean], void>("void llama_memory_clear(void *, bool)"),
    memoryRemove: llama<[Pointer, number, number, number], boolean>(
      "bool llama_memory_seq_rm(void *, int32_t, int32_t, int32_t)",
    ),
    memoryCopy: llama<[Pointer, number, number, number, number], void>(
      "void llama_memory_seq_cp(void *, int32_t, int32_t, int32_t, int32_t)",
    ),
    // state
    stateSize: llama<[Pointer, number], number>("size_t llama_state_seq_get_size(void *, int32_t)"),
    stateGet: llama<[Pointer, Uint8Array, number, number], number>(
      "size_t llama_state_seq_get_data(void *, void *, size_t, int32_t)",
    ),
    stateSet: llama<[Pointer, Uint8Array, number, number], number>(
      "size_t llama_state_seq_set_data(void *, const void *, size_t, int32_t)",
    ),
    // adapters
    adapterLoad: llama<[Pointer, string], Pointer | null>(
      "void *llama_adapter_lora_init(void *, const char *)",
    ),
    adapterFree: llama<[Pointer], void>("void llama_adapter_lora_free(void *)"),
    setAdapters: llama<[Pointer, BigUint64Array, number, Float32Array], number>(
      "int32_t llama_set_adapters_lora(void *, void *, size_t, void *)",
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
    typical: llama<[number, number], Pointer>("void *llama_sampler_init_typical(float, size_t)"),
    temperature: llama<[number], Pointer>("void *llama_sampler_init_temp(float)"),
    logitBias: llama<[number, number, Uint8Array], Pointer>(
      "void *llama_sampler_init_logit_bias(int32_t, int32_t, const void *)",
    ),
    penalties: llama<[number, number, number, number, number], Pointer>(
      "void *llama_sampler_init_penalties(int32_t, int32_t, float, float, float)",
    ),
    dry: llama<[Pointer, number, number, number, number, readonly string[], number], Pointer>(
      "void *llama_sampler_init_dry(const void *, float, float, int32_t, int32_t, const char **, size_t)",
    ),
    grammar: llama<[Pointer, string, string], Pointer | null>(
      "void *llama_sampler_init_grammar(const void *, const char *, const char *)",
    ),
    accept: llama<[Pointer, number], void>("void llama_sampler_accept(void *, int32_t)"),
    apply: llama<[Pointer, Pointer], void>("void llama_sampler_apply(void *, void *)"),
    sample: llama<[Pointer, Pointer, number], number>(
      "int32_t llama_sampler_sample(void *, void *, int32_t)",
    ),
  };
});
