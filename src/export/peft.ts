import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type SafetensorsOutput, writeSafetensors } from "../formats/safetensors/write.ts";
import { adaptedWeights, matricesOfRows, PARTS } from "../train/adapter/adapter.ts";
import type { TrainedAdapter } from "../train/adapter/trained.ts";
import type { ModelConfig } from "../train/arch/config.ts";
import { placesOf, withHalves } from "./places.ts";
import { writeJson } from "./write-json.ts";

/** How PEFT names the parts of an adapter in its file. */
export const PEFT_PARTS = {
  a: "lora_A.weight",
  b: "lora_B.weight",
  magnitude: "lora_magnitude_vector",
  rows: "token_adapter.trainable_tokens_delta", // not what they changed by, whatever its name says
} as const;

/**
 * Writes an adapter as PEFT keeps one: `adapter_config.json` and `adapter_model.safetensors`. Source of names and fields:
 * `LoraConfig` and `get_peft_model_state_dict` of PEFT 0.19.
 *
 * @param base what PEFT is to load the parent by: a repository or a folder.
 */
export async function writePeft(
  folder: string,
  config: ModelConfig,
  { adapter, learned }: TrainedAdapter,
  base: string,
): Promise<string[]> {
  const places = placesOf(config);
  const adapted = adaptedWeights(config, adapter).map(({ name, sizes: [inputs = 1, outputs = 1] }) => {
    const place = places.get(name);
    if (place === undefined) throw new RangeError(`${name} has no place in ${config.architecture}`);
    const module = place.name.replace(/\.weight$/, "");
    return { gguf: name, inputs, outputs, module, interleaved: place.interleaved };
  });
  const tensors = adapted.flatMap(({ gguf, inputs, outputs, module, interleaved }): SafetensorsOutput[] => {
    const rows = (values: Float32Array, columns: number): Float32Array =>
      interleaved === undefined ? values : withHalves(values, columns, interleaved);
    const part = (
      kind: keyof typeof PARTS,
      shape: readonly number[],
      turn: (values: Float32Array) => Float32Array,
    ): SafetensorsOutput[] => {
      const values = learned.get(`${gguf}.${PARTS[kind]}`);
      if (values === undefined) return [];
      const name = `base_model.model.${module}.${PEFT_PARTS[kind]}`;
      return [{ name, dtype: "F32", shape, pieces: () => [bytesOf(turn(values))] }];
    };
    return [
      ...part("a", [adapter.rank, inputs], (values) => values),
      ...part("b", [outputs, adapter.rank], (values) => rows(values, adapter.rank)),
      ...part("magnitude", [outputs], (values) => rows(values, 1)),
    ];
  });
  const { rows = [] } = adapter;
  const ofRows = matricesOfRows(config, adapter).flatMap(
    (gguf): { module: string; tensor: SafetensorsOutput }[] => {
      const [place, values] = [places.get(gguf), learned.get(`${gguf}.${PARTS.rows}`)];
      if (place === undefined || values === undefined) return [];
      const module = place.name.replace(/\.weight$/, "");
      const name = `base_model.model.${module}.${PEFT_PARTS.rows}`;
      const shape = [rows.length, config.hiddenSize];
      return [{ module, tensor: { name, dtype: "F32", shape, pieces: () => [bytesOf(values)] } }];
    },
  );
  const [settings, weights] = [
    join(folder, "adapter_config.json"),
    join(folder, "adapter_model.safetensors"),
  ];
  await mkdir(folder, { recursive: true });
  await writeSafetensors(weights, { format: "pt" }, [...tensors, ...ofRows.map(({ tensor }) => tensor)]);
  await writeJson(settings, {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    use_rslora: adapter.kind === "rslora",
    use_dora: adapter.kind === "dora",
    target_modules: [...new Set(adapted.map(({ module }) => module.split(".").at(-1)))],
    ...(ofRows.length === 0
      ? {}
      : {
          trainable_token_indices: Object.fromEntries(
            ofRows.map(({ module }) => [module.split(".").at(-1), rows]),
          ),
        }),
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
  });
  return [settings, weights];
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
