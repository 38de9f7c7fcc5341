import { describe, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import type { SymptomId } from "../../src/stage/symptoms/symptom.ts";
import { LABELLED_FOLDER, labelledModels } from "../support/labelled.ts";

/** What is really wrong with some of them, and how one sees it. Every other finding would be a false alarm. */
const TRUE_FINDINGS: Readonly<Record<string, readonly (readonly [SymptomId, string])[]>> = {
  "qwen2.5-0.5b-base": [["template-on-base", "a base with a chat template: the seed of the whole catalogue"]],
  "glm-4-9b-chat-tokenizer": [
    ["no-template", "its template is Python code, so no runtime but its own finds one"],
  ],
  "chatglm3-6b-32k": [["no-template", "its template is Python code, so no runtime but its own finds one"]],
  "qwen-7b-chat-cantonese": [["no-template", "the first Qwen generation lays turns out in Python code"]],
  "locateanything-3b": [
    [
      "template-lost-in-pipeline",
      "its two template files write different system prompts where none is given",
    ],
  ],
  "qwen3.5-2b": [
    ["eos-disagree", "no generation_config.json, and config.json names the end of the text alone"],
  ],
  "qwen3.5-9b-finetune": [
    ["eos-disagree", "no generation_config.json, and config.json names the end of the text alone"],
  ],
  "swe-gpt2-base": [
    ["merge-vocab-mismatch", "added_tokens.json counts to 50265, the embedding has 50257 rows"],
  ],
};

const models = LABELLED_FOLDER === undefined ? [] : labelledModels(LABELLED_FOLDER);

describe.skipIf(models.length === 0)("released models: nothing is found but what is there", () => {
  test.each(models.map((model) => [model.slug, model.folder] as const))("%s", async (slug, reference) => {
    const known = (TRUE_FINDINGS[slug] ?? []).map(([symptom]) => symptom);
    const { findings } = await examine({ reference, offline: true });
    expect(findings.map(({ symptom }) => symptom).filter((symptom) => !known.includes(symptom))).toEqual([]);
  });

  test("what is really wrong is found", async () => {
    const found = await Promise.all(
      [
        "qwen2.5-0.5b-base",
        "glm-4-9b-chat-tokenizer",
        "locateanything-3b",
        "qwen3.5-2b",
        "swe-gpt2-base",
      ].map(async (slug) => {
        const reference = models.find((model) => model.slug === slug)?.folder;
        const { findings } = await examine({ reference, offline: true });
        return [slug, findings.map(({ symptom }) => symptom)];
      }),
    );
    expect(found).toEqual(
      found.map(([slug]) => [slug, (TRUE_FINDINGS[String(slug)] ?? []).map(([symptom]) => symptom)]),
    );
  });
});
