import { type TensorType, tensorTypeNamed } from "../formats/gguf/tensor-types.ts";
import type { ModelShape } from "./shape.ts";
import { elements, type ModelTensor, tensorsOf } from "./tensors.ts";

/** How a GGUF file packs its matrices, smallest first: the mixes of llama.cpp's `llama-quantize`. */
export const QUANTIZATIONS = [
  "Q3_K_M",
  "Q4_0",
  "MXFP4_MOE",
  "Q4_K_S",
  "Q4_K_M",
  "Q5_K_M",
  "Q6_K",
  "Q8_0",
  "F16",
  "BF16",
  "F32",
] as const;
export type Quantization = (typeof QUANTIZATIONS)[number];

/** The type that a mix gives to what has no rule of its own. Source: `llama_ftype_get_default_type`. */
const DEFAULT_TYPES: Readonly<Record<Quantization, string>> = {
  Q3_K_M: "Q3_K",
  Q4_0: "Q4_0",
  MXFP4_MOE: "MXFP4",
  Q4_K_S: "Q4_K",
  Q4_K_M: "Q4_K",
  Q5_K_M: "Q5_K",
  Q6_K: "Q6_K",
  Q8_0: "Q8_0",
  F16: "F16",
  BF16: "BF16",
  F32: "F32",
};
const PLAIN = ["F16", "BF16", "F32"];

/** Where rows are no multiple of a type's block. Source: `tensor_type_fallback`. */
const FALLBACKS: Readonly<Record<string, string>> = {
  Q3_K: "Q4_0",
  Q4_K: "Q5_0",
  Q5_K: "Q5_1",
  Q6_K: "Q8_0",
};

/** A tensor with the type that a file keeps it in, and the bytes it takes there. */
export interface PackedTensor extends ModelTensor {
  readonly type: string;
  readonly bytes: number;
}

/**
 * Every tensor of a model as `llama-quantize` packs it, without an importance matrix. Source: `llama-quant.cpp` of
 * the pinned llama.cpp (`tensor_allows_quantization`, `llama_tensor_get_type_impl`); a test compares the bytes with
 * what the library itself writes.
 */
export function packedTensors(shape: ModelShape, quantization: Quantization): readonly PackedTensor[] {
  const known = KNOWN.get(shape) ?? new Map<Quantization, readonly PackedTensor[]>();
  KNOWN.set(shape, known);
  const packed = known.get(quantization) ?? packedAs(shape, quantization);
  known.set(quantization, packed);
  return packed;
}

/** Shapes are asked many times over. */
const KNOWN = new WeakMap<ModelShape, Map<Quantization, readonly PackedTensor[]>>();

function packedAs(shape: ModelShape, quantization: Quantization): PackedTensor[] {
  const tensors = tensorsOf(shape);
  const count = tensors.filter(({ name }) => isValue(name)).length;
  let index = -1;
  return tensors.map((tensor) => {
    if (isValue(tensor.name)) index++;
    const type = packingOf(tensor, shape, quantization, { index, count });
    return { ...tensor, type: type.name, bytes: (elements(tensor) / type.blockElements) * type.blockBytes };
  });
}

/** Where a tensor stands among those of its kind. */
interface Place {
  readonly index: number;
  readonly count: number;
}

function packingOf(
  tensor: ModelTensor,
  shape: ModelShape,
  quantization: Quantization,
  value: Place,
): TensorType {
  if (!isPacked(tensor)) return tensorTypeNamed("F32");
  const standard = DEFAULT_TYPES[quantization];
  if (PLAIN.includes(standard)) return tensorTypeNamed(standard);
  return fitting(mixedType(tensor, shape, quantization, value), tensor);
}

/** Vectors, norms and what chooses experts stay exact. */
function isPacked({ name, sizes }: ModelTensor): boolean {
  return (
    sizes.length >= 2 &&
    name.endsWith(".weight") &&
    !/_norm\.weight$|ffn_gate_inp|ssm_conv1d|^(position_embd|token_types)\.weight$/.test(name)
  );
}

function isValue(name: string): boolean {
  return /attn_(v|qkv)\.weight$/.test(name);
}

function mixedType(
  { name, sizes }: ModelTensor,
  shape: ModelShape,
  quantization: Quantization,
  value: Place,
): string {
  const standard = DEFAULT_TYPES[quantization];
  const [rowLength = 0] = sizes;
  const isOutput = name === "output.weight" || (shape.tied && name === "token_embd.weight");
  if (quantization === "MXFP4_MOE") return !isOutput && sizes.length > 2 ? "MXFP4" : "Q8_0";
  if (isOutput) {
    const divides = rowLength % tensorTypeNamed(standard).blockElements === 0;
    return divides && standard !== "Q8_0" ? "Q6_K" : "Q8_0";
  }
  if (isValue(name)) return valueType(shape, quantization, value);
  if (/ffn_down/.test(name)) return downType(layerOf(name), shape.layers, quantization);
  if (/attn_output/.test(name) && quantization === "Q3_K_M") return "Q4_K";
  return standard;
}

function valueType({ architecture, layers }: ModelShape, quantization: Quantization, at: Place): string {
  const standard = DEFAULT_TYPES[quantization];
  const type =
    quantization === "Q3_K_M"
      ? at.index < 2
        ? "Q5_K"
        : "Q4_K"
      : isMixed(quantization) && getsMoreBits(at)
        ? "Q6_K"
        : quantization === "Q4_K_S" && at.index < 4
          ? "Q5_K"
          : standard;
  // llama.cpp calls these shapes "70B", where eight heads share one value.
  const isLarge = layers === 80 && (architecture === "llama" || architecture === "qwen2");
  return isLarge && (type === "Q3_K" || type === "Q4_K") ? "Q5_K" : type;
}

function downType(layer: number, layers: number, quantization: Quantization): string {
  const standard = DEFAULT_TYPES[quantization];
  if (quantization === "Q3_K_M") return layer < Math.floor(layers / 16) ? "Q5_K" : "Q4_K";
  if (quantization === "Q4_K_S") return layer < Math.floor(layers / 8) ? "Q5_K" : standard;
  return isMixed(quantization) && getsMoreBits({ index: layer, count: layers }) ? "Q6_K" : standard;
}

function isMixed(quantization: Quantization): boolean {
  return quantization === "Q4_K_M" || quantization === "Q5_K_M";
}

/** The first and last eighth, and every third between: `use_more_bits`. */
function getsMoreBits({ index, count }: Place): boolean {
  const eighth = Math.floor(count / 8);
  return index < eighth || index >= Math.floor((7 * count) / 8) || (index - eighth) % 3 === 2;
}

function fitting(name: string, { sizes: [rowLength = 0] }: ModelTensor): TensorType {
  const fits = (type: TensorType): boolean => rowLength % type.blockElements === 0;
  const wanted = tensorTypeNamed(name);
  if (fits(wanted)) return wanted;
  const fallback = tensorTypeNamed(FALLBACKS[name] ?? name);
  return fits(fallback) ? fallback : tensorTypeNamed("F16");
}

function layerOf(name: string): number {
  return Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? 0);
}
