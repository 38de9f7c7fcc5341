import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ENGLISH, UNRELATED } from "../../bench/recall-set.ts";
import { ConversationStore } from "../../src/chat/store/store.ts";
import { recallByMeaning, requireEmbedder } from "../../src/model/memory-embedder.ts";
import { open, probe } from "../../src/model/open.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { realEmbedder } from "./minilm.ts";

const found = await realEmbedder();
if ("reason" in found) console.log(`skipped: ${found.reason}`);
const reference = "path" in found ? found.path : "";

/** What transformers gives; made by test/oracle/embedding_vectors.py. */
const GOLDEN: readonly { text: string; ids: number[]; vector: number[] }[] = JSON.parse(
  readFileSync(new URL("../fixtures/embedding/all-minilm-l6-v2.json", import.meta.url), "utf8"),
);

describe.skipIf("reason" in found)("all-MiniLM-L6-v2", () => {
  test("gives the vectors of transformers for texts of several languages", { timeout: 120_000 }, async () => {
    await using model = await open(reference, { for: "embed" });
    expect(model.stage).toBe("embedding");
    expect(model.mostTokens).toBe(256);
    expect(model.settings).toMatchObject({
      pooling: { value: "mean", from: "files" },
      normalizes: { value: true, from: "files" },
    });
    const { vectors, usage } = await model.embed(GOLDEN.map(({ text }) => text));
    expect(usage.tokens).toBe(GOLDEN.reduce((sum, { ids }) => sum + ids.length, 0));
    const cosines = GOLDEN.map(({ vector }, i) =>
      vector.reduce((sum, value, at) => sum + value * (vectors[i]?.[at] ?? Number.NaN), 0),
    );
    expect(Math.min(...cosines)).toBeGreaterThan(0.9999);
  });

  test("is verified by what its vectors do", { timeout: 120_000 }, async () => {
    expect(await probe(reference)).toMatchObject({ stage: "embedding", status: "verified" });
  });

  test("finds memories by what they mean, and none for what bears on none", {
    timeout: 120_000,
  }, async () => {
    await using model = await open(reference, { for: "embed" });
    using store = new ConversationStore(join(temporaryFolder(), "conversations.sqlite"));
    for (const { fact } of ENGLISH) store.memories.add(fact, "asked");
    const recall = recallByMeaning(requireEmbedder(model), store);
    const found = async (message: string) =>
      (await recall(message, store.memories.list())).map(({ memory }) => memory.content);
    for (const { fact, message } of ENGLISH) expect(await found(message)).toContain(fact);
    const needless = await Promise.all(UNRELATED.en.map(found));
    expect(needless.flat().length).toBeLessThanOrEqual(1);
  });
});
