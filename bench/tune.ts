import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { GIVES_BACK } from "../src/train/run/collect.ts";
import { mebibytes, median, whole } from "./measure.ts";
import { PEERS } from "./peers/peers.ts";
import { type TuneJob, type TuneReport, tuneReportSchema } from "./tune-job.ts";

/**
 * Tuning beside PyTorch, transformers and PEFT on the same shape, batch, rank and threads, each contender in a process of
 * its own and in turns. `npm run bench:tune`; `-- --job full` trains all weights of a smaller model, `-- --job small`
 * rehearses it.
 */
const QWEN2_HALF_BILLION = {
  vocabularySize: 151_936,
  hiddenSize: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  feedForwardSize: 4864,
  context: 32_768,
  ropeBase: 1_000_000,
};
const QWEN2_20_MILLION = {
  ...QWEN2_HALF_BILLION,
  vocabularySize: 16_000,
  hiddenSize: 384,
  layers: 8,
  heads: 6,
  feedForwardSize: 1024,
};
const JOBS = {
  lora: { model: QWEN2_HALF_BILLION, batch: { batch: 2, time: 256, supervised: 96 }, rank: 16 },
  full: { model: QWEN2_20_MILLION, batch: { batch: 4, time: 256, supervised: 256 }, rank: null },
  small: {
    model: { ...QWEN2_20_MILLION, layers: 2 },
    batch: { batch: 2, time: 64, supervised: 32 },
    rank: 8,
  },
} satisfies Record<string, Pick<TuneJob, "model" | "batch" | "rank">>;

const { values: options } = parseArgs({
  options: {
    job: { type: "string", default: "lora" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "3" },
    python: { type: "string", default: join(PEERS, "tune", "bin", "python") },
  },
});
const chosen = Object.entries(JOBS).find(([name]) => name === options.job)?.[1];
if (chosen === undefined) throw new Error(`there is no job ${options.job}; take one of ${Object.keys(JOBS)}`);
if (!existsSync(options.python)) {
  console.log("set up PyTorch and PEFT first: npm run bench:tune:setup");
  process.exit(2);
}
const common = { ...chosen, threads: Number(options.threads), steps: Number(options.steps) };

const ours = (job: Pick<TuneJob, "precision" | "stored" | "checkpointing">) => () =>
  run(
    GIVES_BACK,
    process.execPath,
    "--import",
    "tsx",
    "bench/tune-contender.ts",
    JSON.stringify({ ...common, ...job }),
  );
const peer = (precision: TuneJob["precision"]) => () =>
  run(
    { HF_HUB_OFFLINE: "1" },
    options.python,
    "bench/peers/tune.py",
    JSON.stringify({ ...common, precision }),
  );
const stored = chosen.rank === null ? "bf16" : "q8_0";
const kept = chosen.rank === null ? "" : " Q8_0";
const contenders = [
  { name: "PyTorch f32", isPeer: true, measure: peer("f32") },
  { name: "PyTorch bf16", isPeer: true, measure: peer("bf16") },
  { name: "ours f32", isPeer: false, measure: ours({ precision: "f32", stored: "f32" }) },
  { name: "ours bf16", isPeer: false, measure: ours({ precision: "bf16", stored: "bf16" }) },
  ...(chosen.rank === null
    ? []
    : [{ name: `ours bf16${kept}`, isPeer: false, measure: ours({ precision: "bf16", stored }) }]),
  {
    name: `ours bf16${kept}, layers twice`,
    isPeer: false,
    measure: ours({ precision: "bf16", stored, checkpointing: true }),
  },
].map((contender) => ({ ...contender, reports: [] as TuneReport[] }));

for (let round = 0; round < Number(options.rounds); round++) {
  for (const { measure, reports } of contenders) reports.push(await measure());
}

const results = contenders.map(({ name, isPeer, reports }) => ({
  name,
  isPeer,
  speed: median(reports.map(({ tokensPerSecond }) => tokensPerSecond)),
  peak: median(reports.map(({ peakBytes }) => peakBytes)),
}));
const best = results.filter(({ isPeer }) => isPeer).sort((a, b) => b.speed - a.speed)[0];
if (best === undefined) throw new Error("no peer was measured");
const { batch, time, supervised } = common.batch;
console.log(
  `${options.job}: ${batch} × ${time} tokens a step, ${supervised} of ${time} with loss, ${common.threads} threads, ` +
    `${options.rounds} rounds of ${common.steps} steps; ratios to ${best.name}`,
);
for (const { name, speed, peak } of results) {
  const ratios = `${(speed / best.speed).toFixed(2)}× speed, ${(peak / best.peak).toFixed(2)}× memory`;
  console.log(
    `  ${name.padEnd(28)} ${whole(speed).padStart(7)} tokens/s  ${mebibytes(peak).padStart(10)}  ${ratios}`,
  );
}

async function run(
  environment: Readonly<Record<string, string>>,
  command: string,
  ...args: string[]
): Promise<TuneReport> {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...environment } });
  return tuneReportSchema.parse(JSON.parse(stdout));
}
