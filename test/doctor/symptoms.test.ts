import { describe, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import { SYMPTOM_IDS, type SymptomId } from "../../src/stage/symptoms/symptom.ts";
import { instructGguf, rows, SFT, yaml } from "./cases/case.ts";
import { EMBEDDING_CASES } from "./cases/embedding.ts";
import { STOPPING_CASES } from "./cases/stopping.ts";
import { TEMPLATE_CASES } from "./cases/templates.ts";
import { THINKING_CASES } from "./cases/thinking.ts";
import { TRANSPORT_CASES } from "./cases/transport.ts";
import { TUNING_CASES } from "./cases/tuning.ts";
import { WRONG_STAGE_CASES } from "./cases/wrong-stage.ts";
import { embedder, file, gemma, llama3, qwen, qwen3, qwenBase, TEMPLATES } from "./models.ts";

const CASES = [
  ...WRONG_STAGE_CASES,
  ...TEMPLATE_CASES,
  ...STOPPING_CASES,
  ...TUNING_CASES,
  ...THINKING_CASES,
  ...TRANSPORT_CASES,
  ...EMBEDDING_CASES,
];

/** Cases that only a server shows; test/doctor/servers.test.ts has them. */
const BY_SERVER: readonly SymptomId[] = [
  "template-empty-import",
  "sampling-defaults-differ",
  "exported-format-breaks",
];

describe("every case is recognised, and its healthy twin is not", () => {
  test.each(CASES.map((one) => [one.id, one.how, one] as const))(
    "%s: %s",
    async (id, _, { bring, healthy, sureness }) => {
      const { findings } = await examine({ offline: true, ...bring() });
      const finding = findings.find(({ symptom }) => symptom === id);
      expect(finding, JSON.stringify(findings.map(({ symptom }) => symptom))).toMatchObject({
        symptom: id,
        sureness,
      });
      expect(finding?.seen.length).toBeGreaterThan(0);
      if (healthy === undefined) return;
      const twin = await examine({ offline: true, ...healthy() });
      expect(twin.findings.map(({ symptom }) => symptom)).not.toContain(id);
    },
  );
});

test("no symptom is without a case", () => {
  const known = new Set<SymptomId>([...CASES.map(({ id }) => id), ...BY_SERVER]);
  expect(SYMPTOM_IDS.filter((id) => !known.has(id))).toEqual([]);
});

describe("healthy models of every kind", () => {
  test.each([
    ["Qwen 2.5 Instruct", () => qwen()],
    ["Qwen 3", () => qwen3()],
    ["Llama 3", () => llama3()],
    ["Gemma", () => gemma()],
    ["an embedding model", () => embedder()],
    ["a GGUF", () => instructGguf("Qwen2.5-7B-Instruct")],
  ])("%s has nothing wrong", async (_, model) => {
    const diagnosis = await examine({ offline: true, reference: model(), transcript: undefined });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.healthy).toBe(true);
  });
});

test("a healthy model with everything around it in order has nothing wrong", async () => {
  const brought = {
    transcript: file("t.json", {
      request: {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "What is 2 + 2?" },
        ],
        temperature: 0.7,
      },
      response: {
        choices: [{ message: { role: "assistant", content: "4." }, finish_reason: "stop" }],
        usage: { prompt_tokens: 24 },
      },
    }),
    prompt: file(
      "p.txt",
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is 2 + 2?<|im_end|>\n<|im_start|>assistant\n",
    ),
    trainingConfig: yaml({
      ...SFT,
      model_name_or_path: "Qwen/Qwen2.5-7B-Instruct",
      template: "qwen",
      finetuning_type: "lora",
    }),
    trainingData: rows({
      input_ids: [151644, 77091, 198, 19, 13, 151645],
      labels: [-100, -100, -100, 19, 13, 151645],
    }),
  };
  const diagnosis = await examine({
    offline: true,
    reference: qwen(),
    parent: qwenBase({ template: TEMPLATES.chatml }),
    ...brought,
  });
  expect(diagnosis.findings).toEqual([]);
  expect(diagnosis.lookedAt).toEqual([
    "model",
    "parent",
    "transcript",
    "prompt",
    "training config",
    "training data",
  ]);
});
