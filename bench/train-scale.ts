import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { GIVES_BACK } from "../src/train/run/collect.ts";
import { mebibytes, median, whole } from "./measure.ts";
import { type TuneJob, type TuneReport, tuneReportSchema } from "./tune-job.ts";

/**
 * How a step grows with its tokens: its time in full training, and its memory where only a fixed number of tokens has
 * loss and the vocabulary is large. Each size in a process of its own, in turns. `npm run bench:train-scale`.
 */
const ROUNDS = 3;
const TIME = 256;
const SIZES = [1, 2, 4, 8];
const model = {
  vocabularySize: 16_000,
  hiddenSize: 384,
  layers: 8,
  heads: 6,
  kvHeads: 2,
  feedForwardSize: 1024,
  context: 32_768,
  ropeBase: 1_000_000,
};
const common = { threads: 2, steps: 3, precision: "bf16" } as const;

console.log(`full training of 20 M parameters, rows of ${TIME} tokens, all with loss`);
const full = await measured((batch) => ({
  ...common,
  model,
  batch: { batch, time: TIME, supervised: TIME },
  rank: null,
  stored: "bf16",
}));
for (const { batch, speed } of full) {
  const tokens = batch * TIME;
  const [step, each] = [(tokens / speed) * 1000, 1e6 / speed];
  console.log(
    `  ${whole(tokens).padStart(6)} tokens  ${whole(step).padStart(7)} ms a step  ${whole(each).padStart(5)} µs a token`,
  );
}

const VOCABULARY = 151_936;
const SUPERVISED = 64;
const large = { ...model, vocabularySize: VOCABULARY, layers: 4 };
console.log(
  `LoRA with a vocabulary of ${whole(VOCABULARY)}: logits of one token take ${4 * VOCABULARY} bytes`,
);
for (const { name, supervised } of [
  { name: `${SUPERVISED} tokens with loss`, supervised: (batch: number) => SUPERVISED / batch },
  { name: "all tokens with loss", supervised: () => TIME },
]) {
  const found = await measured((batch) => ({
    ...common,
    model: large,
    batch: { batch, time: TIME, supervised: supervised(batch) },
    rank: 16,
    stored: "q8_0",
  }));
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) throw new Error("no size was measured");
  const each = (last.peak - first.peak) / ((last.batch - first.batch) * TIME);
  console.log(
    `  ${name}: ${found.map(({ batch, peak }) => `${whole(batch * TIME)} tokens ${mebibytes(peak)}`).join(", ")}; ` +
      `${whole(each)} bytes for each further token`,
  );
}

async function measured(job: (batch: number) => TuneJob) {
  const sizes = SIZES.map((batch) => ({ batch, reports: [] as TuneReport[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { batch, reports } of sizes) reports.push(await run(job(batch)));
  }
  return sizes.map(({ batch, reports }) => ({
    batch,
    speed: median(reports.map(({ tokensPerSecond }) => tokensPerSecond)),
    peak: median(reports.map(({ peakBytes }) => peakBytes)),
  }));
}

async function run(job: TuneJob): Promise<TuneReport> {
  const args = ["--import", "tsx", "bench/tune-contender.ts", JSON.stringify(job)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...GIVES_BACK },
  });
  return tuneReportSchema.parse(JSON.parse(stdout));
}
