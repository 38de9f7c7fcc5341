import type { GgufHeader } from "../formats/gguf/header.ts";
import { type GgufProgress, type GgufTensor, type GgufValue, writeGguf } from "../native/gguf-writer.ts";
import { COUNTERPART_KEY, STAGE_KEY } from "../stage/signals/recorded.ts";
import type { Stage } from "../stage/stage.ts";

/** What a tuned model says of itself otherwise than its parent. */
export interface TunedRecord {
  readonly name: string;
  /** Missing where nobody can tell the parent's. */
  readonly stage?: Stage;
  /** Name of the same model at another stage. */
  readonly counterpart?: string;
  readonly license: string;
  readonly languages: readonly string[];
  /** The template that it was trained in, and the id of the token that ends what it writes; the parent's unless stated. */
  readonly chatTemplate?: string;
  readonly endToken?: number;
  /** Name and hash of the model that it was tuned from. */
  readonly parent: { readonly name: string; readonly hash: string };
}

/** The hash of the weights that a model was tuned from, or that an adapter belongs to. */
export const PARENT_HASH_KEY = "basewise.parent_hash";

/** Of what is general about the parent, only this also holds for what was made of it. */
const INHERITED = /^general\.(?:architecture|type|alignment|quantization_version|size_label|sampling\..+)$/;

/** Writes a model that was tuned from a parent: the parent's metadata but for what the record says, and its own tensors. */
export function writeTuned(
  path: string,
  parent: GgufHeader,
  record: TunedRecord,
  fileType: number,
  tensors: readonly GgufTensor[],
  progress: GgufProgress = {},
): Promise<void> {
  const without = parent.metadata
    .keys()
    .filter((key) => /^(?:general|split)\./.test(key) && !INHERITED.test(key))
    .concat(COUNTERPART_KEY);
  return writeGguf(path, tunedMetadata(record, fileType), tensors, {
    ...progress,
    origin: { path: parent.path, without },
  });
}

function tunedMetadata(record: TunedRecord, fileType: number): Map<string, GgufValue> {
  const { stage, chatTemplate, endToken, counterpart } = record;
  return new Map<string, GgufValue>([
    ...lineage(record),
    ["general.file_type", fileType],
    ...(stage === undefined ? [] : [[STAGE_KEY, stage] satisfies [string, GgufValue]]),
    ...(counterpart === undefined ? [] : [[COUNTERPART_KEY, counterpart] satisfies [string, GgufValue]]),
    ...(endToken === undefined
      ? []
      : [["tokenizer.ggml.eos_token_id", endToken] satisfies [string, GgufValue]]),
    ...(chatTemplate === undefined
      ? []
      : [["tokenizer.chat_template", chatTemplate] satisfies [string, GgufValue]]),
  ]);
}

/** What a model or an adapter says of itself and of the model that it was made from. */
export function lineage({ name, license, languages, parent }: TunedRecord): [string, GgufValue][] {
  return [
    ["general.name", name],
    ["general.license", license],
    ["general.languages", { strings: languages }],
    ["general.base_model.count", 1],
    ["general.base_model.0.name", parent.name],
    [PARENT_HASH_KEY, parent.hash],
  ];
}
