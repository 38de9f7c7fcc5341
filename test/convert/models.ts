import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openFile } from "../../src/formats/file-bytes.ts";
import { readSafetensorsHeader } from "../../src/formats/safetensors/header.ts";

/** The tiny models of `test/oracle/convert_models.py`. */
export const MODELS = [
  "tiny-qwen2-base",
  "tiny-qwen2-yarn",
  "tiny-qwen3-instruct",
  "tiny-llama3",
  "tiny-llama2",
] as const;
export type ModelName = (typeof MODELS)[number];

export function folderOfModel(name: ModelName): string {
  return fileURLToPath(new URL(`../fixtures/convert/${name}`, import.meta.url));
}

/** What the reference computed: the logits that follow some positions of a text. */
export interface GoldenLogits {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  readonly logits: readonly Float32Array[];
}

export async function goldenLogits(name: ModelName): Promise<GoldenLogits> {
  const path = join(folderOfModel(name), "golden.safetensors");
  const { tensors } = await readSafetensorsHeader(path);
  await using file = await openFile(path);
  const bytes = async (tensor: string): Promise<ArrayBuffer> => {
    const { offset = 0, bytes: length = 0 } = tensors.get(tensor) ?? {};
    return Uint8Array.from(await file.read(offset, length)).buffer;
  };
  const numbers = async (tensor: string): Promise<number[]> =>
    Array.from(new BigInt64Array(await bytes(tensor)), Number);
  const positions = await numbers("positions");
  const all = new Float32Array(await bytes("logits"));
  const size = all.length / positions.length;
  return {
    ids: await numbers("ids"),
    positions,
    logits: positions.map((_, at) => all.subarray(at * size, (at + 1) * size)),
  };
}

/** Texts with the ids that the reference gives them. */
export function goldenTexts(name: ModelName): readonly { readonly text: string; readonly ids: number[] }[] {
  return JSON.parse(readFileSync(join(folderOfModel(name), "golden.json"), "utf8"));
}
