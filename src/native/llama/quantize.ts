import { nativeLibraries } from "../library.ts";
import { llama } from "./bindings.ts";
import { complaint } from "./complaint.ts";
import { LlamaError } from "./error.ts";
import { QUANTIZE_DEFAULTS } from "./structs.ts";

/** Rows of one tensor that are in memory at once. */
const MAX_BUFFER_BYTES = 256 * 2 ** 20;

/** The numbers of file types in `enum llama_ftype`. */
const FILE_TYPES = {
  Q4_0: 2,
  Q4_1: 3,
  Q8_0: 7,
  Q5_0: 8,
  Q5_1: 9,
  Q2_K: 10,
  Q3_K_S: 11,
  Q3_K_M: 12,
  Q3_K_L: 13,
  Q4_K_S: 14,
  Q4_K_M: 15,
  Q5_K_S: 16,
  Q5_K_M: 17,
  Q6_K: 18,
  IQ4_NL: 25,
  IQ4_XS: 30,
} as const;

/**
 * Quantises a GGUF file into another one, on another thread. Check the header before: what contradicts itself aborts the
 * process. Throws LlamaError with what the library complained about.
 */
export async function quantizeFile(
  from: string,
  to: string,
  type: keyof typeof FILE_TYPES,
  threads: number,
): Promise<void> {
  nativeLibraries().takeComplaints();
  const parameters = {
    ...QUANTIZE_DEFAULTS,
    ftype: FILE_TYPES[type],
    nthread: threads,
    max_buf_size: MAX_BUFFER_BYTES,
  };
  const status = await new Promise<number>((resolve, reject) => {
    llama().quantize.async(from, to, parameters, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
  if (status === 0) return;
  const reason = complaint();
  throw new LlamaError({
    en: `The native library could not quantise it to ${type} (${reason}).`,
    zh: `原生库无法将其量化为 ${type}（${reason}）。`,
  });
}
