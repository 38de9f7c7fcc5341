import type { ChatOptions } from "../model/chat-model.ts";
import type { GenerateOptions } from "../model/text-model.ts";
import { adapterOf, type EngineOptions } from "./engine-options.ts";
import { grammarFile, schemaFile, toolsFile } from "./grammar-file.ts";
import type { SamplingOptions } from "./sampling.ts";

/**
 * The library's options for what the command line gave; what was not given is left to the model's own defaults.
 * Throws what `grammarFile` and `schemaFile` throw.
 */
export function generateOptions(options: SamplingOptions & EngineOptions): GenerateOptions {
  const { maxTokens, logprobs, speculate, grammar, jsonSchema, dry, logitBias, ...sampling } = options;
  const { temperature, topK, topP, minP, typicalP, seed } = sampling;
  const { repetitionPenalty, presencePenalty, frequencyPenalty } = sampling;
  return given({
    ...adapterOf(options),
    maxTokens,
    logprobs,
    speculation: speculate,
    grammar: grammar === undefined ? undefined : grammarFile(grammar),
    jsonSchema: jsonSchema === undefined ? undefined : schemaFile(jsonSchema),
    sampling: given({
      temperature,
      topK,
      topP,
      minP,
      typicalP,
      repetitionPenalty,
      presencePenalty,
      frequencyPenalty,
      dry: dry === undefined ? undefined : { multiplier: dry },
      logitBias: logitBias === undefined ? undefined : Object.fromEntries(logitBias),
      seed,
    }),
  });
}

/** The same for a reply in a chat. Throws what `generateOptions` throws. */
export function replyOptions(
  options: SamplingOptions & EngineOptions & ThinkingOptions & { readonly tools?: string },
): GenerateOptions & ChatOptions {
  const { thinking, thinkingBudget, tools } = options;
  return {
    ...generateOptions(options),
    ...given({
      thinking: thinking === undefined ? undefined : thinking === "on",
      thinkingBudget,
      tools: tools === undefined ? undefined : toolsFile(tools),
    }),
  };
}

/** Whether and how long to think, as the command line gives it. */
export interface ThinkingOptions {
  readonly thinking?: "on" | "off";
  readonly thinkingBudget?: number;
}

type Given<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** Without the fields that were not given. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // Object.entries gives the fields' own names and values.
  return Object.fromEntries(entries) as Given<Fields>;
}
