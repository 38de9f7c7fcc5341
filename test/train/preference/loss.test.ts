import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Comparison, type Likelihood, pairLoss } from "../../../src/train/preference/loss.ts";

const answer = fc.record({
  now: fc.double({ min: -200, max: 0, noNaN: true }),
  before: fc.double({ min: -200, max: 0, noNaN: true }),
  tokens: fc.integer({ min: 1, max: 60 }),
});
const comparison = fc.oneof(
  fc.record({ loss: fc.constant("sigmoid" as const), beta: fc.double({ min: 0.01, max: 2, noNaN: true }) }),
  fc.record({
    loss: fc.constant("simpo" as const),
    beta: fc.double({ min: 0.1, max: 10, noNaN: true }),
    gamma: fc.double({ min: 0, max: 5, noNaN: true }),
  }),
);

describe("the loss of a pair", () => {
  test("is ln 2 where nothing has changed, and both answers bear on it by half of beta", () => {
    const same = (now: number): Likelihood => ({ now, before: now, tokens: 7 });
    const { loss, chosenWeight, rejectedWeight } = pairLoss(
      { loss: "sigmoid", beta: 0.1 },
      same(-40),
      same(-3),
    );
    expect(loss).toBeCloseTo(Math.LN2, 12);
    expect([chosenWeight, rejectedWeight]).toEqual([0.05, -0.05]);
  });

  // By torch 2.13: -logsigmoid(0.1 * ((-12 - -15) - (-20 - -18))) and -logsigmoid(2 * (-12 / 6 - -20 / 8) - 1.5)
  test("is what PyTorch computes", () => {
    const chosen = { now: -12, before: -15, tokens: 6 };
    const rejected = { now: -20, before: -18, tokens: 8 };
    expect(pairLoss({ loss: "sigmoid", beta: 0.1 }, chosen, rejected).loss).toBeCloseTo(0.474077, 6);
    expect(pairLoss({ loss: "simpo", beta: 2, gamma: 1.5 }, chosen, rejected).loss).toBeCloseTo(0.974077, 6);
  });

  test("falls as its weights say, whatever the answers", () => {
    const step = 1e-4;
    const slope = (of: Comparison, at: readonly [Likelihood, Likelihood], which: 0 | 1): number => {
      const moved = (by: number) => {
        const [chosen, rejected] = at;
        return which === 0
          ? pairLoss(of, { ...chosen, now: chosen.now + by }, rejected).loss
          : pairLoss(of, chosen, { ...rejected, now: rejected.now + by }).loss;
      };
      return (moved(step) - moved(-step)) / (2 * step);
    };
    fc.assert(
      fc.property(comparison, answer, answer, (of, chosen, rejected) => {
        const { loss, chosenWeight, rejectedWeight } = pairLoss(of, chosen, rejected);
        expect(Number.isFinite(loss)).toBe(true);
        expect(slope(of, [chosen, rejected], 0)).toBeCloseTo(-chosenWeight, 5);
        expect(slope(of, [chosen, rejected], 1)).toBeCloseTo(-rejectedWeight, 5);
      }),
    );
  });
});
