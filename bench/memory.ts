import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { estimateMemory } from "../src/catalog/memory.ts";
import type { Quantization } from "../src/catalog/quantization.ts";
import type { ModelShape } from "../src/catalog/shape.ts";
import { detectProcessor } from "../src/engine/machine/processor.ts";
import { childrenOf } from "../test/support/processes.ts";
import { QWEN2_5_0_5B, quantizedModel } from "../test/support/random-model.ts";
import { mebibytes, median } from "./measure.ts";

/**
 * What `recommend` expects beside what the engine's process really takes, for random models of real shapes: its peak
 * of resident memory (VmHWM) after loading and a few tokens. Linux only; the engine is the built one.
 * `npm run bench:memory [-- --models qwen3-0.6b --contexts 4096]`.
 */
const SHAPES: Readonly<Record<string, ModelShape>> = {
  "llama-135m": {
    architecture: "llama",
    layers: 30,
    hiddenSize: 576,
    heads: 9,
    kvHeads: 3,
    headSize: 64,
    feedForwardSize: 1536,
    vocabularySize: 49_152,
    tied: true,
  },
  "qwen2-0.5b": QWEN2_5_0_5B,
  "qwen3-0.6b": {
    architecture: "qwen3",
    layers: 28,
    hiddenSize: 1024,
    heads: 16,
    kvHeads: 8,
    headSize: 128,
    feedForwardSize: 3072,
    vocabularySize: 151_936,
    tied: true,
  },
};
const QUANTIZATIONS: readonly Quantization[] = ["Q4_K_M", "Q8_0", "F16"];

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: Object.keys(SHAPES).join(",") },
    quantizations: { type: "string", default: QUANTIZATIONS.join(",") },
    contexts: { type: "string", default: "512,4096,16384" },
  },
});
/** The built engine: run from its sources its process would hold a TypeScript loader too. */
const built: typeof import("../src/engine/llama/llama-engine.ts") = await import(
  new URL("../dist/engine/llama/llama-engine.js", import.meta.url).href
);
const { packing, model: processor } = detectProcessor();

console.log(`processor: ${processor}, matrices laid out for: ${packing}`);
console.log("model       file    context  expected  measured  error   needed  anonymous");
const errors: number[] = [];
for (const name of options.models.split(",")) {
  const shape = SHAPES[name];
  if (shape === undefined) throw new RangeError(`there is no shape ${name}`);
  for (const quantization of QUANTIZATIONS.filter((one) => options.quantizations.split(",").includes(one))) {
    const path = await quantizedModel(`${root}build/bench/memory/${name}`, shape, quantization);
    for (const context of options.contexts.split(",").map(Number)) {
      const estimate = estimateMemory(shape, quantization, { context, packing });
      const { peak, anonymous } = await measure(path, context);
      const error = estimate.peak / peak - 1;
      errors.push(Math.abs(error));
      console.log(
        [
          name.padEnd(10),
          quantization.padEnd(6),
          `${context}`.padStart(7),
          mebibytes(estimate.peak).padStart(9),
          mebibytes(peak).padStart(9),
          `${(error * 100).toFixed(1)} %`.padStart(7),
          mebibytes(estimate.total).padStart(9),
          mebibytes(anonymous).padStart(9),
        ].join(" "),
      );
    }
  }
}
console.log(
  `memory  expected / measured: median error ${(median(errors) * 100).toFixed(1)} %, largest ${(Math.max(...errors) * 100).toFixed(1)} %`,
);

/** Loads a file, reads a prompt and writes a few tokens; then looks at the engine's process. */
async function measure(path: string, contextSize: number): Promise<{ peak: number; anonymous: number }> {
  await using engine = await built.LlamaEngine.load(path, { contextSize });
  const prompt = Array.from({ length: 200 }, (_, i) => 1 + i);
  const few = { maxTokens: 4, sampling: { temperature: 0 }, stopTokens: [] };
  for await (const _ of engine.generate(prompt, few));
  const [host] = (await childrenOf(process.pid)).slice(-1);
  const status = readFileSync(`/proc/${host}/status`, "utf8");
  const kibibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN);
  return { peak: 1024 * kibibytes("VmHWM"), anonymous: 1024 * kibibytes("RssAnon") };
}
