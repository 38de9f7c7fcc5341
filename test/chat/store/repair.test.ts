import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repairStore } from "../../../src/chat/store/repair.ts";
import { ConversationStore } from "../../../src/chat/store/store.ts";
import { temporaryFolder } from "../../support/gguf.ts";

const PAGE = 4096;
const LONG = "很长的文本 ".repeat(2000);

/** A store of three conversations; one message is longer than a page. */
function filled(): string {
  const path = join(temporaryFolder(), "conversations.sqlite");
  using store = new ConversationStore(path);
  for (const name of ["one", "two", "三"]) {
    const entry = store.conversations.create(name);
    store.conversations.setSystem(entry, `Be ${name}.`);
    for (let i = 0; i < 30; i++) {
      const content = `${name} says ${i} ${i === 7 ? LONG : "x".repeat(300)}`;
      if (i % 2 === 0) store.conversations.append(entry, i, { role: "user", content });
      else
        store.conversations.append(
          entry,
          i,
          { role: "assistant", content },
          { model: "m", finishReason: "stop" },
        );
    }
    store.conversations.keepSummary(entry, { upTo: 4, content: `${name} so far` });
  }
  store.conversations.branch(store.conversations.get("one"), { turns: 2, name: "branch" });
  store.memories.add("I live in Hangzhou", "asked", "one");
  store.memories.add("我的猫叫米索", "recurred");
  return path;
}

/** All that a store says. */
function contentOf(path: string) {
  using store = new ConversationStore(path);
  const { conversations, memories } = store;
  return {
    conversations: conversations.list().map((entry) => ({
      ...entry,
      turnsSaid: conversations.turns(entry),
      summary: conversations.summary(entry),
    })),
    memories: memories.list(),
    found: conversations.search("三 says 3").length,
  };
}

function damage(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

describe("a repair", () => {
  test("of a sound file changes nothing", () => {
    const path = filled();
    const before = readFileSync(path);
    expect(repairStore(path)).toEqual({
      path,
      damaged: null,
      conversations: 4,
      turns: 92,
      memories: 2,
      unnamed: 0,
      missing: 0,
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(() => repairStore(join(temporaryFolder(), "nothing.sqlite"))).toThrow(
      expect.objectContaining({ name: "NotFoundError", exitCode: 4 }),
    );
  });

  test("brings everything back where only the way to it is lost", () => {
    const path = filled();
    const before = contentOf(path);
    // The first page names the tables and their roots.
    damage(path, (bytes) => bytes.fill(0xa5, 100, PAGE));
    expect(() => contentOf(path)).toThrow(/damaged.*conversations repair/);
    const repair = repairStore(path);
    expect(repair).toMatchObject({ conversations: 4, turns: 92, memories: 2, unnamed: 0, missing: 0 });
    expect(contentOf(path)).toEqual(before);
    expect(existsSync(repair.damaged ?? "")).toBe(true);
  });

  test("also where the header of the file is lost", () => {
    const path = filled();
    const before = contentOf(path);
    damage(path, (bytes) => bytes.fill(0, 0, PAGE));
    expect(repairStore(path)).toMatchObject({ conversations: 4, turns: 92 });
    expect(contentOf(path)).toEqual(before);
  });

  test("saves what stands before a cut, and numbers the turns anew", () => {
    const path = filled();
    const { length } = readFileSync(path);
    truncateSync(path, Math.floor(length / 2 / PAGE) * PAGE);
    const { turns, missing, damaged } = repairStore(path);
    expect(damaged).toBe(`${path}.damaged`);
    expect(turns).toBeGreaterThan(10);
    expect(turns).toBeLessThan(92);
    const { conversations } = contentOf(path);
    for (const { turnsSaid, turns } of conversations) {
      const positions = turnsSaid.map(({ position }) => position).filter((position) => position > 0);
      expect(positions).toEqual(Array.from({ length: turns }, (_, i) => i + 1));
    }
    expect(missing).toBeGreaterThanOrEqual(0);
    expect(repairStore(path).damaged).toBeNull();
  });

  test("reads what only stands in the log yet", () => {
    const path = join(temporaryFolder(), "conversations.sqlite");
    const store = new ConversationStore(path);
    const entry = store.conversations.create("logged");
    store.conversations.append(entry, 0, { role: "user", content: "only in the log" });
    // As a killed program leaves it.
    const copy = join(temporaryFolder(), "copy", "conversations.sqlite");
    mkdirSync(join(copy, ".."));
    for (const end of ["", "-wal"]) copyFileSync(path + end, copy + end);
    store[Symbol.dispose]();
    expect(readFileSync(copy).includes("only in the log")).toBe(false);
    damage(copy, (bytes) => bytes.fill(0x5a, 0, 100));
    expect(repairStore(copy)).toMatchObject({ conversations: 1, turns: 1 });
    expect(contentOf(copy).conversations[0]?.turnsSaid[0]?.message.content).toBe("only in the log");
  });

  test("touches no file of another program or of a newer version", () => {
    const path = join(temporaryFolder(), "conversations.sqlite");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE theirs (x)");
    database.close();
    expect(() => repairStore(path)).toThrow(expect.objectContaining({ problem: "foreign" }));
    expect(existsSync(`${path}.damaged`)).toBe(false);
  });

  test("whatever is damaged, ends with a sound file that holds nothing but what was said", () => {
    const original = filled();
    const bytes = readFileSync(original);
    const said = new Set(
      contentOf(original).conversations.flatMap(({ turnsSaid }) =>
        turnsSaid.map(({ message }) => message.content),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 600 })), {
          minLength: 1,
          maxLength: 5,
        }),
        (changes) => {
          const path = join(temporaryFolder(), "conversations.sqlite");
          const copy = Buffer.from(bytes);
          for (const [at, what] of changes) copy.set(what.subarray(0, copy.length - at), at);
          writeFileSync(path, copy);
          let repair: ReturnType<typeof repairStore>;
          try {
            repair = repairStore(path);
          } catch (error) {
            // The marks that say whose file it is may be hit.
            expect(error).toMatchObject({ name: "StoreError" });
            return;
          }
          expect(repairStore(path).damaged).toBeNull();
          if (repair.damaged === null) return;
          const { conversations } = contentOf(path);
          const strange = conversations
            .flatMap(({ turnsSaid }) => turnsSaid)
            .filter(({ message }) => !said.has(message.content));
          // A text that was hit itself is kept as it is; each change hits two rows at most.
          expect(strange.length).toBeLessThanOrEqual(changes.length * 4);
        },
      ),
      { numRuns: 60 },
    );
  });
});
