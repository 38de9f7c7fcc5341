import type { Option } from "commander";
import { CACHE_CHOICES, type LlamaEngineOptions } from "../engine/llama/options.ts";
import { ownPromptCache } from "../hub/settings.ts";
import type { Declare } from "./declare.ts";
import { wholeNumber } from "./values.ts";

/** How a model is loaded and run, as the command line gives it. */
export interface EngineOptions {
  readonly context?: number;
  readonly cacheType?: NonNullable<LlamaEngineOptions["cacheType"]>;
  readonly gpuLayers?: number;
  readonly adapter?: string;
  readonly draft?: string;
  readonly promptCache?: true;
}

/** The only adapter that a command can name. */
const ADAPTER = "adapter";

/** The options of every command that runs a model. */
export function engineOptions({ say, option }: Declare): readonly Option[] {
  return [
    option("--context <n>", {
      en: "tokens of context, prompt and reply together",
      zh: "上下文的词元数，提示与回复合计",
    }).argParser(wholeNumber(say, 1)),
    option("--cache-type <type>", {
      en: "what the context is kept in; q8_0 takes half of f16",
      zh: "上下文缓存的类型；q8_0 占 f16 的一半",
    }).choices(CACHE_CHOICES),
    option("--gpu-layers <n>", {
      en: "layers for an installed graphics card; all that fit unless stated",
      zh: "交给显卡计算的层数；默认尽量多",
    }).argParser(wholeNumber(say, 0)),
    option("--adapter <file>", {
      en: "a LoRA adapter (GGUF) of this model",
      zh: "该模型的 LoRA 适配器（GGUF）",
    }),
    option("--prompt-cache", {
      en: "keep what was read of long prompts on disk for the next time",
      zh: "把读过的长提示保存到磁盘，供下次使用",
    }),
  ];
}

/** The option of commands that write text for a model that guesses. */
export function draftOption({ option }: Declare): Option {
  return option("--draft <reference>", {
    en: "a smaller model of the same vocabulary that guesses tokens ahead; the text stays the same",
    zh: "词表相同的更小模型，用于提前猜测词元；文本不变",
  });
}

/** The library's options for what the command line gave. */
export function engineOf({
  context,
  cacheType,
  gpuLayers,
  adapter,
  draft,
  promptCache,
}: EngineOptions): LlamaEngineOptions {
  return {
    ...(context === undefined ? {} : { contextSize: context }),
    ...(cacheType === undefined ? {} : { cacheType }),
    ...(gpuLayers === undefined ? {} : { gpuLayers }),
    ...(adapter === undefined ? {} : { adapters: { [ADAPTER]: adapter } }),
    ...(draft === undefined ? {} : { draft }),
    ...(promptCache === undefined ? {} : { promptCache: { folder: ownPromptCache() } }),
  };
}

/** Has a request computed with the adapter that the command line gave. */
export function adapterOf({ adapter }: EngineOptions): { readonly adapter?: string } {
  return adapter === undefined ? {} : { adapter: ADAPTER };
}
