import { randomInt } from "node:crypto";
import type { Sampling } from "../engine/engine.ts";
import { BadInputError } from "../errors.ts";
import type { GgufMetadata } from "../formats/gguf/metadata.ts";
import type { JsonObject } from "../hub/model-folder.ts";

/** Where neither the caller nor the model says anything. Source: what Qwen recommends for its instruct models. */
const DEFAULTS: Sampling = { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 };
/** The same for a model that thinks. Source: the model cards of Qwen3 and DeepSeek-R1. */
export const STANDARD_THINKING: Partial<Sampling> = { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 };
export const SOURCE_OF_STANDARD = "what Qwen recommends for its models";
const SEEDS = 2 ** 32 - 1;

/** What the model's files recommend: a GGUF's own keys, else the generation_config.json beside it. */
export function recommendedSampling(
  metadata: GgufMetadata,
  generationConfig: JsonObject | undefined,
): Partial<Sampling> {
  const config = generationConfig ?? {};
  const number = (key: string, value: unknown): number | undefined =>
    metadata.number(`general.sampling.${key}`) ?? (typeof value === "number" ? value : undefined);
  const temperature = config.do_sample === false ? number("temp", 0) : number("temp", config.temperature);
  return given({
    temperature,
    topK: number("top_k", config.top_k),
    topP: number("top_p", config.top_p),
    minP: number("min_p", config.min_p),
    repetitionPenalty: number("penalty_repeat", config.repetition_penalty),
  });
}

type Range = readonly [holds: (value: number) => boolean, en: string, zh: string];

/** Of each setting that is one number: which ones it can be. */
const RANGES = {
  temperature: [(value) => value >= 0, "a number from 0", "不小于 0 的数"],
  topK: [isCount, "a whole number from 0", "不小于 0 的整数"],
  topP: [(value) => value > 0 && value <= 1, "a number above 0, at most 1", "大于 0 且不超过 1 的数"],
  minP: [(value) => value >= 0 && value < 1, "a number from 0, below 1", "从 0 到小于 1 的数"],
  typicalP: [(value) => value > 0 && value <= 1, "a number above 0, at most 1", "大于 0 且不超过 1 的数"],
  repetitionPenalty: [
    (value) => value > 0 && value <= 10,
    "a number above 0, at most 10",
    "大于 0 且不超过 10 的数",
  ],
  presencePenalty: [(value) => Math.abs(value) <= 10, "a number from -10 to 10", "-10 到 10 的数"],
  frequencyPenalty: [(value) => Math.abs(value) <= 10, "a number from -10 to 10", "-10 到 10 的数"],
  seed: [
    (value) => isWhole(value) && value < SEEDS,
    `a whole number below ${SEEDS}`,
    `小于 ${SEEDS} 的非负整数`,
  ],
} as const satisfies Partial<Record<keyof Sampling, Range>>;
type Setting = keyof typeof RANGES;
const SETTINGS = Object.keys(RANGES) as Setting[];

/**
 * The sampling to use: what the caller chose, else what the model recommends, else the defaults; with a seed, drawn
 * from the system's random numbers where none was chosen. Throws BadInputError for a value that cannot be.
 */
export function chooseSampling(chosen: Partial<Sampling>, recommended: Partial<Sampling>): Sampling {
  const sampling = { ...DEFAULTS, seed: randomInt(SEEDS), ...recommended, ...given(chosen) };
  for (const name of SETTINGS) {
    const value = sampling[name];
    const [holds, en, zh]: Range = RANGES[name];
    if (value !== undefined) requireThat(name, value, holds, en, zh);
  }
  const { dry, logitBias } = sampling;
  if (dry !== undefined) {
    const { multiplier, base = 1.75, allowedLength = 2 } = dry;
    requireThat(
      "dry.multiplier",
      multiplier,
      (value) => value >= 0 && value <= 100,
      "a number from 0 to 100",
      "0 到 100 的数",
    );
    requireThat(
      "dry.base",
      base,
      (value) => value >= 1 && value <= 10,
      "a number from 1 to 10",
      "1 到 10 的数",
    );
    requireThat("dry.allowedLength", allowedLength, isCount, "a whole number from 0", "不小于 0 的整数");
  }
  for (const [id, bias] of Object.entries(logitBias ?? {})) {
    const name = `logitBias of ${id}`;
    requireThat(
      name,
      bias,
      (value) => Math.abs(value) <= 100,
      "a number from -100 to 100",
      "-100 到 100 的数",
    );
  }
  return sampling;
}

