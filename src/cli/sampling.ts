import type { GenerateOptions } from "../model/text-model.ts";
import type { SamplingOptions } from "./program.ts";

/** The library's options for what the command line gave; what was not given is left to the model's own defaults. */
export function generateOptions({ maxTokens, temperature, seed }: SamplingOptions): GenerateOptions {
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    sampling: {
      ...(temperature === undefined ? {} : { temperature }),
      ...(seed === undefined ? {} : { seed }),
    },
  };
}
