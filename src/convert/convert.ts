import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { prepareRendering } from "../chat/rendering.ts";
import { NORMALIZER_KEY } from "../engine/engine.ts";
import { BadFileError, BadInputError } from "../errors.ts";
import { readCheckpoint } from "../formats/safetensors/checkpoint.ts";
import type { TokenizerFile } from "../formats/tokenizer/tokenizer-json.ts";
import { filesOfFolder } from "../hub/model-files.ts";
import { readModelFolder } from "../hub/model-folder.ts";
import { type Lead, resolveReference } from "../hub/reference.ts";
import type { Text } from "../language.ts";
import { readFacts } from "../model/inspect.ts";
import { type GgufProgress, type GgufTensor, type GgufValue, writeGguf } from "../native/gguf-writer.ts";
import { printable } from "../printable.ts";
import { judge } from "../stage/judge.ts";
import { STAGE_KEY } from "../stage/signals/recorded.ts";
import type { Verdict } from "../stage/verdict.ts";
import { cardMetadata, samplingMetadata, shapeMetadata, specialTokenMetadata } from "./metadata.ts";
import { type ModelConfig, readModelConfig } from "./model-config.ts";
import { readTokenizer } from "./read-tokenizer.ts";
import { llama3Divisors } from "./rope.ts";
import { planTensors } from "./tensor-plan.ts";
import { CONVERT_TYPES, type ConvertType } from "./types.ts";
import { vocabularyMetadata } from "./vocabulary.ts";
import { tensorOf, typeFor, WeightFiles } from "./weights.ts";

/** A stage less certain than this is not written down as a fact. */
const RECORDED_FROM = 0.9;

/** What to convert to, and where. */
export interface ConvertOptions extends GgufProgress {
  /** The file to write; `<folder>-<type>.gguf` in the current folder unless stated. */
  readonly output?: string | undefined;
  /** What matrices are kept as; what they are in the folder unless stated. */
  readonly type?: ConvertType | undefined;
  /** Whether an output that exists already is replaced. */
  readonly force?: boolean | undefined;
}

/** What a conversion made. */
export interface Conversion {
  /** The file that was written. */
  readonly path: string;
  /** The type of its matrices. */
  readonly type: ConvertType;
  /** As GGUF calls it. */
  readonly architecture: string;
  /** How many it holds. */
  readonly tensors: number;
  /** Size of the file. */
  readonly bytes: number;
  /** The verdict on the folder. */
  readonly stage: Verdict["stage"];
  /** Whether it was certain enough to be recorded in the file. */
  readonly isRecorded: boolean;
  /** What the file cannot keep. */
  readonly warnings: readonly Text[];
}

/**
 * Converts a model in the Hugging Face layout (safetensors, config.json, tokenizer.json or
 * tokenizer.model; qwen2, qwen3 or llama) that is
 * on this machine to a GGUF file, with its stage recorded. Memory holds the tokenizer and a few megabytes of weights, however large the
 * model. Throws UnconvertibleError, NotFoundError and BadFileError for what is wrong with the folder, and what
 * `resolveReference` and `writeGguf` throw; then there is no file under the final name, or still the former one.
 */
export async function convert(reference: string, options: ConvertOptions = {}): Promise<Conversion> {
  const lead = await folderOf(reference);
  prepareRendering(); // the verdict will need it
  const folder = lead.path;
  const name = lead.published?.split("/").at(-1) ?? basename(resolve(folder));
  const files = filesOfFolder(folder);
  const small = await readModelFolder(files);
  if (small.config === undefined) throw missing(folder, "config.json");
  const config = readModelConfig(folder, small.config);
  const { tokenizer, scores } = await readTokenizer(files, small);
  const plan = planTensors(folder, config, await readCheckpoint(files));
  const type = options.type ?? commonType(plan.map((tensor) => typeFor(tensor, undefined)));
  const path = options.output ?? `${name}-${type}.gguf`;
  if (options.force !== true) await requireAbsent(path);

  const verdict = judge(await readFacts(lead));
  const recorded = (verdict.probability ?? 0) >= RECORDED_FROM ? (verdict.stage ?? undefined) : undefined;
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", config.architecture],
    ["general.type", "model"],
    ["general.name", name],
    ...(recorded === undefined ? [] : [[STAGE_KEY, recorded] satisfies [string, GgufValue]]),
    ...cardMetadata(small),
    ...samplingMetadata(small),
    ...shapeMetadata(config, small, type),
    ...(normalizes(tokenizer) ? [[NORMALIZER_KEY, "NFC"] satisfies [string, GgufValue]] : []),
    ...vocabularyMetadata(tokenizer, config.vocabularySize, scores),
    ...specialTokenMetadata(small, tokenizer),
  ]);
  await using weights = new WeightFiles(files);
  const tensors = [
    ...computedTensors(config),
    ...plan.map((tensor) => tensorOf(tensor, weights, typeFor(tensor, options.type))),
  ];
  await writeGguf(path, metadata, tensors, options);
  return {
    path,
    type,
    architecture: config.architecture,
    tensors: tensors.length,
    bytes: (await stat(path)).size,
    stage: verdict.stage,
    isRecorded: recorded !== undefined,
    warnings: warningsOf(config, tokenizer),
  };
}

