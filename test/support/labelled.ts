import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { STAGES, type Stage } from "../../src/stage/stage.ts";
import type { Verdict } from "../../src/stage/verdict.ts";

/** A real model's small files, and what it is known to be. */
export interface LabelledModel {
  readonly slug: string;
  readonly folder: string;
  /** The name that it was published under. */
  readonly name: string;
  /** A stage, or what kind of other model it is. */
  readonly kind: string;
  readonly stages: readonly Stage[];
  /** What the detail must mention when the answer is `other`. */
  readonly detail: RegExp;
  readonly traps: readonly string[];
}

/** The words by which the detail names each kind of other model. */
const DETAILS: Readonly<Record<string, RegExp>> = {
  vision: /vision|image/i,
  audio: /speech|audio|sound/i,
  asr: /speech|audio/i,
  omni: /image.*sound|omni/i,
  seq2seq: /sequence/i,
  classifier: /classifier/i,
};

const SHARED: string =
  process.env.BASEWISE_SHARED_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** The labelled metadata of real released models, which lies beside the project and not in it; if it is here. */
export const LABELLED_FOLDER: string | undefined = existsSync(join(SHARED, "metadata"))
  ? join(SHARED, "metadata")
  : undefined;

/** Every labelled model, in the order of its slug. */
export function labelledModels(folder: string): LabelledModel[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => labelled(name, join(folder, name)))
    .sort((one, other) => one.slug.localeCompare(other.slug));
}

function labelled(slug: string, folder: string): LabelledModel {
  const label: Label = JSON.parse(readFileSync(join(folder, "label.json"), "utf8"));
  const kinds = [label.kind, ...(label.also_acceptable ?? [])];
  const details = kinds.flatMap((kind) => DETAILS[kind]?.source ?? []);
  return {
    slug,
    folder,
    name: label.model,
    kind: label.kind,
    stages: kinds.map((kind) => STAGES.find((stage) => stage === kind) ?? "other"),
    detail: details.length === 0 ? /./ : new RegExp(details.join("|"), "i"),
    traps: label.traps ?? [],
  };
}

interface Label {
  readonly kind: string;
  readonly model: string;
  readonly also_acceptable?: readonly string[];
  readonly traps?: readonly string[];
}

/** Whether a verdict is one of those acceptable; the answer `other` must also name the kind. */
export function isRight({ stages, detail }: LabelledModel, verdict: Verdict): boolean {
  if (verdict.stage === null || !stages.includes(verdict.stage)) return false;
  return verdict.stage !== "other" || detail.test(verdict.detail.en);
}

/** The names of the Qwen family with what they are, from the facts beside the data. */
export function namedModels(metadata: string): { readonly id: string; readonly stages: readonly Stage[] }[] {
  const file: { readonly models: readonly { readonly id: string; readonly kind: string }[] } = JSON.parse(
    readFileSync(join(metadata, "../../facts/qwen-models.json"), "utf8"),
  );
  return file.models.map(({ id, kind }) => ({
    id,
    stages: [STAGES.find((stage) => stage === kind) ?? "other"],
  }));
}

/** Fields in which files say what a model is called. */
const NAME_FIELDS: ReadonlySet<string> = new Set([
  "_name_or_path",
  "name_or_path",
  "base_model_name_or_path",
  "model_name",
  "finetuned_from",
]);
/** Models and makers that templates speak of. */
const NAMES =
  /Qwen[\w.]*|通义千问|Tongyi|Alibaba( Cloud)?|阿里\S{0,2}|Llama[\w.-]*|Meta AI|Gemma[\w.-]*|Google|Mistral[\w.-]*|DeepSeek[\w.-]*|ChatGLM\w*|GLM[\w.-]*|MiniCPM[\w.-]*|Megrez\w*|Yi-\w+|InternVL\w*|InternLM\w*|书生\S{0,4}|Dolphin\w*|OpenBMB|Shanghai AI Laboratory|无问芯穹|Phi-?\w*|Microsoft/gi;

/** A copy of a model's folder at `to` in which nothing is left that says what it is called. */
export function withoutNames(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "label.json") continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    mkdirSync(join(target, ".."), { recursive: true });
    if (entry.name.endsWith(".json")) {
      const json: unknown = JSON.parse(readFileSync(source, "utf8"));
      writeFileSync(target, JSON.stringify(json, unnamed));
    } else if (entry.name.endsWith(".jinja")) {
      writeFileSync(target, readFileSync(source, "utf8").replace(NAMES, "X"));
    } else if (!/^readme/i.test(entry.name)) {
      cpSync(source, target);
    }
  }
}

function unnamed(key: string, value: unknown): unknown {
  if (NAME_FIELDS.has(key)) return undefined;
  if (key !== "chat_template" && key !== "template") return value;
  return typeof value === "string" ? value.replace(NAMES, "X") : value;
}
