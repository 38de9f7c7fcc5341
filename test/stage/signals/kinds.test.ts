import { describe, expect, test } from "vitest";
import type { ModelFacts } from "../../../src/stage/facts.ts";
import { judge } from "../../../src/stage/judge.ts";
import { adapterSignal } from "../../../src/stage/signals/adapter.ts";
import { headSignal } from "../../../src/stage/signals/head.ts";
import { modulesSignal } from "../../../src/stage/signals/modules.ts";
import { tokenizerSignal } from "../../../src/stage/signals/tokenizer.ts";
import { facts, nameless } from "../facts.ts";

describe("the class of a model says what it puts out", () => {
  test.each<[string, string | undefined]>([
    ["Qwen2ForRewardModel", "reward"],
    ["Qwen3ForGuardModel", "guard"],
    ["BertForTokenClassification", "token classifier"],
    ["RobertaForQuestionAnswering", "question answering"],
    ["BertForMaskedLM", "masked language model"],
    ["T5ForConditionalGeneration", "sequence to sequence"],
    ["MarianMTModel", "sequence to sequence"],
    ["WhisperForConditionalGeneration", "speech recognition"],
    ["Wav2Vec2ForCTC", "speech recognition"],
    ["Qwen3ASRForConditionalGeneration", "speech recognition"],
    ["SpeechT5ForTextToSpeech", "speech synthesis"],
    ["ViTForImageClassification", "vision"],
    ["DeepseekOCRForCausalLM", "ocr"],
    ["LLaDAModelLM", "diffusion language model"],
    ["LlamaForCausalLMEagle3", "draft model"],
    ["StableDiffusionPipeline", "image generation"],
    ["DPRQuestionEncoder", "embedding"],
    ["MistralModel", "embedding"],
    ["LlamaForCausalLM", undefined],
    ["GPT2LMHeadModel", undefined],
    ["ChatGLMModel", undefined],
  ])("%s: %s", (name, answer) => {
    const [found] = headSignal(nameless({ format: "Hugging Face folder", classes: [name] }));
    expect(found?.kind ?? found?.says).toBe(answer);
  });

  test("remote code maps classes for every task, which say nothing where the config names one", () => {
    const mapped = ["AutoModelForSequenceClassification", "XForSequenceClassification"];
    expect(headSignal(nameless({ classes: ["XForCausalLM"], mappedClasses: mapped }))).toEqual([]);
  });

  test("labels tell a classifier from a guard, and one label from many", () => {
    const scoring = (labels: string[]) =>
      headSignal(nameless({ classes: ["BertForSequenceClassification"], architecture: "bert", labels }))[0];
    expect(scoring(["LABEL_0"])?.says).toBe("reranker");
    expect(scoring(["joy", "grief"])?.kind).toBe("classifier");
    expect(scoring(["SAFE", "UNSAFE"])?.says).toBe("guard");
  });
});

describe("modules", () => {
  test("that end in a vector, or in a score", () => {
    expect(modulesSignal(nameless({ modules: ["Transformer", "Pooling"] }))[0]?.says).toBe("embedding");
    expect(modulesSignal(nameless({ modules: ["Transformer"], isCrossEncoder: true }))[0]?.says).toBe(
      "reranker",
    );
    expect(modulesSignal(nameless({}))).toEqual([]);
  });
});

describe("an adapter", () => {
  const adapter = (parent: string | undefined): Partial<ModelFacts> => ({
    adapter: { parent, task: "CAUSAL_LM" },
    names: parent === undefined ? [] : [{ from: "parent", name: parent }],
  });

  test.each<[string | undefined, string | null]>([
    ["Qwen/Qwen2.5-1.5B", "base"],
    ["Qwen/Qwen2.5-1.5B-Instruct", "instruct"],
    ["/home/me/checkpoint-200", null],
    [undefined, null],
  ])("on %s sits on %s", (parent, beneath) => {
    const verdict = judge(nameless(adapter(parent)));
    expect(verdict).toMatchObject({ stage: "other", kind: "adapter", beneath });
    expect(verdict.warnings).toEqual([]);
  });

  test("names what it sits on, made printable", () => {
    expect(adapterSignal(nameless(adapter("a\u001b[31mb")))[0]?.text.en).not.toContain("\u001b");
  });
});

describe("special tokens", () => {
  const tokens = (texts: readonly string[]) => texts.map((text, id) => ({ id, text }));

  test("numbered sounds were made to speak with", () => {
    const sounds = tokens(Array.from({ length: 300 }, (_, i) => `<custom_token_${i}>`));
    expect(tokenizerSignal(nameless({ specialTokens: sounds }))[0]?.kind).toBe("speech synthesis");
    expect(tokenizerSignal(nameless({ specialTokens: sounds.slice(0, 20) }))).toEqual([]);
  });

  test("turn tokens without a template speak for a conversation laid out by code", () => {
    const turns = tokens(["<|user|>", "<|assistant|>"]);
    expect(tokenizerSignal(nameless({ specialTokens: turns }))[0]?.says).toBe("instruct");
    expect(tokenizerSignal(nameless({ specialTokens: turns, template: "x" }))).toEqual([]);
  });
});

test("what sees and converses is said to be one of the two, never unknown", () => {
  const verdict = judge(
    facts("someone/finetune", {
      format: "Hugging Face folder",
      classes: ["XForConditionalGeneration"],
      modalities: ["vision"],
      reading: {
        frame: "",
        keepsText: true,
        marksTurns: true,
        afterAnswer: "<|im_end|>\n",
        opening: "",
        thinkingSwitch: "enable_thinking",
        dropsThoughts: true,
      },
      template: "{{ enable_thinking }}",
      ends: [{ from: "generation config", key: "eos_token_id", id: 4, text: "<|im_end|>" }],
    }),
  );
  expect(["other", "hybrid"]).toContain(verdict.stage);
});
