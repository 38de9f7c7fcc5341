import { describe, expect, test } from "vitest";
import type { ModelFacts } from "../../src/stage/facts.ts";
import { fitOf, fitsOf } from "../../src/stage/fit.ts";
import { judge } from "../../src/stage/judge.ts";
import { fitOfKind } from "../../src/stage/kind-fits.ts";
import { KINDS } from "../../src/stage/kinds.ts";
import { type Judged, requireFit, StageMismatchError } from "../../src/stage/mismatch.ts";
import { CHAT_STAGES, STAGES, USES } from "../../src/stage/stage.ts";
import { facts, nameless } from "./facts.ts";

describe("fit", () => {
  test("every stage has a use it suits, but for those that no command serves", () => {
    const without = STAGES.filter((stage) => !USES.some((use) => fitOf(stage, use).fit === "suits"));
    expect(without).toEqual(["reward", "guard", "other"]);
  });

  test("a conversation takes a model trained for it", () => {
    const chatting = STAGES.filter((stage) => fitOf(stage, "chat").fit === "suits");
    expect(chatting).toEqual([...CHAT_STAGES]);
    expect(fitOf("base", "chat").fit).toBe("unsuited");
  });

  test("completion, representation, domain transfer and own tuning start from a base", () => {
    for (const use of ["complete", "classify", "adapt", "finetune"] as const) {
      expect(fitOf("base", use).fit).toBe("suits");
      for (const stage of CHAT_STAGES) expect(fitOf(stage, use).fit).not.toBe("suits");
    }
  });

  test("every sentence exists in both languages", () => {
    for (const stage of STAGES) {
      for (const use of USES) {
        const fit = fitOf(stage, use);
        expect(fit.reason.en).toMatch(/\.$/);
        expect(fit.reason.zh).toMatch(/。$/);
        if (fit.fit === "unsuited") expect(fit.remedy.zh).toMatch(/^请/);
      }
    }
  });

  test("every kind of other model says what it does instead, in both languages", () => {
    for (const kind of KINDS) {
      for (const use of USES) {
        const fit = fitOfKind(kind, null, use);
        expect(fit.reason.en).toMatch(/\.$/);
        expect(fit.reason.zh).toMatch(/。$/);
      }
    }
    const chatting = KINDS.filter((kind) => fitOfKind(kind, "instruct", "chat").fit !== "unsuited");
    expect(chatting).toEqual(["vision", "omni", "diffusion language model", "adapter"]);
    expect(fitOfKind("vision", "base", "chat").fit).toBe("unsuited");
    expect(fitOfKind("classifier", null, "classify").fit).toBe("suits");
    expect(fitOfKind("masked language model", null, "classify").fit).toBe("suits");
  });

  test("infilling needs tokens for it, and a base that was trained on them", () => {
    const infill = (name: string, specialTokens: ModelFacts["specialTokens"]) =>
      fitsOf(judge(facts(name, { specialTokens }))).infill.fit;
    const fim = [{ id: 1, text: "<|fim_prefix|>" }];
    const none = [{ id: 1, text: "<|endoftext|>" }];
    expect(infill("x-base", fim)).toBe("suits");
    expect(infill("x-base", none)).toBe("unsuited");
    expect(infill("x-base", undefined)).toBe("possible");
    expect(infill("x-Instruct", fim)).toBe("possible");
    expect(infill("x-Instruct", none)).toBe("unsuited");
    expect(infill("x-Thinking", fim)).toBe("unsuited");
  });

  test("what is not known is not refused", () => {
    const fits = fitsOf(judge(nameless({})));
    expect(USES.map((use) => fits[use].fit)).toEqual(USES.map(() => "possible"));
  });
});

describe("the gate", () => {
  const base: Judged = {
    reference: "mini-base",
    verdict: judge(facts("mini-base", { recordedStage: "base" })),
    counterpart: "mini-instruct",
  };

  test("lets pass what suits", () => {
    expect(requireFit(base, "complete").fit).toBe("suits");
  });

  test("refuses a chat with a base, and says why and what to run", () => {
    try {
      requireFit(base, "chat");
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof StageMismatchError)) throw error;
      expect(error).toMatchObject({
        exitCode: 3,
        reference: "mini-base",
        wanted: "chat",
        found: "base",
        suggestion: { counterpart: "mini-instruct", command: "basewise chat mini-instruct" },
      });
      expect(error.evidence).toBe(base.verdict.evidence);
      expect(error.reason.en).toMatch(/^No defect, a mismatch/);
      expect(error.text.en).toContain("basewise complete mini-base");
      expect(error.text.zh).toContain("基座模型");
      expect(error.text.zh).toContain("basewise chat mini-instruct");
    }
  });

  test("without a counterpart it gives the command that fits, with the path quoted", () => {
    const verdict = judge(facts("my model-base"));
    expect(() =>
      requireFit({ reference: "/tmp/it's mine/a b.gguf", verdict, counterpart: null }, "chat"),
    ).toThrow(`basewise complete '/tmp/it'\\''s mine/a b.gguf'`);
  });

  test("refuses a chat with an embedding model", () => {
    const verdict = judge(facts("Qwen/Qwen3-Embedding-0.6B"));
    expect(() => requireFit({ reference: "e.gguf", verdict, counterpart: null }, "chat")).toThrow(
      /basewise embed e\.gguf/,
    );
  });
});
