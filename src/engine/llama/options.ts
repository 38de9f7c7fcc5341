import { BadInputError } from "../../errors.ts";
import type { GgufHeader } from "../../formats/gguf/header.ts";
import type { CacheType } from "../../native/llama/context.ts";
import type { AdapterChoice } from "./adapters.ts";

/** What keys and values can be kept in. */
export const CACHE_CHOICES: readonly CacheType[] = ["f32", "f16", "q8_0", "q4_0"];

/** How to load and run a model. */
export interface LlamaEngineOptions {
  /** Tokens that the context holds; what the model was trained for, at most 4,096, unless stated. */
  readonly contextSize?: number;
  /** Requests that are computed at once, which share the context; 4 unless stated, at most 64. */
  readonly sequences?: number;
  /** What the keys and values of the context are kept in; `q8_0` takes about half of `f16`, the default. */
  readonly cacheType?: CacheType;
  /** Attention without its whole matrix; where the model and its device can, unless stated. */
  readonly flashAttention?: boolean;
  /** Layers that are computed by a graphics card where one is installed; as many as fit unless stated. */
  readonly gpuLayers?: number;
  /** LoRA adapters (GGUF) by a name, by which a request chooses one. */
  readonly adapters?: Readonly<Record<string, AdapterChoice>>;
  /**
   * A smaller model of the same vocabulary that guesses tokens ahead, where a request does not say how to guess: one step
   * then confirms several. A GGUF file; for `open`, anything that leads to one.
   */
  readonly draft?: string;
  /** Where to keep on disk what was read of long prompts, for the next time that one begins alike. */
  readonly promptCache?: PromptCacheOptions;
  /** Seconds without a request after which the memory is freed; the next request loads the model again. */
  readonly unloadAfter?: number;
}

/** Where prompts that were read are kept on disk, and how much of them. */
export interface PromptCacheOptions {
  /** Where the states lie. */
  readonly folder: string;
  /** Most bytes of all files in it; the longest unused give way. 4 GiB unless stated. */
  readonly mostBytes?: number;
}

const MOST_SEQUENCES = 64;
/** Values that a block of a quantised cache takes together. */
const BLOCK = 32;

/** Throws BadInputError for the first option that makes no sense for this model. */
export function checkOptions(options: LlamaEngineOptions, header: GgufHeader): void {
  const { contextSize, sequences, cacheType = "f16", flashAttention, gpuLayers, promptCache } = options;
  requireWhole("contextSize", contextSize, 1, 2 ** 31 - 1);
  requireWhole("sequences", sequences, 1, MOST_SEQUENCES);
  requireWhole("gpuLayers", gpuLayers, 0, 2 ** 31 - 1);
  requireWhole("promptCache.mostBytes", promptCache?.mostBytes, 0, Number.MAX_SAFE_INTEGER);
  const { unloadAfter } = options;
  if (unloadAfter !== undefined && !(unloadAfter >= 0 && unloadAfter <= 2e6)) {
    throw badOption("unloadAfter", unloadAfter, "seconds from 0 to 2,000,000", "0 到 2000000 秒");
  }
  if (cacheType === "f16" || cacheType === "f32") return;
  if (flashAttention === false) {
    throw new BadInputError({
      en: `A cache in ${cacheType} needs flash attention; leave flash attention on, or take f16.`,
      zh: `${cacheType} 缓存需要 flash attention；请保持开启，或改用 f16。`,
    });
  }
  const headSize = headSizeOf(header);
  if (headSize !== undefined && headSize % BLOCK !== 0) {
    throw new BadInputError({
      en: `This model's attention heads have ${headSize} values, and ${cacheType} takes multiples of ${BLOCK}; take f16.`,
      zh: `该模型的注意力头有 ${headSize} 个值，而 ${cacheType} 要求 ${BLOCK} 的倍数；请改用 f16。`,
    });
  }
}

function headSizeOf({ architecture, metadata }: GgufHeader): number | undefined {
  const number = (key: string): number | undefined => metadata.number(`${architecture}.${key}`);
  const [width, heads] = [number("embedding_length"), number("attention.head_count")];
  return number("attention.key_length") ?? (width && heads ? width / heads : undefined);
}

function requireWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return;
  throw badOption(name, value, `a whole number from ${least} to ${most}`, `${least} 到 ${most} 的整数`);
}

function badOption(name: string, value: number, en: string, zh: string): BadInputError {
  return new BadInputError({
    en: `${name} cannot be ${value}; give ${en}.`,
    zh: `${name} 不能是 ${value}；请给出 ${zh}。`,
  });
}
