import { describe, expect, it } from "vitest";
import { train } from "../../models/make/battery/ngram.ts";
import { Random } from "../../models/make/text/random.ts";

describe("Kneser-Ney", () => {
  it("gives the values worked out by hand for a bigram model", () => {
    // The text 0 1 0 2: every bigram occurs once, so every discount is 0.75. Token 0 follows two different tokens (the
    // beginning and 1), 1 and 2 follow one each: p(0) = 1.25/4 + 2.25/4/3 = 0.5, p(1) = p(2) = 0.25/4 + 2.25/4/3 = 0.25.
    const model = train([[0, 1, 0, 2]], 3, 2);
    // After 0 came 1 and 2, once each: p(1|0) = 0.25/2 + 0.75 · 0.25, p(0|0) = 0.75 · 0.5.
    const [zero, one, two] = model.distribution([0]);
    expect(zero).toBeCloseTo(0.375, 6);
    expect(one).toBeCloseTo(0.3125, 6);
    expect(two).toBeCloseTo(0.3125, 6);
    // At the beginning 0 came once: p = 0.25/1 + 0.75 · 0.5.
    expect(model.distribution([])[0]).toBeCloseTo(0.625, 6);
    expect(model.bits([0, 1])).toBeCloseTo(-Math.log2(0.625) - Math.log2(0.3125), 5);
  });

  it("discounts ones, twos and more by the counts of counts", () => {
    // Four tokens once, two twice, one three times, one four times: Y = 4/(4 + 2·2) = 1/2, so D1 = 1 - 2·Y·2/4 = 1/2,
    // D2 = 2 - 3·Y·1/2 = 5/4 and D3 = 3 - 4·Y·1/1 = 1; of 15 tokens 6.5 are set free for ten equally.
    const model = train([[0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7]], 10, 1);
    const p = model.distribution([]);
    const free = 6.5 / 15 / 10;
    expect(p[0]).toBeCloseTo(0.5 / 15 + free, 6);
    expect(p[4]).toBeCloseTo(0.75 / 15 + free, 6);
    expect(p[6]).toBeCloseTo(2 / 15 + free, 6);
    expect(p[7]).toBeCloseTo(3 / 15 + free, 6);
    expect(p[9]).toBeCloseTo(free, 6);
  });

  it("sums to one after any context, seen or not", () => {
    const random = new Random(1);
    const texts = Array.from({ length: 20 }, () =>
      Array.from({ length: 200 }, () => Math.min(random.below(9), random.below(12))),
    );
    const model = train(texts, 13, 5);
    for (const context of [
      [],
      [0],
      [1, 2, 3, 4, 5],
      texts[0]?.slice(0, 50) ?? [],
      [12, 12, 12, 12],
      [0, 12, 0],
    ]) {
      const total = model.distribution(context).reduce((sum, p) => sum + p, 0);
      expect(total).toBeCloseTo(1, 5);
      expect(Math.min(...model.distribution(context))).toBeGreaterThan(0);
    }
  });

  it("learns what follows five tokens on", () => {
    const pattern = [1, 2, 3, 1, 2, 4, 1, 2, 3, 1, 2, 5];
    const text = Array.from({ length: 600 }, (_, index) => pattern[index % pattern.length] ?? 0);
    const perToken = (order: number) => train([text], 8, order).bits(text) / text.length;
    expect(perToken(5)).toBeLessThan(0.3);
    expect(perToken(5)).toBeLessThan(perToken(2));
  });

  it("refuses a token outside of the vocabulary", () => {
    expect(() => train([[3]], 3)).toThrow(RangeError);
  });
});
