import { describe, expect, test } from "vitest";
import type { CardFacts } from "../../../src/stage/facts.ts";
import { architectureSignal } from "../../../src/stage/signals/architecture.ts";
import { behaviourSignal, type Reply } from "../../../src/stage/signals/behaviour.ts";
import { cardSignal } from "../../../src/stage/signals/card.ts";
import { endsSignal } from "../../../src/stage/signals/ends.ts";
import { generationSignal } from "../../../src/stage/signals/generation.ts";
import { recordedSignal } from "../../../src/stage/signals/recorded.ts";
import { templateSignal } from "../../../src/stage/signals/template.ts";
import { CHATML, END_OF_TEXT, ENDS_TURN, GOES_ON, nameless, TURN_END } from "../facts.ts";

describe("recorded", () => {
  test("a known stage speaks, an unknown word does not", () => {
    expect(recordedSignal(nameless({ recordedStage: "base" }))[0]?.says).toBe("base");
    expect(recordedSignal(nameless({ recordedStage: "constructor" }))).toEqual([]);
  });
});

describe("card", () => {
  const card = (changes: Partial<CardFacts>) =>
    cardSignal(
      nameless({
        card: {
          task: undefined,
          tags: [],
          library: undefined,
          licence: undefined,
          parents: [],
          relation: undefined,
          prose: "",
          ...changes,
        },
      }),
    );

  test("tasks and tags that name a stage speak; `conversational` and inherited names do not", () => {
    expect(card({ tags: ["text-ranking"] })[0]?.says).toBe("reranker");
    expect(card({ task: "automatic-speech-recognition" })[0]).toMatchObject({ kind: "speech recognition" });
    expect(card({ tags: ["conversational", "constructor"] })).toEqual([]);
    expect(card({ task: "text-generation" })).toEqual([]);
  });

  test.each([
    ["We do not recommend using base language models for conversations.", "base"],
    ["- Training Stage: Pretraining\n- Number of Layers: 28", "base"],
    ["- Training Stage: Pretraining & Post-training\n", "instruct"],
    ["This repo contains the instruction-tuned 7B model", "instruct"],
    ["**NOTE: This model supports only non-thinking mode**", "instruct"],
    ["This model supports only thinking mode", "thinking"],
    ["It supports switching between thinking mode and non-thinking mode", "hybrid"],
    ["a state-of-the-art OCR expert model", "other"],
  ])("%j says %s", (prose, stage) => {
    expect(card({ prose })[0]?.says).toBe(stage);
  });
});

describe("ends", () => {
  const says = (changes: Parameters<typeof nameless>[0]) =>
    endsSignal(nameless(changes)).map(({ says, signal }) => [says, signal]);

  test("a turn end speaks for post-training", () => {
    expect(says({ ends: [END_OF_TEXT, TURN_END] })).toEqual([["instruct", "stops on turn end"]]);
  });

  test("the end of text alone, where the template ends turns otherwise, speaks for a base", () => {
    expect(says({ ends: [END_OF_TEXT], template: CHATML })).toEqual([["base", "turn end not learnt"]]);
  });

  test("the end of text speaks for nothing much where the template ends turns with it", () => {
    const template = "{{ m.content + eos_token }}";
    expect(says({ ends: [END_OF_TEXT], template })).toEqual([["instruct", "turn end is end of text"]]);
  });

  test("no template and no turn tokens speak for a base", () => {
    const specialTokens = [{ id: 3, text: "<|endoftext|>" }];
    expect(says({ ends: [END_OF_TEXT], specialTokens })).toEqual([["base", "no turns"]]);
  });

  test("generation_config.json is believed before the tokenizer's files", () => {
    const ends = [
      { ...TURN_END, from: "tokenizer" },
      { ...END_OF_TEXT, from: "generation config" },
    ] as const;
    expect(says({ ends, template: CHATML })).toEqual([["base", "turn end not learnt"]]);
  });
});

describe("template", () => {
  const says = (template: string) => templateSignal(nameless({ template })).map((one) => one.says);

  test("its presence is weak", () => {
    expect(templateSignal(nameless({ template: CHATML }))[0]?.weight).toBeLessThan(1);
  });

  test.each([
    ["a thinking switch", `${CHATML}{% if enable_thinking is false %}<think></think>{% endif %}`, "hybrid"],
    [
      "an opened thought",
      `{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}`,
      "thinking",
    ],
    ["thoughts removed", "{{ content.split('</think>')[-1] }}", "thinking"],
    ["a judge", `the answer can only be "yes" or "no" <Document>: {{ d }}`, "reranker"],
    ["an embedder", String.raw`{% set s = 'Represent the user\'s input.' %}`, "embedding"],
    ["a moderator", "Safety policy: Unsafe content categories", "guard"],
  ])("%s tells its purpose", (_, template, stage) => {
    expect(says(template)).toContain(stage);
  });
});

