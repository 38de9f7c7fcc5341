import { randomInt } from "node:crypto";
import type { Sampling } from "../engine/engine.ts";
import { BadInputError } from "../errors.ts";
import type { GgufMetadata } from "../formats/gguf/metadata.ts";
import type { JsonObject } from "../hub/model-folder.ts";

/** Where neither the caller nor the model says anything. Source: what Qwen recommends for its instruct models. */
const DEFAULTS: Required<Omit<Sampling, "seed">> = { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 };
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
  });
}

/** The sampling to use: what the caller chose, else what the model recommends, else the defaults; with a seed. */
export function chooseSampling(chosen: Partial<Sampling>, recommended: Partial<Sampling>): Sampling {
  const sampling = { ...DEFAULTS, ...recommended, ...given(chosen) };
  requireThat("temperature", sampling.temperature, (value) => value >= 0, "a number from 0", "不小于 0 的数");
  requireThat("topK", sampling.topK, isWhole, "a whole number from 0", "不小于 0 的整数");
  requireThat(
    "topP",
    sampling.topP,
    (value) => value > 0 && value <= 1,
    "a number above 0, at most 1",
    "大于 0 且不超过 1 的数",
  );
  requireThat(
    "minP",
    sampling.minP,
    (value) => value >= 0 && value < 1,
    "a number from 0, below 1",
    "从 0 到小于 1 的数",
  );
  const seed = sampling.seed ?? randomInt(SEEDS);
  requireThat(
    "seed",
    seed,
    (value) => isWhole(value) && value < SEEDS,
    `a whole number below ${SEEDS}`,
    `小于 ${SEEDS} 的非负整数`,
  );
  return { ...sampling, seed };
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

/** Without the fields that were not given. */
function given(
  sampling: { readonly [Key in keyof Sampling]?: Sampling[Key] | undefined },
): Partial<Sampling> {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
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
