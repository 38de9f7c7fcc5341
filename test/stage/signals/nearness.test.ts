import { describe, expect, test } from "vitest";
import { type Nearness, nearnessEvidence } from "../../../src/stage/signals/nearness.ts";

/** Four pairs of which the first `right` are nearer than all else. */
function measured(language: "en" | "zh", right: number, near: number, far: number): Nearness {
  return {
    language,
    pairs: Array.from({ length: 4 }, (_, i) => ({
      paraphrase: i < right ? near : far - 0.01,
      others: [far, far, far],
    })),
  };
}

describe("vectors of a model that is taken for an embedder", () => {
  test("speak for it where paraphrases lie nearest, in one language at least", () => {
    const [evidence, ...more] = nearnessEvidence([measured("zh", 0, 0.4, 0.4), measured("en", 4, 0.8, 0.1)]);
    expect(more).toEqual([]);
    expect(evidence).toMatchObject({ source: "behaviour", says: "embedding", weight: 3 });
    expect(evidence?.text.en).toContain("English 4 of 4, cosine 0.80 against 0.10; Chinese 0 of 4");
    expect(evidence?.text.zh).toContain("英文 4 对中 4 对，余弦 0.80 对 0.10；中文 4 对中 0 对");
  });

  test("verify nothing where the gap is small", () => {
    expect(nearnessEvidence([measured("en", 4, 0.86, 0.8)])).toMatchObject([
      { says: "embedding", weight: 1 },
    ]);
  });

  test("speak against it where they look alike, or are near by chance", () => {
    expect(nearnessEvidence([measured("en", 4, 0.995, 0.99)])).toMatchObject([
      { says: "base", signal: "vectors look alike", weight: 2 },
    ]);
    expect(nearnessEvidence([measured("en", 1, 0.6, 0.5)])).toMatchObject([
      { says: "base", signal: "paraphrases do not lie near" },
    ]);
  });

  test("say nothing where it is open, or nothing could be measured", () => {
    expect(nearnessEvidence([{ ...measured("en", 0, 0, 0), pairs: [] }])).toEqual([]);
    expect(nearnessEvidence([])).toEqual([]);
  });
});
