import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { LlamaContext } from "../src/native/llama/context.ts";
import { LlamaModel } from "../src/native/llama/model.ts";
import { randomModel } from "./decode-model.ts";
import { median } from "./measure.ts";
import { hasLlamaBench, llamaBench } from "./peers/peers.ts";

/**
 * Decoding speed of one sequence: our engine (another process, greedy sampling, every token delivered here) beside
 * llama.cpp's own llama-bench (no sampling) on the same libraries, or where that is not built (`npm run bench:peers`)
 * beside a bare loop over llama_decode. Then several requests at once beside one.
 * `npm run bench:decode [-- --model FILE, or --shape 54m|494m, --tokens N --rounds N]`.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    model: { type: "string" },
    shape: { type: "string", default: "54m" },
    tokens: { type: "string", default: "128" },
    rounds: { type: "string", default: "5" },
  },
});
const tokens = Number(options.tokens);
const threads = availableParallelism(); // as the engine
const shape = z.enum(["54m", "494m"]).parse(options.shape);
const path = options.model ?? (await randomModel(`${root}build/bench`, shape));

/** Something that decodes so many tokens, and says how many it did a second. */
type Contender = () => Promise<number> | number;

// The built program, as users run it: the sources run a little slower in the loader that translates them.
const { LlamaEngine }: typeof import("../src/engine/llama/llama-engine.ts") = await import(
  `${root}dist/engine/llama/llama-engine.js`
);
await using engine = await LlamaEngine.load(path, { contextSize: tokens + 8 });
const request = { maxTokens: tokens, sampling: { temperature: 0 }, stopTokens: [] };
const ours: Contender = async () => {
  let start = 0;
  let count = -1; // the first token comes from the prompt and starts the clock
  for await (const _ of engine.generate([1], request)) if (++count === 0) start = performance.now();
  return count / ((performance.now() - start) / 1000);
};

const binary: Contender = () => llamaBench(path, threads, "-p", "0", "-n", `${tokens - 1}`);

const bareLoop: Contender = () => {
  using model = new LlamaModel(path);
  const plan = { contextLength: tokens + 8, batchLength: 256, outputs: 1, sequences: 1, threads };
  using context = new LlamaContext(model, plan);
  const decode = (at: number) => context.decode([{ token: at, position: at, sequence: 0, output: true }]);
  decode(0);
  const start = performance.now();
  for (let at = 1; at < tokens; at++) decode(at);
  return (tokens - 1) / ((performance.now() - start) / 1000);
};

const peers: readonly { name: string; run: Contender }[] = hasLlamaBench()
  ? [
      { name: "llama-bench", run: binary },
      { name: "bare llama_decode loop", run: bareLoop },
    ]
  : [{ name: "bare llama_decode loop", run: bareLoop }];

const speeds = { ours: [] as number[], peers: peers.map(() => [] as number[]) };
await ours(); // warm
for (let round = 0; round < Number(options.rounds); round++) {
  speeds.ours.push(await ours());
  for (const [i, peer] of peers.entries()) speeds.peers[i]?.push(await peer.run());
}
console.log(`decoding ${tokens} tokens of one sequence, ${threads} threads, ${options.rounds} rounds`);
for (const [i, { name }] of peers.entries()) {
  const theirs = speeds.peers[i] ?? [];
  const ratio = median(speeds.ours.map((speed, round) => speed / (theirs[round] ?? Number.NaN)));
  console.log(
    `decode  basewise / ${name}: ${ratio.toFixed(2)}×  ` +
      `(${median(speeds.ours).toFixed(1)} against ${median(theirs).toFixed(1)} tokens/s)`,
  );
}

const TOGETHER = 4;
await using shared = await LlamaEngine.load(path, { contextSize: TOGETHER * (tokens + 8) });
const speedOf = async (requests: number): Promise<number> => {
  const start = performance.now();
  const all = Array.from({ length: requests }, async (_, i) => {
    for await (const _ of shared.generate([i + 1], request));
  });
  await Promise.all(all);
  return (requests * tokens) / ((performance.now() - start) / 1000);
};
const gains: number[] = [];
for (let round = 0; round < Number(options.rounds); round++) {
  gains.push((await speedOf(TOGETHER)) / (await speedOf(1)));
}
console.log(`decode  ${TOGETHER} requests at once / one alone: ${median(gains).toFixed(2)}× the tokens/s`);
