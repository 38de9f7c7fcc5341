import type { Distribution, Engine, EngineModel, FinishReason, GeneratedToken } from "../engine.ts";
import type { TextEngine } from "../texts.ts";
import type { Answers } from "./ask/answers.ts";
import { UnsupportedByServerError } from "./errors.ts";

/** A server that takes texts and conversations: everything that needs its tokens is refused by name. */
export class TextServer implements Engine {
  readonly model: EngineModel;
  readonly texts: TextEngine;
  readonly #program: string;

  constructor(answers: Answers, texts: TextEngine) {
    const { context, trainedContext, program } = answers;
    this.texts = texts;
    this.#program = program;
    this.model = {
      contextSize: context ?? trainedContext ?? Number.POSITIVE_INFINITY,
      trainedContext: trainedContext ?? context ?? Number.POSITIVE_INFINITY,
      vocabularySize: 0,
      endTokens: [],
      addedTokens: new Map(),
      controlTokens: new Set(),
    };
  }

  async tokenize(): Promise<number[]> {
    throw this.#tokens();
  }

  async bytes(): Promise<Uint8Array[]> {
    throw this.#tokens();
  }

  // biome-ignore lint/correctness/useYield: it refuses before anything could come
  async *generate(): AsyncGenerator<GeneratedToken, FinishReason> {
    throw this.#tokens();
  }

  async next(): Promise<Distribution> {
    throw this.#tokens();
  }

  async logits(): Promise<Float32Array[]> {
    throw this.#tokens();
  }

  async score(): Promise<Float64Array> {
    throw this.#tokens();
  }

  #tokens(): UnsupportedByServerError {
    return new UnsupportedByServerError(this.#program, {
      en: "the model's tokens and their probabilities",
      zh: "模型的词元及其概率",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
