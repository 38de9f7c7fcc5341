import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { LICENCE_KINDS } from "../../src/catalog/model.ts";
import { recommendFrom, smallestOf, type Wish } from "../../src/catalog/recommend.ts";
import { sumOf } from "../../src/catalog/score.ts";
import { CHAT_STAGES, USES, type Use } from "../../src/stage/stage.ts";

const GIB = 2 ** 30;
const memories = fc.integer({ min: 2 ** 24, max: 300 * GIB });
const wishes = fc.record(
  {
    use: fc.constantFrom(...USES),
    memory: memories,
    context: fc.integer({ min: 1, max: 300_000 }),
    language: fc.constantFrom("en", "zh", "th", "xx"),
    licence: fc.constantFrom(...LICENCE_KINDS),
    packing: fc.constantFrom("none", "x86", "amx", "arm"),
    graphics: fc.boolean(),
  },
  { requiredKeys: ["use", "memory"] },
) as fc.Arbitrary<Wish>;

describe("what kind of model a use takes", () => {
  const stages = (use: Use): string[] => [
    ...new Set(
      recommendFrom({ use, memory: 500 * GIB, count: 100 }).recommendations.map(({ stage }) => stage),
    ),
  ];

  test("a conversation takes a model that was tuned for it, never a base", () => {
    expect(stages("chat").sort()).toEqual([...CHAT_STAGES].sort());
  });

  test.each(["complete", "infill", "adapt", "finetune"] as const)("%s starts from a base", (use) => {
    expect(stages(use)).toEqual(["base"]);
  });

  test("representing takes an embedding model, ordering a reranker, classifying either representation", () => {
    expect(stages("embed")).toEqual(["embedding"]);
    expect(stages("rerank")).toEqual(["reranker"]);
    expect(stages("classify").sort()).toEqual(["base", "embedding"]);
  });

  test("infilling takes only what was trained with infill tokens", () => {
    for (const { model } of recommendFrom({ use: "infill", memory: 500 * GIB, count: 100 }).recommendations) {
      expect(model.capabilities).toContain("fim");
    }
  });

  test.each(USES)("%s is answered in 8 GiB", (use) => {
    expect(recommendFrom({ use, memory: 8 * GIB }).recommendations.length).toBeGreaterThan(0);
  });
});

describe("for any wish", () => {
  test("what is recommended fits by its own estimate, and meets every condition", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const { recommendations, wish: whole } = recommendFrom(wish);
        for (const { model, form } of recommendations) {
          expect(form.memory.total).toBeLessThanOrEqual(wish.memory);
          expect(model.context).toBeGreaterThanOrEqual(whole.context);
          if (wish.language !== undefined) expect(model.languages).toContain(wish.language);
          if (wish.licence !== undefined) {
            expect(LICENCE_KINDS.indexOf(model.licence.kind)).toBeLessThanOrEqual(
              LICENCE_KINDS.indexOf(wish.licence),
            );
          }
        }
      }),
    );
  });

  test("every model is recommended, left out for one reason, or behind those of the list", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const { recommendations, leftOut } = recommendFrom({ ...wish, count: 1000 });
        const named = [...recommendations, ...leftOut].map(({ model }) => model.reference);
        expect(new Set(named).size).toBe(named.length);
        expect(named.length).toBeLessThanOrEqual(CATALOGUE.length);
        for (const { reason, needs } of leftOut) {
          expect(needs === undefined || (reason === "memory" && needs > wish.memory)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("they are in the order of a score that is the sum of its terms", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const { recommendations } = recommendFrom(wish);
        const scores = recommendations.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((one, other) => other - one));
        for (const { score, terms } of recommendations) expect(score).toBeCloseTo(sumOf(terms), 9);
      }),
    );
  });

  test("more memory never gives a best model of a lower score, or one that takes less", () => {
    fc.assert(
      fc.property(wishes, memories, (wish, memory) => {
        const best = (bytes: number) => recommendFrom({ ...wish, memory: bytes }).recommendations[0];
        const little = best(Math.min(wish.memory, memory));
        const much = best(Math.max(wish.memory, memory));
        if (little === undefined) return;
        expect(much?.score).toBeGreaterThanOrEqual(little.score);
        expect(much?.form.memory.total).toBeGreaterThanOrEqual(little.form.memory.total);
      }),
    );
  });

  test("a longer context never makes more models fit", () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 1, max: 300_000 }), (wish, context) => {
        const fitting = (tokens: number): Set<string> =>
          new Set(recommendFrom({ ...wish, context: tokens }).leftOut.map(({ model }) => model.reference));
        const [short, long] = [Math.min(context, 2048), Math.max(context, 2048)];
        const leftOut = fitting(long);
        for (const reference of fitting(short)) expect(leftOut).toContain(reference);
      }),
      { numRuns: 15 },
    );
  });
});

test("on a graphics card, more memory never gives a chat model of fewer parameters", () => {
  let parameters = 0;
  for (let memory = 0.3 * GIB; memory < 40 * GIB; memory *= 1.1) {
    const [best] = recommendFrom({ use: "chat", memory, graphics: true }).recommendations;
    if (best === undefined) continue;
    expect(best.parameters.total).toBeGreaterThanOrEqual(parameters);
    parameters = best.parameters.total;
  }
});

test("where nothing fits, the smallest and what it needs is known", () => {
  const advice = recommendFrom({ use: "chat", memory: 1 });
  expect(advice.recommendations).toEqual([]);
  const smallest = smallestOf(advice);
  expect(smallest?.model.reference).toBe("HuggingFaceTB/SmolLM2-135M-Instruct");
  const again = recommendFrom({ use: "chat", memory: smallest?.needs ?? 0 });
  expect(again.recommendations.map(({ model }) => model.reference)).toEqual([smallest?.model.reference]);
});

test("a family takes at most two places", () => {
  const { recommendations } = recommendFrom({ use: "chat", memory: 24 * GIB, count: 10 });
  const families = recommendations.map(({ model }) => model.family);
  for (const family of families) expect(families.filter((one) => one === family).length).toBeLessThan(3);
});
