import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Engine, GenerateOptions } from "../src/engine/engine.ts";
import type { LlamaEngineOptions } from "../src/engine/llama/options.ts";
import { childrenOf } from "../test/support/processes.ts";
import { QWEN2_5_0_5B, quantizedModel } from "../test/support/random-model.ts";
import { mebibytes, median } from "./measure.ts";
import { hasPeers, LlamaServer, llamaBench, NodeLlamaCpp, peakOf } from "./peers/peers.ts";

/**
 * How fast the engine is, on a model of Qwen2.5-0.5B's shape with random weights, each figure a ratio within one run:
 * beside llama-bench, llama-server and node-llama-cpp on the same file, threads and native libraries
 * (`npm run bench:peers` sets them up), and beside itself where something need not be computed twice.
 * `npm run bench:engine [-- --rounds N --tokens N --only NAME,…]`.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const NAMES = "decode,prefill,server,wrapper,turn,disk,shared,lookup,memory";
const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    tokens: { type: "string", default: "2000" },
    only: { type: "string", default: NAMES },
  },
});
const rounds = Number(given.rounds);
const long = Number(given.tokens);
const threads = availableParallelism(); // as the engine
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

/** Milliseconds to the first token, or to so many, every one of which is delivered here. */
async function time(
  engine: Engine,
  ids: readonly number[],
  maxTokens = 1,
  more: Partial<GenerateOptions> = {},
): Promise<number> {
  const start = performance.now();
  const request = { maxTokens, sampling: { temperature: 0 }, stopTokens: [], ...more };
  for await (const _ of engine.generate(ids, request));
  return performance.now() - start;
}

/** Tokens a second after the first one, as llama-bench counts them. */
async function decodeSpeed(engine: Engine, ids: readonly number[], count: number): Promise<number> {
  let written = -1;
  let start = 0;
  const request = { maxTokens: count + 1, sampling: { temperature: 0 }, stopTokens: [] };
  for await (const _ of engine.generate(ids, request)) if (++written === 0) start = performance.now();
  return written / ((performance.now() - start) / 1000);
}

/** One ratio a line: the middle of all rounds, and all of them. */
async function report(name: string, aim: string, measure: () => Promise<number>): Promise<void> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) ratios.push(await measure());
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(3));
  const all = ratios.map((ratio) => ratio.toFixed(3)).join(" ");
  console.log(
    `engine  ${name}: ${median(ratios).toFixed(3)}× (aim ${aim}), ${least} to ${most} in ${rounds} rounds [${all}]`,
  );
}

/** Many texts at once: how many, the tokens of each prompt, and the tokens that each writes. */
const MANY = { sequences: 8, prompt: 32, write: 48 } as const;
const prompts = (): number[][] => Array.from({ length: MANY.sequences }, () => prompt(MANY.prompt));
const sizes = { context: 2048, sequences: MANY.sequences, threads };

async function manyAtOnce(engine: Engine): Promise<number> {
  const all = prompts();
  const start = performance.now();
  await Promise.all(all.map((ids) => time(engine, ids, MANY.write)));
  return performance.now() - start;
}

const measures: Readonly<Record<string, () => Promise<void>>> = {
  decode: async () => {
    await using engine = await load({ contextSize: 1024 });
    await time(engine, prompt(8), 8);
    await report("decoding, tokens/s / llama-bench", "at least 0.97", async () => {
      const ours = await decodeSpeed(engine, prompt(1), 96);
      return ours / (await llamaBench(path, threads, "-p", "0", "-n", "96"));
    });
  },
  prefill: async () => {
    // Room for one prompt: what is kept of an earlier one is attended over too (0.92x with 512 tokens kept), and
    // llama-bench begins with nothing.
    await using engine = await load({ contextSize: 528 });
    await time(engine, prompt(512));
    await report("prefill of 512 tokens, tokens/s / llama-bench", "at least 0.97", async () => {
      const ours = 512 / ((await time(engine, prompt(512))) / 1000);
      return ours / (await llamaBench(path, threads, "-p", "512", "-n", "0"));
    });
  },
  server: async () => {
    await using engine = await load({ contextSize: sizes.context, sequences: MANY.sequences });
    await using server = await LlamaServer.start(path, sizes);
    const theirs = async (): Promise<number> => {
      const all = prompts();
      const start = performance.now();
      await Promise.all(all.map((ids) => server.complete(ids, MANY.write)));
      return performance.now() - start;
    };
    await manyAtOnce(engine);
    await theirs();
    await report(`${MANY.sequences} requests at once, tokens/s / llama-server`, "at least 1.0", async () => {
      const ours = await manyAtOnce(engine);
      return (await theirs()) / ours;
    });
  },
  wrapper: async () => {
    await using engine = await load({ contextSize: sizes.context, sequences: MANY.sequences });
    await using peer = await NodeLlamaCpp.start(path, sizes);
    await manyAtOnce(engine);
    await peer.complete(prompts(), MANY.write);
    await report(
      `${MANY.sequences} requests at once, tokens/s / node-llama-cpp`,
      "at least 2.5",
      async () => {
        const ours = await manyAtOnce(engine);
        return (await peer.complete(prompts(), MANY.write)) / ours;
      },
    );
  },
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
    // Alone, each of the 16 requests would read all.
    await report("16 requests sharing 1,000 tokens / 16 times one", "at most 0.25", async () => {
      const alone = await time(engine, prompt(1020));
      const system = prompt(1000);
      const start = performance.now();
      await Promise.all(Array.from({ length: 16 }, () => time(engine, [...system, ...prompt(20)])));
      return (performance.now() - start) / (16 * alone);
    });
  },
  lookup: async () => {
    await using engine = await load({ contextSize: 1024 });
    await report("text that repeats, tokens/s with prompt lookup / without", "at least 1.5", async () => {
      const ids = prompt(64);
      const plain = await time(engine, ids, 256);
      let drafted = 0;
      const start = performance.now();
      const request = {
        maxTokens: 256,
        sampling: { temperature: 0 },
        stopTokens: [],
        speculation: "lookup",
      } as const;
      for await (const { isDrafted } of engine.generate(ids, request)) if (isDrafted) drafted++;
      console.log(`        ${drafted} of 256 tokens had been guessed`);
      return plain / (performance.now() - start);
    });
  },
  memory: async () => {
    const plan = { context: 4096, sequences: 4, threads };
    await using engine = await load({ contextSize: plan.context, sequences: plan.sequences });
    const [host = 0] = (await childrenOf(process.pid)).slice(-1);
    await using server = await LlamaServer.start(path, plan);
    const all = Array.from({ length: plan.sequences }, () => prompt(600));
    await Promise.all(all.map((ids) => time(engine, ids, 16)));
    await Promise.all(all.map((ids) => server.complete(ids, 16)));
    const [ours, theirs] = [peakOf(host), server.peak];
    const beside = `${mebibytes(ours)} against ${mebibytes(theirs)}`;
    console.log(
      `engine  peak memory of its process / llama-server's: ${(ours / theirs).toFixed(3)}× (aim at most 1.05), ${beside}`,
    );
  },
};
if (hasPeers()) {
  console.log(
    `engine  ${threads} threads, load before: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}`,
  );
  for (const name of given.only.split(",")) await measures[name]?.();
}
