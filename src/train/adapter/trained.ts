import { z } from "zod";
import { BadFileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { STAGES } from "../../stage/stage.ts";
import { PROJECTIONS } from "../arch/config.ts";
import { held } from "../reading.ts";
import { readState, writeState } from "../run/state-file.ts";
import type { WeightValues } from "../trainer.ts";
import type { TunedRecord } from "../tuned-file.ts";
import { ADAPTER_KINDS, type AdapterConfig } from "./adapter.ts";

/** What an adapter run makes: all that is needed to add it to its parent, or to write it in another format. */
export interface TrainedAdapter {
  readonly adapter: AdapterConfig;
  /** The model's record once the adapter is added, with its parent's name and hash. */
  readonly record: TunedRecord;
  /** Where the parent's GGUF file lay. */
  readonly parentPath: string;
  /** By the names of `adapterSpecs`. */
  readonly learned: WeightValues;
}

/** The file that a run with an adapter leaves in its folder. */
export const TRAINED_ADAPTER = "adapter.safetensors";

const adapterSchema = z.object({
  kind: z.enum(ADAPTER_KINDS),
  rank: z.int().positive(),
  alpha: z.number().positive(),
  targets: z.array(z.enum(PROJECTIONS)).min(1),
  rows: z.array(z.int().min(0)).exactOptional(),
});

const recordSchema = z.object({
  name: z.string(),
  stage: z.enum(STAGES).exactOptional(),
  counterpart: z.string().exactOptional(),
  license: z.string(),
  languages: z.array(z.string()),
  chatTemplate: z.string().exactOptional(),
  endToken: z.int().exactOptional(),
  parent: z.object({ name: z.string(), hash: z.string() }),
});

/** Writes it as a safetensors file with the SHA-256 of its contents. Throws BadFileError. */
export async function writeTrainedAdapter(path: string, trained: TrainedAdapter): Promise<void> {
  const { adapter, record, parentPath, learned } = trained;
  const notes = {
    holds: "adapter",
    adapter: JSON.stringify(adapter),
    record: JSON.stringify(record),
    parentPath,
  };
  const tensors = [...learned].map(([name, values]) => ({ name, ...held(values) }));
  await writeState(path, notes, tensors);
}

/** Reads it back. Throws BadFileError for a file that is damaged or holds something else. */
export async function readTrainedAdapter(path: string): Promise<TrainedAdapter> {
  const { metadata, tensors } = await readState(path);
  try {
    if (metadata.holds !== "adapter") throw new RangeError("it holds no adapter");
    return {
      adapter: adapterSchema.parse(JSON.parse(metadata.adapter ?? "")),
      record: recordSchema.parse(JSON.parse(metadata.record ?? "")),
      parentPath: metadata.parentPath ?? "",
      learned: tensors,
    };
  } catch (cause) {
    const shown = printable(path, 300);
    const text = {
      en: `${shown} holds no trained adapter; give the ${TRAINED_ADAPTER} that a run with an adapter wrote.`,
      zh: `${shown} 中没有训练好的适配器；请给出带 adapter 的训练所写的 ${TRAINED_ADAPTER}。`,
    };
    throw new BadFileError(path, text, { cause });
  }
}
