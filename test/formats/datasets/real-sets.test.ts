import { describe, expect, test } from "vitest";
import { readExamples } from "../../../src/formats/datasets/examples.ts";
import { HAS_SHARED_DATA, sharedData } from "../../support/shared-data.ts";

interface Counts {
  rows: number;
  shapes: Record<string, number>;
  dropped: Record<string, number>;
  repaired: Record<string, number>;
}

async function countsOf(name: string): Promise<Counts> {
  const counts: Counts = { rows: 0, shapes: {}, dropped: {}, repaired: {} };
  const add = (group: Record<string, number>, key: string) => {
    group[key] = (group[key] ?? 0) + 1;
  };
  for await (const row of readExamples({
    path: sharedData(name),
    placeholders: { name: "B", author: "A" },
  })) {
    counts.rows++;
    if ("dropped" in row) add(counts.dropped, row.dropped);
    else {
      add(counts.shapes, row.shape);
      for (const repair of row.repairs) add(counts.repaired, repair);
    }
  }
  return counts;
}

// Counted by hand or by the index that came with the files.
describe.skipIf(!HAS_SHARED_DATA)("real sets (skipped where ../shared/data is not there)", () => {
  test.each<[string, Partial<Counts> & { rows: number }]>([
    ["banking77/train.csv", { rows: 10003, shapes: { labelled: 10003 } }],
    ["fastchat/dummy_conversation.json", { rows: 500, shapes: { sharegpt: 500 } }],
    ["litgpt/dolly.json", { rows: 12, shapes: { alpaca: 12 } }],
    ["litgpt/longform_val.json", { rows: 9, shapes: { "prompt-completion": 9 } }],
    ["llamafactory/alpaca_en_demo.json", { rows: 999, shapes: { alpaca: 999 } }],
    [
      "llamafactory/c4_demo.jsonl",
      { rows: 300, shapes: { text: 300 }, repaired: { "broken-characters": 4 } },
    ],
    ["llamafactory/dpo_en_demo.json", { rows: 300, shapes: { preference: 300 } }],
    ["llamafactory/glaive_toolcall_en_demo.json", { rows: 300, shapes: { sharegpt: 300 } }],
    // Two observations follow a turn that writes its call as text.
    ["llamafactory/glaive_toolcall_zh_demo.json", { rows: 300, repaired: { "call-in-text": 2 } }],
    ["llamafactory/identity.json", { rows: 91, repaired: { "filled-placeholders": 85 } }],
    ["llamafactory/kto_en_demo.json", { rows: 300, shapes: { rated: 150 }, dropped: { "rated-bad": 150 } }],
    ["llamafactory/reason_tool_use_demo_50.jsonl", { rows: 50, shapes: { messages: 50 }, dropped: {} }],
    ["llamafactory/v1_dpo_demo.jsonl", { rows: 10, shapes: { preference: 10 } }],
    ["llamafactory/v1_sft_demo.jsonl", { rows: 500, shapes: { messages: 500 } }],
    ["mlx-wikisql/valid.jsonl", { rows: 100, shapes: { text: 100 } }],
    ["self-instruct/seed_tasks.jsonl", { rows: 175, shapes: { alpaca: 175 } }],
    ["text/tangshi300.json", { rows: 366, shapes: { text: 366 } }],
    ["torchtune/hh_rlhf_tiny.json", { rows: 1, shapes: { preference: 1 } }],
    ["torchtune/stack_exchange_paired_tiny.json", { rows: 25, shapes: { preference: 25 } }],
  ])("%s", async (name, counts) => {
    expect(await countsOf(name)).toMatchObject({ dropped: {}, ...counts });
  });

  test("a registry of sets is no set", async () => {
    await expect(countsOf("llamafactory/dataset_info.json")).rejects.toThrow(/its fields are identity/);
  });
});
