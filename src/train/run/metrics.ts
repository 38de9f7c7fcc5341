import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EvaluationEvent, StepEvent } from "./events.ts";
import { eventFileName, fileVersion, type Scalars, scalarsRecord } from "./tensorboard.ts";

const number = z.number();
const preference = z
  .object({ pairs: z.int(), loss: number, accuracy: number, chosenReward: number, rejectedReward: number })
  .exactOptional();
const stepSchema = z.object({
  event: z.literal("step"),
  step: z.int(),
  steps: z.int(),
  loss: number,
  gradientNorm: number,
  learningRate: number,
  trainedTokens: number,
  tokensPerSecond: number,
  secondsLeft: number,
  preference,
  seconds: number.default(0),
  time: number.default(0),
});
const evaluationSchema = z.object({
  event: z.literal("evaluation"),
  step: z.int(),
  loss: number,
  bitsPerByte: number.nullable(),
  tokens: z.int(),
  sources: z
    .array(z.object({ path: z.string(), loss: number, bitsPerByte: number, tokens: z.int() }))
    .default([]),
  preference,
  isBest: z.boolean(),
  samples: z.array(z.object({ prompt: z.string(), text: z.string(), isEnded: z.boolean() })),
  time: number,
});
const lineSchema = z.discriminatedUnion("event", [stepSchema, evaluationSchema]);

/** One line of a run's metrics. */
export type Metric = StepEvent | EvaluationEvent;

const FILE = "metrics.jsonl";

/** The metrics of a run; lines that a kill cut short are left out. None where there is no such file. */
export async function readMetrics(output: string): Promise<Metric[]> {
  const text = await readFile(join(output, FILE), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      const checked = lineSchema.safeParse(JSON.parse(line));
      return checked.success ? [checked.data] : [];
    } catch {
      return [];
    }
  });
}

/** Writes down what a run measures, as JSON lines and for TensorBoard. */
export class MetricsLog {
  readonly #lines: string;
  readonly #events: string;

  private constructor(lines: string, events: string) {
    this.#lines = lines;
    this.#events = events;
  }

  /** Keeps what was measured up to a step; what comes after the checkpoint is done again. */
  static async open(output: string, upTo: number): Promise<MetricsLog> {
    const kept = upTo === 0 ? [] : (await readMetrics(output)).filter(({ step }) => step <= upTo);
    const lines = join(output, FILE);
    await writeFile(`${lines}.part`, kept.map((metric) => `${JSON.stringify(metric)}\n`).join(""));
    await rename(`${lines}.part`, lines);
    const board = join(output, "tensorboard");
    await mkdir(board, { recursive: true });
    for (const name of await readdir(board)) {
      if (name.startsWith("events.out.tfevents.")) await rm(join(board, name), { force: true });
    }
    const began = kept[0]?.time ?? Date.now();
    const events = join(board, eventFileName(began));
    const records = kept.map((metric) => scalarsRecord(scalarsOf(metric)));
    await writeFile(events, Buffer.concat([fileVersion(began), ...records]));
    return new MetricsLog(lines, events);
  }

  async add(metric: Metric): Promise<void> {
    await appendFile(this.#lines, `${JSON.stringify(metric)}\n`);
    await appendFile(this.#events, scalarsRecord(scalarsOf(metric)));
  }
}

function scalarsOf(metric: Metric): Scalars {
  const { step, time, loss } = metric;
  if (metric.event === "evaluation") {
    const { bitsPerByte } = metric;
    const values = {
      "held-out/loss": loss,
      ...(bitsPerByte === null ? {} : { "held-out/bits_per_byte": bitsPerByte }),
    };
    return { step, time, values: { ...values, ...preferenceScalars("held-out", metric) } };
  }
  return {
    step,
    time,
    values: {
      "train/loss": loss,
      "train/gradient_norm": metric.gradientNorm,
      "train/learning_rate": metric.learningRate,
      "train/tokens_per_second": metric.tokensPerSecond,
      ...preferenceScalars("train", metric),
    },
  };
}

function preferenceScalars(of: string, { preference }: Metric): Scalars["values"] {
  if (preference === undefined) return {};
  const { accuracy, chosenReward, rejectedReward } = preference;
  return {
    [`${of}/accuracy`]: accuracy,
    [`${of}/reward_chosen`]: chosenReward,
    [`${of}/reward_rejected`]: rejectedReward,
  };
}
