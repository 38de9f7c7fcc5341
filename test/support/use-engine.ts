import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { childrenOf } from "./processes.ts";

/** A program that uses an engine and never disposes it. It prints the number of the engine's process. */
const [path = "", then] = process.argv.slice(2);
const engine = await LlamaEngine.load(path);
await engine.tokenize("a");
console.log((await childrenOf(process.pid))[0]);
while (then === "generate") {
  for await (const _ of engine.generate([97], {
    maxTokens: 200,
    sampling: { temperature: 0 },
    stopTokens: [],
  }));
}
