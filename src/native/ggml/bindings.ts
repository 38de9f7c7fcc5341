import type { Pointer } from "../handle.ts";
import { boundOnce, type NativeFunction } from "../library.ts";

export type Unary = NativeFunction<[Pointer, Pointer], Pointer>;
export type Binary = NativeFunction<[Pointer, Pointer, Pointer], Pointer>;
export type RopeArguments = [
  Pointer,
  Pointer,
  Pointer,
  Pointer | null,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** The C functions of ggml. Prototypes as in ggml.h, ggml-alloc.h and ggml-backend.h of the pinned release. */
export const ggml = boundOnce(({ bind }) => {
  const base = <Arguments extends readonly unknown[], Result>(prototype: string) =>
    bind<Arguments, Result>("ggmlBase", prototype);
  const unary = (name: string): Unary => base(`void *${name}(void *, void *)`);
  const binary = (name: string): Binary => base(`void *${name}(void *, void *, void *)`);
  return {
    // descriptions of tensors
    init: base<[{ mem_size: number; mem_buffer: null; no_alloc: boolean }], Pointer | null>(
      "void *ggml_init(ggml_init_params)",
    ),
    free: base<[Pointer], void>("void ggml_free(void *)"),
    tensorOverhead: base<[], number>("size_t ggml_tensor_overhead(void)"),
    graphOverhead: base<[number, boolean], number>("size_t ggml_graph_overhead_custom(size_t, bool)"),
    newTensor: base<[Pointer, number, number, number, number, number], Pointer>(
      "void *ggml_new_tensor_4d(void *, int, int64_t, int64_t, int64_t, int64_t)",
    ),
    setInput: base<[Pointer], void>("void ggml_set_input(void *)"),
    setParameter: base<[Pointer], void>("void ggml_set_param(void *)"),
    setOutput: base<[Pointer], void>("void ggml_set_output(void *)"),
    setName: base<[Pointer, string], Pointer>("void *ggml_set_name(void *, const char *)"),
    rowSize: base<[number, number], number>("size_t ggml_row_size(int, int64_t)"),
    quantize: base<[number, Float32Array, Uint8Array, number, number, number, null], number>(
      "size_t ggml_quantize_chunk(int, const float *, void *, int64_t, int64_t, int64_t, const float *)",
    ),
    fromF16: base<[Uint8Array, Float32Array, number], void>(
      "void ggml_fp16_to_fp32_row(const void *, float *, int64_t)",
    ),
    fromBf16: base<[Uint8Array, Float32Array, number], void>(
      "void ggml_bf16_to_fp32_row(const void *, float *, int64_t)",
    ),
    toF16: base<[Float32Array, Uint8Array, number], void>(
      "void ggml_fp32_to_fp16_row(const float *, void *, int64_t)",
    ),
    toBf16: base<[Float32Array, Uint8Array, number], void>(
      "void ggml_fp32_to_bf16_row(const float *, void *, int64_t)",
    ),
    byteCount: base<[Pointer], number>("size_t ggml_nbytes(void *)"),
    write: base<[Pointer, ArrayBufferView, number, number], void>(
      "void ggml_backend_tensor_set(void *, const void *, size_t, size_t)",
    ),
    read: base<[Pointer, ArrayBufferView, number, number], void>(
      "void ggml_backend_tensor_get(const void *, void *, size_t, size_t)",
    ),
    // memory and computation
    backendOf: base<[Pointer, null], Pointer | null>("void *ggml_backend_dev_init(void *, const char *)"),
    backendFree: base<[Pointer], void>("void ggml_backend_free(void *)"),
    deviceByType: bind<[number], Pointer | null>("ggml", "void *ggml_backend_dev_by_type(int)"),
    deviceRegistry: base<[Pointer], Pointer>("void *ggml_backend_dev_backend_reg(void *)"),
    procedure: base<[Pointer, string], Pointer | null>(
      "void *ggml_backend_reg_get_proc_address(void *, const char *)",
    ),
    bufferType: base<[Pointer], Pointer>("void *ggml_backend_get_default_buffer_type(void *)"),
    allocateAll: base<[Pointer, Pointer], Pointer | null>(
      "void *ggml_backend_alloc_ctx_tensors(void *, void *)",
    ),
    bufferFree: base<[Pointer], void>("void ggml_backend_buffer_free(void *)"),
    bufferSize: base<[Pointer], number>("size_t ggml_backend_buffer_get_size(void *)"),
    bufferClear: base<[Pointer, number], void>("void ggml_backend_buffer_clear(void *, uint8_t)"),
    plannerNew: base<[Pointer], Pointer>("void *ggml_gallocr_new(void *)"),
    plannerFree: base<[Pointer], void>("void ggml_gallocr_free(void *)"),
    plannerAllocate: base<[Pointer, Pointer], boolean>("bool ggml_gallocr_alloc_graph(void *, void *)"),
    plannerSize: base<[Pointer, number], number>("size_t ggml_gallocr_get_buffer_size(void *, int)"),
    graphNew: base<[Pointer, number, boolean], Pointer>("void *ggml_new_graph_custom(void *, size_t, bool)"),
    graphExpand: base<[Pointer, Pointer], void>("void ggml_build_forward_expand(void *, void *)"),
    graphNodes: base<[Pointer], number>("int ggml_graph_n_nodes(void *)"),
    graphNode: base<[Pointer, number], Pointer>("void *ggml_graph_node(void *, int)"),
    graphClear: base<[Pointer], void>("void ggml_graph_clear(void *)"),
    graphAddNode: base<[Pointer, Pointer], void>("void ggml_graph_add_node(void *, void *)"),
    graphCompute: base<[Pointer, Pointer], number>("int ggml_backend_graph_compute(void *, void *)"),
    // operations
    add: binary("ggml_add"),
    addInPlace: binary("ggml_add_inplace"),
    mul: binary("ggml_mul"),
    div: binary("ggml_div"),
    sqr: unary("ggml_sqr"),
    sqrt: unary("ggml_sqrt"),
    log: unary("ggml_log"),
    sum: unary("ggml_sum"),
    sumRows: unary("ggml_sum_rows"),
    siluBack: binary("ggml_silu_back"),
    swiglu: binary("ggml_swiglu_split"),
    repeat: binary("ggml_repeat"),
    repeatBack: binary("ggml_repeat_back"),
    mulMat: binary("ggml_mul_mat"),
    outProd: binary("ggml_out_prod"),
    getRows: binary("ggml_get_rows"),
    getRowsBack: base<[Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_get_rows_back(void *, void *, void *, void *)",
    ),
    setRows: base<[Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_set_rows(void *, void *, void *, void *)",
    ),
    cont: unary("ggml_cont"),
    cast: base<[Pointer, Pointer, number], Pointer>("void *ggml_cast(void *, void *, int)"),
    scale: base<[Pointer, Pointer, number], Pointer>("void *ggml_scale(void *, void *, float)"),
    scaleBias: base<[Pointer, Pointer, number, number], Pointer>(
      "void *ggml_scale_bias(void *, void *, float, float)",
    ),
    clamp: base<[Pointer, Pointer, number, number], Pointer>(
      "void *ggml_clamp(void *, void *, float, float)",
    ),
    reshape: base<[Pointer, Pointer, number, number, number, number], Pointer>(
      "void *ggml_reshape_4d(void *, void *, int64_t, int64_t, int64_t, int64_t)",
    ),
    view1d: base<[Pointer, Pointer, number, number], Pointer>(
      "void *ggml_view_1d(void *, void *, int64_t, size_t)",
    ),
    permute: base<[Pointer, Pointer, number, number, number, number], Pointer>(
      "void *ggml_permute(void *, void *, int, int, int, int)",
    ),
    rmsNorm: base<[Pointer, Pointer, number], Pointer>("void *ggml_rms_norm(void *, void *, float)"),
    rmsNormBack: base<[Pointer, Pointer, Pointer, number], Pointer>(
      "void *ggml_rms_norm_back(void *, void *, void *, float)",
    ),
    softMax: base<[Pointer, Pointer, Pointer | null, number, number], Pointer>(
      "void *ggml_soft_max_ext(void *, void *, void *, float, float)",
    ),
    softMaxBack: base<[Pointer, Pointer, Pointer, number, number], Pointer>(
      "void *ggml_soft_max_ext_back(void *, void *, void *, float, float)",
    ),
    rope: base<RopeArguments, Pointer>(
      "void *ggml_rope_ext(void *, void *, void *, void *, int, int, int, float, float, float, float, float, float)",
    ),
    ropeBack: base<RopeArguments, Pointer>(
      "void *ggml_rope_ext_back(void *, void *, void *, void *, int, int, int, float, float, float, float, float, float)",
    ),
    adamw: base<[Pointer, Pointer, Pointer, Pointer, Pointer, Pointer], Pointer>(
      "void *ggml_opt_step_adamw(void *, void *, void *, void *, void *, void *)",
    ),
  };
});
