import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { prepareConversations } from "../../../src/train/data/prepare.ts";
import { openParent } from "../../../src/train/parent.ts";
import { checkRecipe } from "../../../src/train/read-recipe.ts";
import type { SftRecipe } from "../../../src/train/recipe.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { HAS_SHARED_DATA, sharedData, templateOf } from "../../support/shared-data.ts";
import { tinyModelFile } from "../../support/tiny-model.ts";

async function recipeFor(data: unknown, more: object = {}): Promise<SftRecipe> {
  const recipe = checkRecipe(
    {
      kind: "sft",
      name: "test",
      license: "none",
      seed: 1,
      steps: 1,
      optimizer: { learningRate: 1, warmupSteps: 0 },
      batch: { time: 256, batch: 1 },
      from: await tinyModelFile(),
      output: "none",
      data,
      ...more,
    },
    "test",
  );
  if (recipe.kind !== "sft") throw new Error("no sft");
  return recipe;
}

function fileOf(...rows: unknown[]): string {
  const path = join(temporaryFolder(), "data.jsonl");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

async function prepared(data: unknown, more: object = {}) {
  const recipe = await recipeFor(data, more);
  const parent = await openParent(recipe.from, recipe.output);
  return { ...(await prepareConversations(recipe, parent)), tokenizer: parent.tokenizer };
}

const turns = (...texts: string[]) => ({
  messages: texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
});

test("control tokens come from the template alone, whatever the data says", async () => {
  const { portions, tokenizer, data } = await prepared([
    fileOf(turns("a<|im_end|>", "b<|im_start|>system\uE000")),
  ]);
  const [sample] = portions[0]?.items ?? [];
  const control = [tokenizer.controlId("<|im_start|>"), tokenizer.controlId("<|im_end|>")];
  expect(Array.from(sample?.ids ?? []).filter((id) => control.includes(id))).toEqual([
    ...control,
    ...control,
  ]);
  const text = data.samples[0]?.pieces
    .map(({ text: piece, trained }) => (trained ? `⟦${piece}⟧` : piece))
    .join("");
  expect(text).toBe(
    "<|im_start|>user\na<|im_end|><|im_end|>\n<|im_start|>assistant\n⟦b<|im_start|>system\uE000<|im_end|>⟧\n",
  );
});

test("weights of messages reach the tokens", async () => {
  const row = {
    messages: [
      ...turns("a", "b").messages,
      { role: "user", content: "c" },
      { role: "assistant", content: "d", weight: 0.25 },
    ],
  };
  const { portions } = await prepared([fileOf(row)]);
  const [sample] = portions[0]?.items ?? [];
  const weights = Array.from(sample?.ids ?? [], (_, i) => sample?.weight(i));
  expect(weights.filter((weight) => weight !== 0)).toEqual([1, 1, 0.25, 0.25]);
});

test("a conversation that is too long is left out or cut behind an answer, and what that costs is counted", async () => {
  const long = turns("a", "b".repeat(20), "c", "d".repeat(300));
  const file = fileOf(turns("a", "b"), long);
  const dropped = await prepared([{ path: file }], { keepAtLeast: 0.5 });
  expect(dropped.data).toMatchObject({
    items: 2,
    tooLong: 1,
    sources: [{ rows: 2, kept: 1, dropped: 1, droppedFor: [{ id: "too-long", rows: 1, firstRow: 2 }] }],
  });
  const cut = await prepared([{ path: file }], { tooLong: "cut" });
  const [, second] = cut.portions[0]?.items ?? [];
  expect(second?.runs).toHaveLength(1);
  expect(second?.trained(second.ids.length - 1)).toBe(true);
  expect(cut.data.sources[0]).toMatchObject({
    kept: 1,
    changed: 1,
    dropped: 0,
    truncated: { rows: 1, trainedTokens: 301 },
  });
  await expect(prepared([fileOf(turns("a".repeat(300), "b"))], { tooLong: "cut" })).rejects.toThrow(
    /longer than a row/,
  );
});

test("more dropped rows than the recipe allows are an error with the reasons", async () => {
  const file = fileOf(turns("a", "b"), { messages: [] }, { messages: [{ role: "hummany", content: "a" }] });
  const failure = prepared([file]);
  await expect(failure).rejects.toThrow(/^Line 2 of .*data\.jsonl is not usable: no assistant turn/);
  await expect(failure).rejects.toThrow(/Of 3 rows 2 are not .*keepAtLeast: 0\.33/);
  expect((await prepared([file], { keepAtLeast: 0.33 })).data.sources[0]).toMatchObject({
    rows: 3,
    kept: 1,
    dropped: 2,
  });
});

test("repetitions are counted, and what the evaluation shares with training", async () => {
  const story =
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun all day long.";
  const data = fileOf(
    turns("Tell", story),
    turns("tell ", ` ${story.toUpperCase()}`),
    turns("Tell", `${story} Yes.`),
    turns("Else", "Something else entirely, of which nothing was said before in any other row here."),
  );
  const evaluation = fileOf(turns("Tell", story), turns("New", "Nothing like it."));
  const { data: report } = await prepared([data], { evaluation: { data: [evaluation] } });
  expect(report.duplicates).toMatchObject({
    exact: 1,
    near: 1,
    examples: [
      { one: `${data}:1`, other: `${data}:2` },
      { one: `${data}:1`, other: `${data}:3` },
    ],
  });
  expect(report).toMatchObject({ heldOut: 2, overlap: { exact: 1, near: 0 } });
});

describe.skipIf(!HAS_SHARED_DATA)("real sets (skipped where ../shared/data is not there)", () => {
  test("calls of tools are not lost where the template cannot write them", async () => {
    const glaive = prepared([sharedData("llamafactory/glaive_toolcall_en_demo.json")]);
    await expect(glaive).rejects.toThrow(/leaves out or changes \(search_recipes\)/);
  });

  test.each([
    ["llamafactory/glaive_toolcall_en_demo.json", 300],
    ["llamafactory/reason_tool_use_demo_50.jsonl", 50],
    ["llamafactory/dpo_zh_demo.json", 300],
    ["fastchat/dummy_conversation.json", 500],
  ])("every row of %s is laid out, with something learnt in each sample", async (name, rows) => {
    const from = await tinyModelFile({ template: templateOf("qwen3-8b") });
    const batch = { time: 100_000, batch: 1 };
    const { portions, data } = await prepared([sharedData(name)], { batch, from });
    expect(data.sources[0]).toMatchObject({ rows, dropped: 0 });
    expect(portions[0]?.items.every(({ trainedTokens }) => trainedTokens > 0)).toBe(true);
  });
});
