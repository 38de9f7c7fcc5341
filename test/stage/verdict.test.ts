import { describe, expect, test } from "vitest";
import type { Evidence } from "../../src/stage/evidence.ts";
import { judge } from "../../src/stage/judge.ts";
import { STAGES } from "../../src/stage/stage.ts";
import { type Verdict, weigh } from "../../src/stage/verdict.ts";
import { CHATML, END_OF_TEXT, ENDS_TURN, facts, GOES_ON, nameless, TURN_END } from "./facts.ts";

function observation(changes: Partial<Evidence>): Evidence {
  return {
    source: "name",
    signal: "test",
    says: "base",
    fitsToo: [],
    weight: 1,
    text: { en: "", zh: "" },
    ...changes,
  };
}

describe("weighing", () => {
  test("probabilities add up to one and follow the log-odds", () => {
    const { probabilities } = weigh([observation({ weight: Math.log(2) })]);
    // The prior of base is 0.33; twice that is 0.66, beside 0.67 for the rest.
    expect(probabilities.base).toBeCloseTo(0.66 / 1.33, 10);
    expect(STAGES.reduce((sum, stage) => sum + probabilities[stage], 0)).toBeCloseTo(1, 10);
  });

  test("nothing observed is unknown", () => {
    expect(weigh([])).toMatchObject({ status: "unknown", stage: null, probability: null, evidence: [] });
  });

  test("evidence that cancels is unknown", () => {
    const verdict = weigh([
      observation({ says: "base", weight: 3 }),
      observation({ says: "instruct", weight: 2.7 }),
      observation({ says: "embedding", weight: 3.9 }),
    ]);
    expect(verdict.status).toBe("unknown");
  });

  test("a name alone claims", () => {
    expect(weigh([observation({ weight: 3 })])).toMatchObject({ status: "claimed", stage: "base" });
  });

  test("behaviour verifies, weak behaviour does not", () => {
    expect(weigh([observation({ source: "behaviour", weight: 8 })]).status).toBe("verified");
    const weak = [observation({ source: "behaviour", weight: 1 }), observation({ weight: 4 })];
    expect(weigh(weak).status).toBe("claimed");
  });

  test("proof for another stage does not verify, and is a warning", () => {
    const verdict = weigh([
      observation({ says: "embedding", weight: 20 }),
      observation({ source: "behaviour", says: "base", weight: 8 }),
    ]);
    expect(verdict).toMatchObject({ status: "claimed", stage: "embedding" });
    expect(verdict.warnings).toHaveLength(1);
  });

  test("ending its turns verifies every stage that chats", () => {
    const verdict = weigh([
      observation({ says: "hybrid", weight: 3 }),
      observation({ source: "behaviour", says: "instruct", fitsToo: ["thinking", "hybrid"], weight: 8 }),
    ]);
    expect(verdict).toMatchObject({ status: "verified", stage: "hybrid" });
  });

  test("the strongest evidence comes first", () => {
    const verdict = weigh([observation({ says: "guard", weight: 1 }), observation({ weight: 4 })]);
    expect(verdict.evidence.map((one) => one.weight)).toEqual([4, 1]);
  });

  test("what one source says again counts half as much each time, and proof always whole", () => {
    const again = weigh([observation({ weight: 4 }), observation({ weight: 2 }), observation({ weight: 2 })]);
    expect(again.evidence.map((one) => one.weight)).toEqual([4, 1, 0.5]);
    const others = weigh([observation({ weight: 4 }), observation({ source: "config", weight: 2 })]);
    expect(others.evidence.map((one) => one.weight)).toEqual([4, 2]);
    const proofs = weigh([1, 2].map((weight) => observation({ source: "behaviour", weight })));
    expect(proofs.evidence.map((one) => one.weight)).toEqual([2, 1]);
  });

  test("the stages that chat stand together: not knowing how it chats does not make it a base", () => {
    const chats = { says: "instruct", fitsToo: ["thinking", "hybrid"], weight: 0.7 } as const;
    const verdict = weigh([observation(chats), observation({ source: "config", weight: 0.6 })]);
    expect(verdict.probabilities.base).toBeLessThan(0.5);
    expect(weigh([observation({ ...chats, weight: 2 })]).stage).toBe("instruct");
  });

  test("a kind that speaks tells the stage of the language model within, and an adapter what it sits on", () => {
    const vision = observation({ source: "config", says: "other", kind: "vision", weight: 5 });
    expect(weigh([vision, observation({ says: "thinking", weight: 4 })])).toMatchObject({
      stage: "other",
      kind: "vision",
      beneath: "thinking",
      detail: { en: expect.stringMatching(/vision model.*thinking model/) },
    });
    expect(weigh([vision])).toMatchObject({ kind: "vision", beneath: null });
    const adapter = observation({ source: "adapter", says: "other", kind: "adapter", weight: 10 });
    expect(weigh([adapter, observation({ weight: 3 })])).toMatchObject({
      kind: "adapter",
      beneath: "base",
      detail: { en: expect.stringMatching(/sits on a base model/) },
    });
  });

  test("verified without proof does not compile", () => {
    const { status: _, ...claimed } = weigh([observation({ weight: 3 })]);
    // @ts-expect-error a verified verdict needs its proof
    const verdict: Verdict = { ...claimed, status: "verified", stage: "base", probability: 1 };
    // @ts-expect-error and a name is no proof
    const other: Verdict = { ...verdict, status: "verified", proof: [observation({})] };
    expect(other.status).toBe("verified");
  });
});

describe("judging", () => {
  test("Qwen2.5-1.5B as its files have it: a base with a chat template, and a warning", () => {
    const verdict = judge(facts("Qwen/Qwen2.5-1.5B", { ends: [END_OF_TEXT], template: CHATML }));
    expect(verdict).toMatchObject({ stage: "base", status: "claimed" });
    expect(verdict.warnings.map((warning) => warning.en).join()).toMatch(/ships a chat template/);
  });

  test("its Instruct", () => {
    const verdict = judge(facts("Qwen/Qwen2.5-1.5B-Instruct", { ends: [TURN_END], template: CHATML }));
    expect(verdict).toMatchObject({ stage: "instruct", status: "claimed" });
    expect(verdict.probability).toBeGreaterThan(0.85);
  });

  test("a base that names, metadata, template and end token all call instruct is found out by what it does", () => {
    const disguised = facts("x-Instruct", {
      recordedStage: "instruct",
      ends: [TURN_END],
      template: CHATML,
    });
    expect(judge(disguised)).toMatchObject({ stage: "instruct", status: "claimed" });
    const verdict = judge({ ...disguised, behaviour: GOES_ON });
    expect(verdict).toMatchObject({ stage: "base", status: "verified" });
    expect(verdict.warnings.length).toBeGreaterThan(1);
  });

  test("an instruct that its name calls base, likewise", () => {
    const verdict = judge(facts("x-base", { recordedStage: "base", template: CHATML, behaviour: ENDS_TURN }));
    expect(verdict).toMatchObject({ stage: "instruct", status: "verified" });
  });

  test("behaviour alone, with no name at all", () => {
    expect(judge(nameless({ behaviour: ENDS_TURN }))).toMatchObject({
      stage: "instruct",
      status: "verified",
    });
    expect(judge(nameless({ behaviour: GOES_ON }))).toMatchObject({ stage: "base", status: "verified" });
  });

  test("other says what it is", () => {
    expect(judge(nameless({ architecture: "t5" }))).toMatchObject({
      stage: "other",
      kind: "sequence to sequence",
      detail: { en: expect.stringMatching(/^a sequence-to-sequence model/) },
    });
  });
});
