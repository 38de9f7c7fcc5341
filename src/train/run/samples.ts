import { rm } from "node:fs/promises";
import { LlamaEngine } from "../../engine/llama/llama-engine.ts";
import type { Prompt } from "../held-out.ts";
import type { Trial } from "../results.ts";
import type { Sample } from "./events.ts";

/** Tokens after which a text counts as not ended. */
const LIMIT = 64;

/** The name of the adapter that is tried. */
const ADAPTER = "trained";

/**
 * What a model writes after each prompt, most likely token first, by the engine that will serve it. The files of the
 * trial are removed. Throws what `LlamaEngine.load` throws.
 */
export async function writeSamples(
  { model, adapter, files }: Trial,
  prompts: readonly Prompt[],
): Promise<Sample[]> {
  const adapters = adapter === undefined ? {} : { adapters: { [ADAPTER]: adapter } };
  const chosen = adapter === undefined ? {} : { adapter: ADAPTER };
  try {
    await using engine = await LlamaEngine.load(model, adapters);
    return await Promise.all(prompts.map((prompt) => writeSample(engine, prompt, chosen)));
  } finally {
    for (const file of files) await rm(file, { force: true });
  }
}

async function writeSample(
  engine: LlamaEngine,
  { ids, text: prompt }: Prompt,
  chosen: { readonly adapter?: string },
): Promise<Sample> {
  const tokens = engine.generate(ids, { ...chosen, maxTokens: LIMIT, sampling: { temperature: 0 } });
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const next = await tokens.next();
    if (next.done) return { prompt, text: text + decoder.decode(), isEnded: next.value === "stop" };
    text += decoder.decode(next.value.bytes, { stream: true });
  }
}
