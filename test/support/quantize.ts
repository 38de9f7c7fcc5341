import koffi from "koffi";
import { tensorType } from "../../src/formats/gguf/tensor-types.ts";
import { findNativeFiles } from "../../src/native/platform.ts";

const base = koffi.load(findNativeFiles().ggmlBase);
const quantizeChunk = base.func(
  "size_t ggml_quantize_chunk(int type, const float *src, _Out_ uint8_t *dst, int64_t start, int64_t rows, int64_t columns, const void *imatrix)",
);
const f16 = base.func("void ggml_fp32_to_fp16_row(const float *x, _Out_ uint16_t *y, int64_t n)");
const bf16 = base.func("void ggml_fp32_to_bf16_row(const float *x, _Out_ uint16_t *y, int64_t n)");

/** Rows packed as libggml packs them in a type of this GGUF number. */
export function packRows(typeNumber: number, rows: readonly Float32Array[]): Uint8Array {
  const type = tensorType(typeNumber);
  if (type === undefined) throw new Error(`no tensor type ${typeNumber}`);
  return Buffer.concat(
    rows.map((row) => {
      if (type.name === "F32") return Buffer.from(row.slice().buffer);
      if (type.name === "F16" || type.name === "BF16") {
        const halves = new Uint16Array(row.length);
        (type.name === "F16" ? f16 : bf16)(row, halves, row.length);
        return Buffer.from(halves.buffer);
      }
      const packed = new Uint8Array((row.length / type.blockElements) * type.blockBytes);
      quantizeChunk(typeNumber, row, packed, 0, 1, row.length, null);
      return Buffer.from(packed);
    }),
  );
}
