import { describe, expect, it } from "vitest";
import { qwen3Config } from "../../src/train/arch/config.ts";
import { layInductionHeads } from "../../src/train/arch/induction.ts";
import type { Row } from "../../src/train/batch.ts";
import { measureLoss } from "../../src/train/evaluate.ts";
import { Random } from "../../src/train/random.ts";
import { initialWeights } from "../../src/train/trainer.ts";

const CONFIG = qwen3Config({
  vocabularySize: 500,
  hiddenSize: 160,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 32,
  feedForwardSize: 64,
  context: 64,
  ropeBase: 10_000,
  epsilon: 1e-6,
});

/** Rows of 20 different random tokens said twice; only the second saying counts. */
function sayings(): Row[] {
  const random = new Random(5);
  const tokens = Array.from({ length: CONFIG.vocabularySize }, (_, id) => id);
  return Array.from({ length: 32 }, () => {
    const said = random.sample(tokens, 20);
    // the first token of the second saying cannot be known
    return [{ ids: [...said, ...said], trained: (i: number) => i > said.length }];
  });
}

async function lossPerToken(inductionHeads: boolean): Promise<number> {
  const weights = initialWeights(CONFIG, new Random(1), { inductionHeads });
  const { nats, tokens } = await measureLoss(CONFIG, weights, sayings(), { time: 39, batch: 8 }, 1);
  return nats / tokens;
}

describe("induction heads", () => {
  it("let a model that has learned nothing say again what it was told", async () => {
    const guess = Math.log(CONFIG.vocabularySize);
    expect(await lossPerToken(false)).toBeGreaterThan(guess - 0.2);
    expect(await lossPerToken(true)).toBeLessThan(guess / 2);
  });

  it("need two layers and room beside the tokens for what came before them", () => {
    const weights = initialWeights(CONFIG, new Random(1));
    for (const shape of [{ layers: 1 }, { hiddenSize: 64 }]) {
      expect(() => layInductionHeads({ ...CONFIG, ...shape }, weights, new Random(1))).toThrow(RangeError);
    }
  });
});