/** Most tokens to write: what the caller chose, if it is a number of tokens. */
export function chooseMaxTokens(chosen: number | undefined, standard: number): number {
  const maxTokens = chosen ?? standard;
  requireThat(
    "maxTokens",
    maxTokens,
    (value) => isWhole(value) && value > 0,
    "a whole number from 1",
    "不小于 1 的整数",
  );
  return maxTokens;
}

/** Texts that one request may ask for. */
const MOST_TEXTS = 128;

/** The sampling of each of so many texts: their seeds follow one another. A count that cannot be is one text. */
export function samplingsOf(
  n: number | undefined,
  sampling: Partial<Sampling> = {},
): readonly Partial<Sampling>[] {
  if (n === undefined || n < 2 || n > MOST_TEXTS || !Number.isInteger(n)) return [sampling];
  const first = sampling.seed ?? randomInt(SEEDS);
  return Array.from({ length: n }, (_, i) => ({ ...sampling, seed: i === 0 ? first : (first + i) % SEEDS }));
}

const MOST_LOGPROBS = 100;

/** The options of a generation that must be checked beside each other. */
interface Together {
  readonly n?: number;
  readonly logprobs?: number;
  readonly grammar?: string;
  readonly jsonSchema?: unknown;
}

/** Throws BadInputError for options that cannot be, and for such as contradict each other. */
export function checkTogether({ n, logprobs, grammar, jsonSchema }: Together, sampling: Sampling): void {
  if (n !== undefined) {
    const holds = (value: number): boolean => isWhole(value) && value >= 1 && value <= MOST_TEXTS;
    requireThat("n", n, holds, `a whole number from 1 to ${MOST_TEXTS}`, `1 到 ${MOST_TEXTS} 的整数`);
    if (n > 1 && sampling.temperature === 0) throw sameTexts(n);
  }
  if (logprobs !== undefined) {
    const holds = (value: number): boolean => isWhole(value) && value <= MOST_LOGPROBS;
    requireThat(
      "logprobs",
      logprobs,
      holds,
      `a whole number from 0 to ${MOST_LOGPROBS}`,
      `0 到 ${MOST_LOGPROBS} 的整数`,
    );
  }
  if (grammar !== undefined && jsonSchema !== undefined) {
    throw new BadInputError({
      en: "A text cannot keep to a grammar and to a JSON schema at once; give one of them.",
      zh: "文本不能同时遵循语法和 JSON Schema；请只给出其中之一。",
    });
  }
}

function sameTexts(n: number): BadInputError {
  return new BadInputError({
    en: `At temperature 0 all ${n} texts would be the same; give a higher temperature, or ask for one.`,
    zh: `温度为 0 时 ${n} 段文本会完全相同；请提高温度，或只生成一段。`,
  });
}

/** Without the fields that were not given. */
function given(
  sampling: { readonly [Key in keyof Sampling]?: Sampling[Key] | undefined },
): Partial<Sampling> {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}

/** A whole number that the library can take. */
function isCount(value: number): boolean {
  return isWhole(value) && value < 2 ** 31;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function requireThat(
  name: string,
  value: number,
  holds: (value: number) => boolean,
  en: string,
  zh: string,
): void {
  if (Number.isFinite(value) && holds(value)) return;
  throw new BadInputError({
    en: `${name} cannot be ${value}; give ${en}.`,
    zh: `${name} 不能是 ${value}；请给出${zh}。`,
  });
}
