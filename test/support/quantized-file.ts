import koffi from "koffi";
import type { Quantization } from "../../src/catalog/quantization.ts";
import { nativeLibraries } from "../../src/native/library.ts";

/** `enum llama_ftype`. */
const FILE_TYPES: Readonly<Record<Quantization, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q8_0: 7,
  Q3_K_M: 12,
  Q4_K_S: 14,
  Q4_K_M: 15,
  Q5_K_M: 17,
  Q6_K: 18,
  BF16: 32,
  MXFP4_MOE: 38,
};

interface Parameters {
  readonly nthread: number;
  readonly ftype: number;
  readonly allow_requantize: boolean;
}

koffi.struct("test_quantize_params", {
  nthread: "int32_t",
  ftype: "int32_t",
  output_tensor_type: "int32_t",
  token_embedding_type: "int32_t",
  allow_requantize: "bool",
  flags: koffi.array("bool", 5),
  imatrix: "void *",
  kv_overrides: "void *",
  tt_overrides: "void *",
  prune_layers: "void *",
  max_buf_size: "size_t",
});

/** Writes a file again in another mix, by the library's own quantisation and on one thread. */
export function quantize(from: string, to: string, quantization: Quantization): void {
  const { bind, takeComplaints } = nativeLibraries();
  const defaults = bind<[], Parameters>(
    "llama",
    "test_quantize_params llama_model_quantize_default_params(void)",
  )();
  const code = bind<[string, string, Parameters], number>(
    "llama",
    "uint32_t llama_model_quantize(const char *, const char *, const test_quantize_params *)",
  )(from, to, { ...defaults, nthread: 1, ftype: FILE_TYPES[quantization], allow_requantize: true });
  if (code !== 0) throw new Error(`${to}: ${takeComplaints().join("; ")}`);
}
