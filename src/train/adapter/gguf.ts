import { type GgufTensor, type GgufValue, writeGguf } from "../../native/gguf-writer.ts";
import { bytesOfFloats } from "../../native/rows.ts";
import type { ModelConfig } from "../arch/config.ts";
import type { WeightValues } from "../trainer.ts";
import { lineage, type TunedRecord } from "../tuned-file.ts";
import { type AdapterConfig, adapterSpecs, scaleOf } from "./adapter.ts";

/**
 * Writes an adapter as a GGUF file that llama.cpp adds to its parent. Source of the keys: `llama_adapter_lora_init_impl`
 * of the pinned library, which scales by alpha / rank; rsLoRA's alpha is stated so that this gives its own scale. DoRA
 * is no sum and cannot be kept so.
 */
export function writeAdapterGguf(
  path: string,
  config: ModelConfig,
  adapter: AdapterConfig & { readonly kind: "lora" | "rslora" },
  record: TunedRecord,
  learned: WeightValues,
): Promise<void> {
  const tensors = adapterSpecs(config, adapter).map(({ name, sizes }): GgufTensor => {
    const values = learned.get(name);
    if (values === undefined) throw new RangeError(`the adapter has no ${name}`);
    return { name, sizes, type: "f32", pieces: () => [bytesOfFloats(values, "f32", sizes[0] ?? 1)] };
  });
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", config.architecture],
    ["general.type", "adapter"],
    ["adapter.type", "lora"],
    ["adapter.lora.alpha", { f32: scaleOf(adapter) * adapter.rank }],
    ...lineage(record),
  ]);
  return writeGguf(path, metadata, tensors);
}