/** Tensors that are in no file: the divisors of Llama 3's frequencies. */
function computedTensors({ ropeScaling, ropeBase, headSize }: ModelConfig): GgufTensor[] {
  if (ropeScaling.kind !== "llama3") return [];
  const divisors = llama3Divisors(ropeScaling, ropeBase, headSize);
  return [
    {
      name: "rope_freqs.weight",
      sizes: [divisors.length],
      type: "f32",
      pieces: () => [new Uint8Array(divisors.buffer)],
    },
  ];
}

/** The type that most matrices have. */
function commonType(types: readonly ConvertType[]): ConvertType {
  const counts = CONVERT_TYPES.map((type) => types.filter((other) => other === type).length);
  // Vectors are f32 in every file.
  const [, ...matrices] = counts;
  const most = Math.max(...matrices);
  return most === 0 ? "f32" : (CONVERT_TYPES[counts.indexOf(most, 1)] ?? "f32");
}

function warningsOf(config: ModelConfig, tokenizer: TokenizerFile): Text[] {
  const warnings: Text[] = [];
  if (config.window !== undefined) {
    warnings.push({
      en: `Its attention looks back ${config.window} tokens; the file keeps no window, so longer texts are read differently.`,
      zh: `其注意力只回看 ${config.window} 个词元；GGUF 不保留该窗口，因此更长的文本会得到不同的结果。`,
    });
  }
  if (tokenizer.addedTokens.some(({ strips }) => strips)) {
    warnings.push({
      en: "Some of its added tokens swallow the spaces around them, which the file cannot say.",
      zh: "其部分附加词元会吞掉两侧的空格，GGUF 无法表达这一点。",
    });
  }
  return warnings;
}

/** The folder that a reference leads to: a path, or a model that a hub's client keeps on this machine. */
async function folderOf(reference: string): Promise<Lead> {
  const status = await stat(reference).catch(() => undefined);
  if (status?.isDirectory()) return { kind: "folder", reference, path: reference };
  const lead = await resolveReference(reference);
  if (lead.kind === "folder") return lead;
  const shown = printable(reference);
  throw new BadInputError({
    en: `${shown} is one file. Give the folder with config.json and the weights; basewise quantize takes a GGUF file.`,
    zh: `${shown} 是单个文件。请给出含有 config.json 和权重的文件夹；GGUF 文件请用 basewise quantize。`,
  });
}

/** Whether text is brought into Unicode NFC before it is tokenized. */
function normalizes({ normalizers }: TokenizerFile): boolean {
  return normalizers.some(({ type }) => type === "NFC");
}

/** Throws where something is there already. */
export async function requireAbsent(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  const shown = printable(path);
  throw new BadInputError({
    en: `${shown} exists already. Choose another name with --output, or replace it with --force.`,
    zh: `${shown} 已存在。请用 --output 换一个名字，或用 --force 覆盖。`,
  });
}

function missing(folder: string, name: string): BadFileError {
  const shown = printable(folder);
  return new BadFileError(folder, {
    en: `${shown} has no ${name}, which a conversion needs. Download the whole model.`,
    zh: `${shown} 中没有转换所需的 ${name}。请下载完整的模型。`,
  });
}
