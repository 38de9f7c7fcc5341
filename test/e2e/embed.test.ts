import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise, jsonLines } from "./program.ts";

const BERT = fileURLToPath(new URL("../fixtures/embedding/tiny-bert/", import.meta.url));
const TEXTS = ["A dog has four legs.", "Interest rates rose."];

function textFile(name: string, content: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const embedder = (): Promise<string> => writeBert(BERT, join(temporaryFolder(), "all-MiniLM.gguf"), "mean");
const reranker = (): Promise<string> => writeBert(BERT, join(temporaryFolder(), "reranker.gguf"), "rank");

describe("embed", () => {
  test("gives the same vectors for texts as options, in a file, as JSON lines and through a pipe", async () => {
    const model = await embedder();
    const lines = textFile("texts.txt", `${TEXTS.join("\n")}\n`);
    const objects = textFile("texts.jsonl", TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join(""));
    const [first, ...others] = await Promise.all([
      basewise(["embed", model, "--text", ...TEXTS]),
      basewise(["embed", model, lines]),
      basewise(["embed", model, objects]),
      basewise(["embed", model], { input: `${TEXTS.join("\n")}\n` }),
    ]);
    expect(first.code).toBe(0);
    expect(jsonLines(first)).toEqual(
      TEXTS.map((text, index) => ({ index, text, embedding: expect.any(Array) })),
    );
    expect(first.stderr).toMatch(/^\[2 texts, \d+ tokens · 32 dimensions · pooling mean · normalised\]\n$/);
    for (const other of others) expect(other.stdout).toBe(first.stdout);
  });

  test("writes NPY and Parquet files, whole or not at all, and says in JSON what they hold", async () => {
    const model = await embedder();
    const folder = temporaryFolder();
    const [npy, parquet] = [join(folder, "v.npy"), join(folder, "v.parquet")];
    const told = await basewise(["embed", model, "--text", ...TEXTS, "--output", npy, "--json"]);
    expect(jsonLines(told)).toMatchObject([{ output: npy, texts: 2, dimensions: 32, stage: "embedding" }]);
    expect(readFileSync(npy)).toHaveLength(128 + 4 * 2 * 32);
    await basewise(["embed", model, "--text", ...TEXTS, "--output", parquet]);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) });
    expect(rows.map(({ text }) => text)).toEqual(TEXTS);
    const again = await basewise(["embed", model, "--text", "x", "--output", npy]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/exists already.*--force/) });
    const long = textFile("long.txt", `${"x\n".repeat(70)}${"legs ".repeat(200)}\n`);
    const failed = await basewise(["embed", model, long, "--output", npy, "--force"]);
    expect(failed.code).toBe(2);
    expect(failed.stderr).toMatch(/Text 71 has \d+ tokens but the model reads 96/);
    expect(readdirSync(folder).sort()).toEqual(["v.npy", "v.parquet"]);
    expect(readFileSync(npy)).toHaveLength(128 + 4 * 2 * 32);
  });

  test("cuts what is too long where it is told to, and says so in both languages", async () => {
    const args = ["embed", await embedder(), "--text", "legs ".repeat(200), "--truncate"];
    expect((await basewise(args)).stderr).toMatch(/Text 1 was cut: 96 of its \d+ tokens count/);
    expect((await basewise([...args, "--lang", "zh"])).stderr).toMatch(/第 1 条文本被截断/);
  });

  test("embeds a base with a word on what to expect, and refuses a reranker", async () => {
    const base = await basewise(["embed", "mini-base", "--text", "a"]);
    expect(base.code).toBe(0);
    expect(base.stderr).toMatch(/mini-base is a base model, not an embedding model/);
    expect(await basewise(["embed", await reranker(), "--text", "a"])).toMatchObject({ code: 3 });
  });

  test.each([
    [["--text", "a", "--output", "v.bin"], /tells no format/],
    [["--text", "a", "--format", "npy"], /--output/],
    [["--text", "a", "--pooling", "none", "--output", "v.npy"], /Without pooling/],
    [["--text", "a", "--dimensions", "99"], /99 dimensions; the model gives 32/],
    [["--text", "a", "--instruction", "Find"], /no instruction/],
    [["--text", "a", "--kind", "answer"], /query, passage/],
    [[textFile("bad.jsonl", '"a"\n{"txt": 1}\n')], /Line 2 .* "text"/],
    [[], /no texts/],
  ])("refuses %j in one sentence", async (args, says) => {
    const { code, stdout, stderr } = await basewise(["embed", await embedder(), ...args]);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
    expect(stdout).toBe("");
  });
});

describe("rerank", () => {
  test("sorts documents, in words and as JSON", async () => {
    const model = await reranker();
    const documents = ["A dog has four legs.", "x", "Interest rates rose again in October."];
    const args = ["rerank", model, "How many legs?", "--document", ...documents];
    const { code, stdout, stderr } = await basewise(args);
    expect(code).toBe(0);
    const scores = stdout.split("\n").filter(Boolean).map(Number.parseFloat);
    expect(scores).toHaveLength(3);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(stderr).toMatch(/\[3 documents, \d+ tokens · scored by the model's head\]/);
    const [json] = jsonLines(await basewise([...args, "--top", "1", "--json"]));
    expect(json).toMatchObject({
      query: "How many legs?",
      by: "head",
      results: [{ score: expect.any(Number) }],
    });
  });

  test("asks a model that chats, with a warning, and refuses a base", async () => {
    const chat = await basewise(["rerank", "mini-instruct", "dogs", "--document", "A dog.", "--lang", "zh"]);
    expect(chat).toMatchObject({ code: 0, stderr: expect.stringMatching(/是指令模型/) });
    const base = await basewise(["rerank", "mini-base", "dogs", "--document", "A dog."]);
    expect(base).toMatchObject({ code: 3, stderr: expect.stringMatching(/not one for reranking/) });
    expect(await basewise(["rerank", "mini-instruct", "dogs"])).toMatchObject({ code: 2 });
  });
});