describe("generation config", () => {
  const blank = {
    chatFormat: undefined,
    samples: undefined,
    hasSampling: false,
    hasSpeakers: false,
    maxNewTokens: undefined,
  };

  test.each([
    [{ chatFormat: "raw" }, "base"],
    [{ chatFormat: "chatml" }, "instruct"],
    [{ samples: true, hasSampling: true }, "instruct"],
    [{ hasSpeakers: true }, "instruct"],
    [{ samples: false, maxNewTokens: 2048 }, "base"],
    [{}, undefined],
  ])("%j says %s", (changes, stage) => {
    const found = generationSignal(nameless({ generation: { ...blank, ...changes } }));
    expect(found[0]?.says).toBe(stage);
  });
});

describe("architecture", () => {
  test.each([
    [{ classes: ["BertForSequenceClassification"], architecture: "bert", labels: ["LABEL_0"] }, "reranker"],
    [{ classes: ["Qwen2ForSequenceClassification"], architecture: "qwen2", labels: ["LABEL_0"] }, "reward"],
    [{ classes: ["GPT2ForSequenceClassification"], labels: ["joy", "grief"] }, "other"],
    [{ pooling: "last" as const }, "embedding"],
    [{ pooling: "rank" as const }, "reranker"],
    [{ classes: ["Qwen2Model"] }, "embedding"],
    [{ architecture: "t5" }, "other"],
    [{ modalities: ["vision"] as const }, "other"],
    [{ architecture: "qwen3", vocabularySize: 151_669 }, "embedding"],
    [{ architecture: "qwen3", vocabularySize: 151_936, classes: ["Qwen3ForCausalLM"] }, "base"],
    [{ format: "Hugging Face folder" as const, classes: ["X"] }, undefined],
  ])("%j says %s", (changes, stage) => {
    expect(architectureSignal(nameless(changes))[0]?.says).toBe(stage);
  });
});

describe("behaviour", () => {
  test("ending turns in the template is strong, and the other way round", () => {
    const [ends] = behaviourSignal(ENDS_TURN);
    const [goesOn] = behaviourSignal(GOES_ON);
    expect(ends).toMatchObject({ says: "instruct", weight: 12 });
    expect(goesOn).toMatchObject({ says: "base", weight: 12 });
  });

  test("the border is where it says: a fifth, half of the answers ended", () => {
    const [border] = behaviourSignal({
      inTemplate: { endProbability: [0.2, 0.2], argmaxEnds: [true, false] },
      withoutTemplate: { endProbability: [], argmaxEnds: [] },
    });
    expect(border?.weight).toBeCloseTo(0, 10);
  });

  test("one odd answer among three does not turn it", () => {
    const [found] = behaviourSignal({
      inTemplate: { endProbability: [0.98, 0.0001, 0.97], argmaxEnds: [true, false, true] },
      withoutTemplate: { endProbability: [], argmaxEnds: [] },
    });
    expect(found).toMatchObject({ says: "instruct" });
  });

  describe("replies", () => {
    const reply = { tokens: 10, ended: true, wroteTurn: false, loops: false };
    const says = (replies: readonly Reply[]) =>
      behaviourSignal({ withoutTemplate: { endProbability: [], argmaxEnds: [] }, replies }).map(
        ({ signal, says, weight }) => [signal, says, weight],
      );

    test.each<[string, Reply[], unknown[]]>([
      ["that all end", [reply, reply], [["replies end", "instruct", 1]]],
      ["of which some end", [reply, { ...reply, ended: false }], []],
      ["that never end", [{ ...reply, ended: false }], [["replies do not end", "base", 0.8]]],
      ["that loop", [{ ...reply, ended: false, loops: true }], [["replies do not end", "base", 1.2]]],
      [
        "with a turn of the model's own",
        [reply, { ...reply, wroteTurn: true }],
        [["talks to itself", "base", 1.5]],
      ],
      ["with such turns alone", [{ ...reply, wroteTurn: true }], [["talks to itself", "base", 2.5]]],
      ["of which there are none", [], []],
    ])("%s", (_, replies, expected) => {
      expect(says(replies)).toEqual(expected);
    });
  });

  describe("taking a question as one", () => {
    const says = (asked: number, askedOther: number, plain: number) =>
      behaviourSignal({
        withoutTemplate: { endProbability: [], argmaxEnds: [] },
        following: [{ asked, askedOther, plain }],
      }).map(({ says, weight }) => [says, weight]);

    test.each([
      [-0.5, -3, -1.5, [["instruct", 0.7]]],
      [-4, -4.2, -3, [["base", 0.7]]],
      [-1, -3, -1, []],
      [Number.NEGATIVE_INFINITY, -3, -1, []],
      [Number.NaN, -3, -1, []],
    ])("ln p %d after it, %d after another, %d in plain text", (asked, other, plain, expected) => {
      expect(says(asked, other, plain)).toEqual(expected);
    });
  });

  test("without a template the plain text speaks, and more softly", () => {
    const found = behaviourSignal({ withoutTemplate: GOES_ON.withoutTemplate });
    expect(found).toHaveLength(1);
    expect(found[0]?.says).toBe("base");
    expect(found[0]?.weight).toBeLessThanOrEqual(1.5);
  });

  test("numbers that are no probabilities are left out", () => {
    const broken = { endProbability: [Number.NaN, -1, 2], argmaxEnds: [true, true, true] };
    expect(behaviourSignal({ inTemplate: broken, withoutTemplate: broken })).toEqual([]);
  });
});
