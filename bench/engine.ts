import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Engine } from "../src/engine/engine.ts";
import type { LlamaEngineOptions } from "../src/engine/llama/options.ts";
import { childrenOf } from "../test/support/processes.ts";
import { QWEN2_5_0_5B, quantizedModel } from "../test/support/random-model.ts";
import { mebibytes, median } from "./measure.ts";

/**
 * What is not computed twice, and how fast the rest is, on a model of Qwen2.5-0.5B's shape with random weights:
 * a second turn, a resumed process, requests that share their beginning; prefill and decoding beside llama-bench
 * (`npm run bench:peers`); the peak of memory. `npm run bench:engine [-- --rounds N --tokens N --only NAME,…]`.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    tokens: { type: "string", default: "2000" },
    only: { type: "string", default: "turn,disk,shared,prefill,together,memory" },
  },
});
const rounds = Number(given.rounds);
const long = Number(given.tokens);
const path = await quantizedModel(`${root}build/bench/engine/qwen2-0.5b`, QWEN2_5_0_5B, "Q8_0");
// The built program, as users run it.
const { LlamaEngine }: typeof import("../src/engine/llama/llama-engine.ts") = await import(
  `${root}dist/engine/llama/llama-engine.js`
);
const load = (options: LlamaEngineOptions) => LlamaEngine.load(path, options);
let fresh = 0;
/** Tokens that nothing has read before. */
const prompt = (length: number): number[] => {
  fresh++;
  return Array.from({ length }, (_, i) => 300 + ((i * 31 + fresh * 7919) % 100_000));
};

/** Milliseconds to the first token, or to so many. */
async function time(engine: Engine, ids: readonly number[], maxTokens = 1): Promise<number> {
  const start = performance.now();
  for await (const _ of engine.generate(ids, { maxTokens, sampling: { temperature: 0 }, stopTokens: [] }));
  return performance.now() - start;
}

/** One ratio a line, the middle of all rounds; lower is better unless it says otherwise. */
async function report(name: string, due: string, measure: () => Promise<number>): Promise<void> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) ratios.push(await measure());
  const all = ratios.map((ratio) => ratio.toFixed(3)).join(" ");
  console.log(`engine  ${name}: ${median(ratios).toFixed(3)}× (${due})  [${all}]`);
}

const llamaBench = `${root}build/peers/bin/llama-bench`;
const benchReport = z.tuple([z.object({ avg_ts: z.number() })]);
function peer(...measure: string[]): number {
  const args = ["-m", path, "-r", "1", "-t", `${availableParallelism()}`, "-o", "json", ...measure];
  const text = execFileSync(llamaBench, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return benchReport.parse(JSON.parse(text))[0].avg_ts;
}

const measures: Readonly<Record<string, () => Promise<void>>> = {
  turn: async () => {
    await using engine = await load({ contextSize: long + 500 });
    await report(
      `first token of the second turn after ${long} tokens / of a cold one`,
      "at most 0.15",
      async () => {
        const first = prompt(long);
        const cold = await time(engine, first);
        return (await time(engine, [...first, ...prompt(30)])) / cold;
      },
    );
  },
  disk: async () => {
    const folder = mkdtempSync(join(tmpdir(), "basewise-bench-"));
    const options = { contextSize: long + 500, promptCache: { folder } };
    try {
      await report(`first token of ${long} tokens resumed from disk / cold`, "at most 0.25", async () => {
        const ids = prompt(long);
        let cold = 0;
        {
          await using engine = await load(options);
          cold = await time(engine, ids);
        }
        await using engine = await load(options);
        return (await time(engine, [...ids, ...prompt(30)])) / cold;
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  shared: async () => {
    await using engine = await load({ contextSize: 4096, sequences: 16 });
    // The work is what the processor did: 16 requests alone would each read all.
    await report("16 requests sharing 1,000 tokens / 16 times one", "at most 0.25", async () => {
      const alone = await time(engine, prompt(1020));
      const system = prompt(1000);
      const start = performance.now();
      await Promise.all(Array.from({ length: 16 }, () => time(engine, [...system, ...prompt(20)])));
      return (performance.now() - start) / (16 * alone);
    });
  },
  prefill: async () => {
    if (!existsSync(llamaBench))
      return console.log("engine  prefill: build llama-bench first, npm run bench:peers");
    await using engine = await load({ contextSize: 1024 });
    await report("prefill of 512 tokens / llama-bench", "at least 0.97, higher is better", async () => {
      const ours = 512 / ((await time(engine, prompt(512))) / 1000);
      return ours / peer("-p", "512", "-n", "0");
    });
  },
  together: async () => {
    if (!existsSync(llamaBench))
      return console.log("engine  decoding: build llama-bench first, npm run bench:peers");
    await using engine = await load({ contextSize: 1024, sequences: 8 });
    await report("8 requests at once, tokens/s / one of llama-bench", "higher is better", async () => {
      const all = Array.from({ length: 8 }, () => prompt(32));
      const start = performance.now();
      await Promise.all(all.map((ids) => time(engine, ids, 48)));
      return (8 * 48) / ((performance.now() - start) / 1000) / peer("-p", "0", "-n", "48");
    });
  },
  memory: async () => {
    await using engine = await load({ contextSize: 4096 });
    await time(engine, prompt(600), 4);
    const [host] = (await childrenOf(process.pid)).slice(-1);
    const status = readFileSync(`/proc/${host}/status`, "utf8");
    const peak = 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
    console.log(`engine  peak memory of its process, context 4,096: ${mebibytes(peak)}`);
  },
};
for (const name of given.only.split(",")) await measures[name]?.();
