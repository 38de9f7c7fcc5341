/** The types that a model can be converted to. */
export const CONVERT_TYPES = ["f32", "f16", "bf16", "q8_0"] as const;
/** One of `CONVERT_TYPES`. */
export type ConvertType = (typeof CONVERT_TYPES)[number];

/** What a file can be quantised to without an importance matrix, the largest first. */
export const QUANTIZE_TYPES = [
  "Q8_0",
  "Q6_K",
  "Q5_K_M",
  "Q5_K_S",
  "Q5_1",
  "Q5_0",
  "Q4_K_M",
  "Q4_K_S",
  "IQ4_NL",
  "IQ4_XS",
  "Q4_1",
  "Q4_0",
  "Q3_K_L",
  "Q3_K_M",
  "Q3_K_S",
  "Q2_K",
] as const;
/** One of `QUANTIZE_TYPES`. */
export type QuantizeType = (typeof QUANTIZE_TYPES)[number];
