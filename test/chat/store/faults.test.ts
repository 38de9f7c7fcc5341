import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { ConversationStore } from "../../../src/chat/store/store.ts";
import { temporaryFile, temporaryFolder } from "../../support/gguf.ts";

const PROGRAM = fileURLToPath(new URL("../../support/use-store.ts", import.meta.url));

function useStore(path: string, name: string, count?: number): ChildProcess {
  const args = [path, name, ...(count === undefined ? [] : [String(count)])];
  return spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function outcome(child: ChildProcess): Promise<{ code: number | null; lines: string[] }> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, lines: text.split("\n").slice(0, -1) }));
  });
}

const opening = (path: string) => () => {
  using _ = new ConversationStore(path);
};

describe("several processes", () => {
  test("that begin a store at once each keep all their turns", async () => {
    const path = join(temporaryFolder(), "conversations.sqlite");
    const names = ["a", "b", "c"];
    const ended = await Promise.all(names.map((name) => outcome(useStore(path, name, 25))));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    using store = new ConversationStore(path);
    for (const name of names) {
      const turns = store.conversations.turns(store.conversations.get(name));
      expect(turns.map(({ position }) => position)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    }
  });

  test("see each other's turns at once", () => {
    const path = join(temporaryFolder(), "conversations.sqlite");
    using one = new ConversationStore(path);
    using other = new ConversationStore(path);
    const conversation = one.conversations.create("shared");
    other.conversations.append(conversation, 0, { role: "user", content: "hello" });
    expect(one.conversations.turns(conversation)).toHaveLength(1);
  });
});

test("kill -9 at any moment loses nothing that was written", { timeout: 120_000 }, async () => {
  const path = join(temporaryFolder(), "conversations.sqlite");
  let kept = 0;
  for (let round = 1; round <= 3; round++) {
    const child = useStore(path, `round ${round}`);
    const ending = outcome(child);
    await new Promise<void>((resolve) => {
      let seen = 0;
      child.stdout?.on("data", (part: string) => {
        seen += part.split("\n").length - 1;
        if (seen >= 5 * round) resolve();
      });
    });
    child.kill("SIGKILL");
    const said = Number((await ending).lines.at(-1));
    using store = new ConversationStore(path);
    const { turns } = store.conversations.get(`round ${round}`);
    // One more may have been written than it came to say.
    expect([said, said + 1]).toContain(turns);
    expect(said).toBeGreaterThanOrEqual(5 * round);
    kept += turns;
    expect(store.conversations.list().reduce((sum, one) => sum + one.turns, 0)).toBe(kept);
  }
});

describe("a file that cannot be used is one clear error, and stays as it is", () => {
  const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

  function full(turns: number): string {
    const path = join(temporaryFolder(), "conversations.sqlite");
    using store = new ConversationStore(path);
    const conversation = store.conversations.create("talk");
    for (let i = 0; i < turns; i++) {
      store.conversations.append(conversation, i, { role: "user", content: `turn ${i} ${"y".repeat(3000)}` });
    }
    return path;
  }

  test("of a newer version", () => {
    const path = full(1);
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const before = digest(path);
    expect(opening(path)).toThrow(
      expect.objectContaining({ name: "StoreError", problem: "newer", exitCode: 2 }),
    );
    expect(digest(path)).toBe(before);
  });

  test("of another program", () => {
    const path = join(temporaryFolder(), "conversations.sqlite");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE theirs (x)");
    database.close();
    const before = digest(path);
    expect(opening(path)).toThrow(expect.objectContaining({ name: "StoreError", problem: "foreign" }));
    expect(digest(path)).toBe(before);
  });

  test("that is no database", () => {
    const path = temporaryFile("conversations.sqlite", Buffer.from("no database at all ".repeat(500)));
    const before = digest(path);
    expect(opening(path)).toThrow(expect.objectContaining({ name: "StoreError", problem: "damaged" }));
    expect(digest(path)).toBe(before);
  });

  test("that was cut short or overwritten", () => {
    const cut = full(20);
    truncateSync(cut, 20_000);
    const overwritten = full(20);
    const bytes = readFileSync(overwritten);
    bytes.fill(0xa5, 8192);
    writeFileSync(overwritten, bytes);
    for (const path of [cut, overwritten]) {
      expect(() => {
        using store = new ConversationStore(path);
        store.conversations.turns(store.conversations.get("talk"));
      }).toThrow(expect.objectContaining({ name: "StoreError", problem: "damaged" }));
    }
  });

  test("in a place that is no folder", () => {
    const file = temporaryFile("file", Buffer.from("x"));
    expect(opening(join(file, "conversations.sqlite"))).toThrow(
      expect.objectContaining({ name: "StoreError", problem: "unwritable" }),
    );
  });

  test("that another process keeps busy", { timeout: 60_000 }, () => {
    const path = full(1);
    const database = new DatabaseSync(path);
    database.exec("BEGIN IMMEDIATE");
    using store = new ConversationStore(path);
    expect(store.conversations.get("talk").turns).toBe(1);
    expect(() => store.conversations.create("other")).toThrow(
      expect.objectContaining({ name: "StoreError", problem: "busy", exitCode: 1 }),
    );
    database.exec("ROLLBACK");
    database.close();
    expect(store.conversations.create("other").turns).toBe(0);
  });
});

describe("a disk that is full", () => {
  const folder = smallDisk();
  afterAll(() => {
    if (folder !== undefined) execFileSync("umount", ["--lazy", folder]);
  });

  test.skipIf(folder === undefined)("loses nothing of what was written", () => {
    const path = join(folder ?? "", "conversations.sqlite");
    let written = 0;
    {
      using store = new ConversationStore(path);
      const conversation = store.conversations.create("talk");
      expect(() => {
        for (;;) {
          store.conversations.append(conversation, written, {
            role: "user",
            content: `turn ${written} ${"z".repeat(9000)}`,
          });
          written++;
        }
      }).toThrow(expect.objectContaining({ name: "StoreError", problem: "full" }));
      expect(store.conversations.get("talk").turns).toBe(written);
    }
    expect(written).toBeGreaterThan(3);
    const copy = join(temporaryFolder(), "conversations.sqlite");
    for (const end of ["", "-wal"]) {
      if (existsSync(path + end)) copyFileSync(path + end, copy + end);
    }
    using store = new ConversationStore(copy);
    expect(store.conversations.turns(store.conversations.get("talk"))).toHaveLength(written);
  });
});

/** A file system of 1 MiB in memory, where the system lets us mount one. */
function smallDisk(): string | undefined {
  const folder = join(temporaryFolder(), "small");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    return undefined;
  }
}
