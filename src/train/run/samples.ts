import { rm } from "node:fs/promises";
import { LlamaEngine } from "../../engine/llama/llama-engine.ts";
import type { Prompt } from "../held-out.ts";
import type { Sample } from "./events.ts";

/** Tokens after which a text counts as not ended. */
const LIMIT = 64;

/**
 * What a model writes after each prompt, most likely token first, by the engine that will serve it. The file is
 * removed. Throws what `LlamaEngine.load` throws.
 */
export async function writeSamples(file: string, prompts: readonly Prompt[]): Promise<Sample[]> {
  try {
    await using engine = await LlamaEngine.load(file);
    return await Promise.all(prompts.map((prompt) => writeSample(engine, prompt)));
  } finally {
    await rm(file, { force: true });
  }
}

async function writeSample(engine: LlamaEngine, { ids, text: prompt }: Prompt): Promise<Sample> {
  const tokens = engine.generate(ids, { maxTokens: LIMIT, sampling: { temperature: 0 } });
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const next = await tokens.next();
    if (next.done) return { prompt, text: text + decoder.decode(), isEnded: next.value === "stop" };
    text += decoder.decode(next.value.bytes, { stream: true });
  }
}
