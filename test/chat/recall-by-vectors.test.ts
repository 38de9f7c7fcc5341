import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, test } from "vitest";
import { type Embedder, recallByVectors } from "../../src/chat/recall-by-vectors.ts";
import { ConversationStore } from "../../src/chat/store/store.ts";
import { temporaryFolder } from "../support/gguf.ts";

/** Three directions of meaning, and a little of each text of its own. */
class Meaning implements Embedder {
  readonly identity: string;
  readonly asked: string[] = [];
  readonly #sign: number;

  constructor(identity: string, sign = 1) {
    this.identity = identity;
    this.#sign = sign;
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    this.asked.push(...texts);
    return texts.map((text) => {
      const own = ([...text].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % 7) / 100;
      const axis = /cat|kitten|pet|猫|宠物/u.test(text) ? 0 : /home|Rome/.test(text) ? 1 : 2;
      const vector = new Float32Array(4);
      vector[axis] = this.#sign * Math.cos(own);
      vector[3] = Math.sin(own);
      return vector;
    });
  }
}

function remembering(...facts: readonly string[]): {
  readonly path: string;
  readonly store: ConversationStore;
} {
  const path = join(temporaryFolder(), "conversations.sqlite");
  const store = new ConversationStore(path);
  for (const fact of facts) store.memories.add(fact, "asked");
  return { path, store };
}

const FACTS = ["I have a cat", "Rome is where I grew up", "I like tea"];

describe("recall by vectors", () => {
  test("finds what lies near, the nearest first, and nothing for what bears on none", async () => {
    using store = remembering(...FACTS).store;
    const recall = recallByVectors(new Meaning("a"), store.memories);
    const found = async (message: string) =>
      (await recall(message, store.memories.list())).map(({ memory }) => memory.content);
    expect(await found("What does a kitten eat?")).toEqual(["I have a cat"]);
    expect(await found("给我的宠物写一首诗")).toEqual(["I have a cat"]);
    expect(await found("Which is my home?")).toEqual(["Rome is where I grew up"]);
    expect(await found("What is a prime number?")).toEqual([]);
    // A word that the model does not know is found all the same.
    expect(await found("Is tea healthy?")).toEqual(["I like tea"]);
    expect(await recall("kitten", [])).toEqual([]);
  });

  test("keeps the vectors, and makes them anew where the model is another one", async () => {
    const { path, store } = remembering(...FACTS);
    using _store = store;
    const first = new Meaning("a");
    await recallByVectors(first, store.memories)("my pet", store.memories.list());
    expect(first.asked).toEqual(expect.arrayContaining(FACTS));
    const again = new Meaning("a");
    using reopened = new ConversationStore(path);
    await recallByVectors(again, reopened.memories)("my pet", reopened.memories.list());
    expect(again.asked).not.toContain(FACTS[0]);
    const other = new Meaning("b", -1);
    const found = await recallByVectors(other, store.memories)("my pet", store.memories.list());
    expect(other.asked).toEqual(expect.arrayContaining(FACTS));
    expect(found.map(({ memory }) => memory.id)).toEqual([1]);
    expect(store.memories.vectors("a").size).toBe(0);
    expect([...store.memories.vectors("b").values()].every(({ length }) => length === 4)).toBe(true);
  });

  test("a memory that is removed leaves no vector behind", async () => {
    const { path, store } = remembering(...FACTS);
    using _store = store;
    await recallByVectors(new Meaning("a"), store.memories)("my pet", store.memories.list());
    store.memories.remove(1);
    expect([...store.memories.vectors("a").keys()]).toEqual([2, 3]);
    const database = new DatabaseSync(path);
    expect(database.prepare("SELECT count(*) AS count FROM memory_vector").get()).toEqual({ count: 2 });
    database.close();
  });

  test("a store of the version before is taken over", () => {
    const { path, store } = remembering(...FACTS);
    store[Symbol.dispose]();
    const database = new DatabaseSync(path);
    database.exec("DROP TABLE memory_vector; PRAGMA user_version = 1");
    database.close();
    using renewed = new ConversationStore(path);
    expect(renewed.memories.list()).toHaveLength(3);
    expect(renewed.memories.vectors("a").size).toBe(0);
  });
});
