import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { convert } from "../../../src/convert/convert.ts";
import type { Row, Segment } from "../../../src/train/batch.ts";
import { readModelFile } from "../../../src/train/model-file.ts";
import type { Comparison } from "../../../src/train/preference/loss.ts";
import { Preference } from "../../../src/train/preference/preference.ts";
import { Trainer } from "../../../src/train/trainer.ts";
import { folderOfModel } from "../../convert/models.ts";
import { temporaryFolder } from "../../support/gguf.ts";

/** What `test/oracle/train_models.py` writes of preferences. */
interface Golden {
  readonly pairs: readonly Record<"prompt" | "chosen" | "rejected", readonly number[]>[];
  readonly preferences: Readonly<
    Record<string, readonly Record<"loss" | "norm" | "chosen" | "rejected", number>[]>
  >;
}

const comparisons: readonly Comparison[] = [
  { loss: "sigmoid", beta: 0.1 },
  { loss: "simpo", beta: 2, gamma: 1.5 },
];
const optimizer = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
  warmupSteps: 0,
  schedule: "constant",
  finalShare: 1,
} as const;
const folder = temporaryFolder();

describe.each([
  "tiny-qwen2-base",
  "tiny-qwen2-yarn",
  "tiny-qwen3-instruct",
  "tiny-llama3",
  "tiny-llama2",
] as const)("%s learns preferences step by step as PyTorch computes it", (name) => {
  test.each(comparisons)("by $loss", async (comparison) => {
    const golden: Golden = JSON.parse(
      readFileSync(new URL(`../../fixtures/train/${name}.json`, import.meta.url), "utf8"),
    );
    const path = join(folder, `${name}-${comparison.loss}.gguf`);
    await convert(folderOfModel(name), { output: path, type: "f32" });
    const { config, weights } = await readModelFile(path);
    const shape = { time: 48, batch: 2 };
    using trainer = new Trainer({ config, weights, optimizer, shape, precision: "f32", threads: 1 });
    const rows = golden.pairs.map(
      ({ prompt, chosen, rejected }): Row => [answer(prompt, chosen), answer(prompt, rejected)],
    );
    const beginning = Preference.begin(trainer, folder, {
      comparison,
      fingerprint: path,
      rows: () => rows,
    });
    let began = await beginning.next();
    while (!began.done) began = await beginning.next();
    const wanted = golden.preferences[comparison.loss] ?? [];
    for (const [step, { loss, norm, chosen, rejected }] of wanted.entries()) {
      const some = [rows[(2 * step) % 4] ?? [], rows[(2 * step + 1) % 4] ?? []];
      const found = await began.value.step(trainer, some, step, wanted.length);
      const near = (value: number, golden: number) =>
        expect(Math.abs(value - golden), `step ${step}`).toBeLessThan(2e-4 * (1 + Math.abs(golden)));
      near(found.loss, loss);
      near(found.gradientNorm, norm);
      near(found.preference.chosenReward, chosen);
      near(found.preference.rejectedReward, rejected);
    }
    expect(wanted).toHaveLength(6);
  });
});

function answer(prompt: readonly number[], tokens: readonly number[]): Segment {
  return { ids: [...prompt, ...tokens], trained: (i) => i >= prompt.length };
}
