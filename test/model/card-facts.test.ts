import fc from "fast-check";
import { expect, test } from "vitest";
import { cardFactsOf } from "../../src/model/card-facts.ts";

test("the fields that mean something, in the ways that YAML writes them", () => {
  const { card, title } = cardFactsOf(`---
license: apache-2.0 # free
language:
- en
tags: [chat, "text-generation"]
base_model:
  - Qwen/Qwen2.5-1.5B
base_model_relation: finetune
library_name: 'transformers'
pipeline_tag: text-generation
model-index:
- name: x
  results:
  - task:
      type: Retrieval
    tags: [not, ours]
---
# My model

Some prose.
\`\`\`python
print("reward model")
\`\`\`
`);
  expect(title).toBe("My model");
  expect(card).toMatchObject({
    task: "text-generation",
    tags: ["chat", "text-generation"],
    library: "transformers",
    licence: "apache-2.0",
    parents: ["Qwen/Qwen2.5-1.5B"],
    relation: "finetune",
  });
  expect(card.prose).toContain("Some prose.");
  expect(card.prose).not.toContain("reward model");
});

test("a card without front matter, with another relation, or empty", () => {
  expect(cardFactsOf("# T\ntext").card).toMatchObject({ task: undefined, tags: [], parents: [] });
  expect(cardFactsOf("---\nbase_model_relation: invented\n---\n").card.relation).toBeUndefined();
  expect(cardFactsOf("").title).toBeUndefined();
});

test("thousands of results cost little and hide nothing behind them", () => {
  const results = "- task:\n    type: Retrieval\n".repeat(9000);
  const { card } = cardFactsOf(`---\nmodel-index:\n${results}pipeline_tag: sentence-similarity\n---\n`);
  expect(card.task).toBe("sentence-similarity");
});

test("any text is a card", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, framed) => {
      const { card } = cardFactsOf(framed ? `---\n${text}\n---\n${text}` : text);
      expect(card.tags.length).toBeLessThanOrEqual(64);
    }),
  );
});
