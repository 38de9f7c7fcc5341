import { join } from "node:path";
import type { GgufHeader } from "../formats/gguf/header.ts";
import type { GgufProgress, GgufTensor } from "../native/gguf-writer.ts";
import { bytesOfFloats, FILE_TYPES, type RowType, rowTypeFor } from "../native/rows.ts";
import { type AdapterConfig, adapterSpecs } from "./adapter/adapter.ts";
import { writeAdapterGguf } from "./adapter/gguf.ts";
import { mergedValues } from "./adapter/merge.ts";
import { TRAINED_ADAPTER, writeTrainedAdapter } from "./adapter/trained.ts";
import type { ModelConfig } from "./arch/config.ts";
import { constantSpecs, weightSpecs } from "./arch/weights.ts";
import { exportGguf, type FileType, type ModelRecord, spaceForLargest } from "./export.ts";
import type { Parent } from "./parent.ts";
import type { WeightReader } from "./reading.ts";
import type { WeightValues } from "./trainer.ts";
import { type TunedRecord, writeTuned } from "./tuned-file.ts";

/** What the engine loads to write with the weights as they are now: a model, and perhaps an adapter beside it. */
export interface Trial {
  readonly model: string;
  readonly adapter?: string;
  /** Files to remove when it was tried. */
  readonly files: readonly string[];
}

/** How what was learned becomes files. */
export interface Results {
  /** Bytes that the files take for each number that is learned. */
  readonly fileBytes: number;
  /** Writes the files of the run into its folder; their paths, the one to use first. */
  write(folder: string, learned: WeightReader): Promise<string[]>;
  /** Writes what a trial needs into a folder. */
  trial(folder: string, learned: WeightReader): Promise<Trial>;
}

const TYPES = ["f32", "q8_0"] as const;
/** 4 for f32, and 34 bytes a block of 32 for q8_0. */
const MODEL_BYTES = 4 + 34 / 32;
/** An adapter is written twice, as f32. */
const ADAPTER_BYTES = 8;

/** A model made from nothing: exact, and in 8 bits. */
export function pretrainedResults(record: ModelRecord): Results {
  return wholeResults((path, learned, type) => exportGguf(path, record, learned, type));
}

/** A model all of whose weights were tuned. */
export function tunedResults(parent: Parent, record: TunedRecord): Results {
  return wholeResults((path, learned, type) =>
    writeModel(
      path,
      parent.header,
      parent.config,
      record,
      type,
      (name, into) => learned.get(name, into) ?? parent.stored.get(name)?.floats(),
    ),
  );
}

function wholeResults(
  writeAs: (path: string, learned: WeightReader, type: FileType) => Promise<void>,
): Results {
  return {
    fileBytes: MODEL_BYTES,
    write: async (folder, learned) => {
      const files = [];
      for (const type of TYPES) {
        const path = join(folder, `model-${type}.gguf`);
        await writeAs(path, learned, type);
        files.push(path);
      }
      return files;
    },
    trial: async (folder, learned) => {
      const model = join(folder, "samples.gguf");
      await writeAs(model, learned, "f32");
      return { model, files: [model] };
    },
  };
}

/** The file in which an adapter can be added to its parent. */
export const ADAPTER_GGUF = "adapter.gguf";

/** An adapter beside its parent; of DoRA or of rows of tokens, which llama.cpp cannot add, the merged model too. */
export function adapterResults(parent: Parent, adapter: AdapterConfig, record: TunedRecord): Results {
  const { kind } = adapter;
  const isAddable = kind !== "dora" && (adapter.rows ?? []).length === 0;
  const usable = async (folder: string, name: string, learned: WeightValues): Promise<Trial> => {
    if (kind === "dora" || !isAddable) {
      const model = join(folder, `${name}-q8_0.gguf`);
      await writeMerged(model, parent, adapter, record, learned, "q8_0");
      return { model, files: [model] };
    }
    const file = join(folder, `${name}.gguf`);
    await writeAdapterGguf(file, parent.config, { ...adapter, kind }, record, learned);
    return { model: parent.path, adapter: file, files: [file] };
  };
  return {
    fileBytes: ADAPTER_BYTES,
    write: async (folder, from) => {
      const path = join(folder, TRAINED_ADAPTER);
      const learned = wholeAdapter(parent, adapter, from);
      await writeTrainedAdapter(path, { adapter, record, parentPath: parent.path, learned });
      const { files } = await usable(folder, isAddable ? "adapter" : "model", learned);
      return [...files, path];
    },
    trial: (folder, from) => usable(folder, "samples", wholeAdapter(parent, adapter, from)),
  };
}

function wholeAdapter({ config }: Parent, adapter: AdapterConfig, from: WeightReader): WeightValues {
  return new Map(
    adapterSpecs(config, adapter).map(({ name }) => {
      const values = from.get(name);
      if (values === undefined) throw new RangeError(`the adapter has no ${name}`);
      return [name, values];
    }),
  );
}

/** Writes an adapter's parent with the adapter added, one tensor at a time. */
export function writeMerged(
  path: string,
  { header, config, stored }: Pick<Parent, "header" | "config" | "stored">,
  adapter: AdapterConfig,
  record: TunedRecord,
  learned: WeightValues,
  type: RowType,
  progress?: GgufProgress,
): Promise<void> {
  const valuesOf = (name: string): Float32Array | undefined => {
    const weight = stored.get(name);
    return weight && mergedValues(weight, adapter, learned);
  };
  return writeModel(path, header, config, record, type, valuesOf, progress);
}

/** @param valuesOf the values of a tensor by name, asked for when they are written. */
function writeModel(
  path: string,
  parent: GgufHeader,
  config: ModelConfig,
  record: TunedRecord,
  fileType: RowType,
  valuesOf: WeightReader["get"],
  progress: GgufProgress = {},
): Promise<void> {
  const specs = [...weightSpecs(config), ...constantSpecs(config)];
  const into = spaceForLargest(specs);
  const tensors = specs.map(({ name, sizes }): GgufTensor => {
    const type = sizes.length === 1 ? "f32" : rowTypeFor(fileType, sizes[0] ?? 1);
    const pieces = (): Uint8Array[] => {
      const values = valuesOf(name, into);
      if (values === undefined) throw new RangeError(`no values for the weight ${name}`);
      return [bytesOfFloats(values, type, sizes[0] ?? 1)];
    };
    return { name, sizes, type, pieces };
  });
  return writeTuned(path, parent, record, FILE_TYPES[fileType], tensors, progress);
}
