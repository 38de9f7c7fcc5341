import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { GgufHeader } from "../formats/gguf/header.ts";
import type { Dtype } from "../formats/safetensors/dtypes.ts";
import { type SafetensorsOutput, writeSafetensors } from "../formats/safetensors/write.ts";
import { bytesOfFloats, type FloatType } from "../native/rows.ts";
import type { ModelConfig } from "../train/arch/config.ts";
import { weightSpecs } from "../train/arch/weights.ts";
import { asWritten, configJson, oneOrAll } from "./config-json.ts";
import { placesOf, withHalves } from "./places.ts";
import { type SpecialTokens, tokenizerFiles } from "./tokenizer-files.ts";
import { writeJson } from "./write-json.ts";

/** A model to write as a folder: a GGUF file, or what is said otherwise of it. */
export interface ExportedModel {
  readonly header: GgufHeader;
  readonly config: ModelConfig;
  /** The file's own unless stated. */
  readonly chatTemplate?: string | undefined;
  readonly endToken?: number | undefined;
  /** The values of a tensor by its name in GGUF. */
  readonly valuesOf: (name: string) => Float32Array | undefined;
}

const DTYPES: Readonly<Record<FloatType, Dtype>> = { f32: "F32", f16: "F16", bf16: "BF16" };
/** Tokens that libllama also ends generation on, by their keys. */
const END_KEYS = ["eos", "eot", "eom"];

/**
 * Writes a model in Hugging Face's layout: config.json, generation_config.json, tokenizer.json, tokenizer_config.json with
 * the chat template, and model.safetensors, one tensor in memory at a time. Throws UnexportableError, and BadFileError where it cannot be written.
 */
export async function writeFolder(
  folder: string,
  model: ExportedModel,
  type: FloatType,
  signal?: AbortSignal,
): Promise<string[]> {
  const { header, config, valuesOf } = model;
  const { metadata } = header;
  const special = specialTokens(model);
  const chatTemplate = model.chatTemplate ?? metadata.string("tokenizer.chat_template");
  const { tokenizer, settings } = tokenizerFiles(header, special, chatTemplate, config.context);
  const shape = configJson(header.path, config, type, special, valuesOf);
  await mkdir(folder, { recursive: true });
  const weights = join(folder, "model.safetensors");
  await writeSafetensors(weights, { format: "pt" }, tensorsOf(model, type), signal);
  const files = {
    "config.json": shape,
    "generation_config.json": generationConfig(model, special),
    "tokenizer.json": tokenizer,
    "tokenizer_config.json": settings,
  };
  for (const [name, value] of Object.entries(files)) await writeJson(join(folder, name), value);
  return [...Object.keys(files).map((name) => join(folder, name)), weights];
}

function specialTokens({ header: { metadata }, endToken }: ExportedModel): SpecialTokens {
  const id = (key: string): number | undefined => metadata.number(`tokenizer.ggml.${key}_token_id`);
  const ends = [endToken, ...END_KEYS.map(id)].filter((token) => token !== undefined);
  return { bos: id("bos"), ends: [...new Set(ends)], pad: id("padding") };
}

function generationConfig({ header: { metadata } }: ExportedModel, special: SpecialTokens): object {
  const sampling = Object.entries({
    temperature: "temp",
    top_k: "top_k",
    top_p: "top_p",
    min_p: "min_p",
    repetition_penalty: "penalty_repeat",
  }).flatMap(([name, key]) => {
    const value = metadata.number(`general.sampling.${key}`);
    return value === undefined ? [] : [[name, asWritten(value)]];
  });
  return {
    ...(special.bos === undefined ? {} : { bos_token_id: special.bos }),
    ...(special.ends.length === 0 ? {} : { eos_token_id: oneOrAll(special.ends) }),
    ...(special.pad === undefined ? {} : { pad_token_id: special.pad }),
    ...(sampling.length === 0 ? {} : { do_sample: true, ...Object.fromEntries(sampling) }),
  };
}

function tensorsOf({ config, valuesOf }: ExportedModel, type: FloatType): SafetensorsOutput[] {
  const places = placesOf(config);
  return weightSpecs(config).map(({ name, sizes }) => {
    const place = places.get(name);
    if (place === undefined) throw new RangeError(`${name} has no place in ${config.architecture}`);
    const [columns = 1] = sizes;
    const pieces = (): Uint8Array[] => {
      const values = valuesOf(name);
      if (values === undefined) throw new RangeError(`no values for the weight ${name}`);
      const { interleaved } = place;
      const rows =
        interleaved === undefined
          ? values
          : withHalves(values, sizes.length === 1 ? 1 : columns, interleaved);
      return [bytesOfFloats(rows, type, columns)];
    };
    return { name: place.name, dtype: DTYPES[type], shape: sizes.toReversed(), pieces };
  });
}
