import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parameterCount } from "../src/train/arch/weights.ts";
import { mebibytes, median, whole } from "./measure.ts";
import {
  CONTENDERS,
  type ContenderName,
  JOBS,
  type Order,
  type Report,
  reportSchema,
  sizeSchema,
} from "./train-job.ts";

/**
 * Pretraining throughput and peak memory of our trainer (bf16 and f32 products) beside stock ggml autograd on the same
 * forward graph, weights and batches. `npm run bench:train`; `-- --size small` rehearses it in seconds.
 */
const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "full" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "3" },
  },
});
const WARM_UP_STEPS = 4;
const size = sizeSchema.parse(options.size);
const { config, shape } = JOBS[size];
const [rounds, stepsOfRound] = [Number(options.rounds), Number(options.steps)];
const tokensOfRound = stepsOfRound * shape.time * shape.batch;

/** A contender's process and what it has reported. */
class Runner {
  readonly name: ContenderName;
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;
  readonly speeds: number[] = [];
  firstLosses: readonly number[] = [];
  last: Report = { losses: [], seconds: 0, peakBytes: 0, plannedBytes: 0 };

  constructor(name: ContenderName) {
    this.name = name;
    const file = fileURLToPath(new URL("./train-contender.ts", import.meta.url));
    this.#process = fork(file, [name, size, options.threads]);
    this.#ended = once(this.#process, "exit").then(([code, signal]) => {
      throw new Error(`the contender ${name} ended early (${signal ?? code})`);
    });
    this.#ended.catch(() => {}); // at the end it is expected to
  }

  async ready(): Promise<void> {
    this.last = await this.#report();
  }

  async warmUp(): Promise<void> {
    this.firstLosses = (await this.#order(WARM_UP_STEPS)).losses;
  }

  async round(): Promise<void> {
    const { seconds } = await this.#order(stepsOfRound);
    this.speeds.push(tokensOfRound / seconds);
  }

  stop(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  async #order(steps: number): Promise<Report> {
    const order: Order = { steps };
    this.#process.send(order);
    this.last = await this.#report();
    return this.last;
  }

  async #report(): Promise<Report> {
    const [report] = await Promise.race([once(this.#process, "message"), this.#ended]);
    return reportSchema.parse(report);
  }
}

const runners = CONTENDERS.map((name) => new Runner(name));
try {
  for (const runner of runners) await runner.ready();
  for (const runner of runners) await runner.warmUp();
  // interleaved, so that a drift of the machine meets all of them
  for (let round = 0; round < rounds; round++) for (const runner of runners) await runner.round();
} finally {
  for (const runner of runners) runner.stop();
}
print();

function print(): void {
  const millions = (parameterCount(config) / 1e6).toFixed(2);
  console.log(
    `pretraining, ${millions} M parameters, ${shape.batch} × ${shape.time} tokens a step, ${options.threads} threads, ` +
      `${rounds} rounds of ${stepsOfRound} steps`,
  );
  console.log(`loss of the first ${WARM_UP_STEPS} steps (the same work when they agree):`);
  for (const { name, firstLosses } of runners) {
    console.log(`  ${name.padEnd(6)} ${firstLosses.map((loss) => loss.toFixed(5)).join("  ")}`);
  }
  const stock = runners.find(({ name }) => name === "stock");
  if (stock === undefined) return;
  for (const ours of runners.filter((runner) => runner !== stock)) {
    const ratio = median(ours.speeds.map((speed, round) => speed / (stock.speeds[round] ?? Number.NaN)));
    console.log(
      `speed   ${ours.name.padEnd(4)} / stock autograd: ${ratio.toFixed(2)}×  ` +
        `(${whole(median(ours.speeds))} against ${whole(median(stock.speeds))} tokens/s)`,
    );
  }
  for (const ours of runners.filter((runner) => runner !== stock)) {
    const ratio = ours.last.peakBytes / stock.last.peakBytes;
    console.log(
      `memory  ${ours.name.padEnd(4)} / stock autograd: ${ratio.toFixed(2)}×  ` +
        `(peak of the process ${mebibytes(ours.last.peakBytes)} against ${mebibytes(stock.last.peakBytes)}, ` +
        `of it native ${mebibytes(ours.last.plannedBytes)} against ${mebibytes(stock.last.plannedBytes)})`,
    );
  }
}
