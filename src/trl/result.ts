import { join } from "node:path";
import { BadFileError } from "../errors.ts";
import { PEFT_PARTS } from "../export/peft.ts";
import { placesOf, withPairs } from "../export/places.ts";
import { readCheckpoint, type StoredTensor } from "../formats/safetensors/checkpoint.ts";
import { readSafetensorsHeader, type SafetensorsTensor } from "../formats/safetensors/header.ts";
import { tensorBytes } from "../formats/safetensors/tensor-bytes.ts";
import { filesOfFolder } from "../hub/model-files.ts";
import { rowToFloats } from "../native/ggml/dequantize.ts";
import { printable } from "../printable.ts";
import { type AdapterConfig, learnedSpecs, PARTS, weightOf } from "../train/adapter/adapter.ts";
import type { ModelConfig } from "../train/arch/config.ts";
import type { WeightReader } from "../train/reading.ts";

/**
 * What a folder that transformers or PEFT saved has learned, by our names: each weight is read when it is asked for. Throws
 * BadFileError where one is missing or of another size.
 */
export async function learnedIn(
  folder: string,
  config: ModelConfig,
  adapter: AdapterConfig | undefined,
): Promise<WeightReader> {
  const { tensors } =
    adapter === undefined
      ? await readCheckpoint(filesOfFolder(folder))
      : await readSafetensorsHeader(join(folder, ADAPTER_FILE));
  const pathOf = (tensor: SafetensorsTensor | StoredTensor): string =>
    join(folder, "file" in tensor ? tensor.file : ADAPTER_FILE);
  const places = placesOf(config);
  const sizesOf = new Map(learnedSpecs(config, adapter).map(({ name, sizes }) => [name, sizes]));
  const get = (name: string): Float32Array | undefined => {
    const sizes = sizesOf.get(name);
    const place = places.get(adapter === undefined ? name : weightOf(name));
    if (sizes === undefined || place === undefined) return undefined;
    const theirs = adapter === undefined ? place.name : peftName(place.name, name);
    const tensor = tensors.get(theirs);
    const count = sizes.reduce((product, size) => product * size, 1);
    const values = tensor && floatsOf(pathOf(tensor), tensor);
    if (values?.length !== count) throw notLearned(folder, theirs);
    // A changes what goes in, whose order is the same
    if (place.interleaved === undefined || name.endsWith(`.${PARTS.a}`)) return values;
    return withPairs(values, sizes.length === 1 ? 1 : (sizes[0] ?? 1), place.interleaved);
  };
  for (const name of sizesOf.keys()) if (tensors.size < sizesOf.size) get(name); // says which one is missing
  return { get };
}

const ADAPTER_FILE = "adapter_model.safetensors";

/** @param part our name of a part of an adapter. */
function peftName(weight: string, part: string): string {
  const kind = part.slice(part.lastIndexOf(".") + 1);
  const suffix = Object.entries(PARTS).find(([, ours]) => ours === kind)?.[0];
  if (suffix === undefined || !isPart(suffix)) throw new RangeError(`${part} is no part of an adapter`);
  return `base_model.model.${weight.replace(/\.weight$/, "")}.${PEFT_PARTS[suffix]}`;
}

function isPart(name: string): name is keyof typeof PEFT_PARTS {
  return Object.hasOwn(PEFT_PARTS, name);
}

function floatsOf(path: string, tensor: SafetensorsTensor): Float32Array | undefined {
  const bytes = tensorBytes(path, tensor);
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  return tensor.dtype === "F32" ? new Float32Array(bytes.buffer) : rowToFloats(tensor.dtype, bytes, count);
}

function notLearned(folder: string, name: string): BadFileError {
  const shown = printable(folder, 300);
  return new BadFileError(folder, {
    en: `${shown} does not hold ${printable(name)} as it was planned, or is cut short; remove it and train again.`,
    zh: `${shown} 中没有与计划相符的 ${printable(name)}，或文件不完整；请删除后重新训练。`,
  });
}
