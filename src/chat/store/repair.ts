import { existsSync, renameSync, rmSync } from "node:fs";
import { z } from "zod";
import { NotFoundError } from "../../errors.ts";
import { type SalvagedRow, salvagedRows } from "../../formats/sqlite/salvage.ts";
import { conversationFile } from "../../hub/settings.ts";
import { printable } from "../../printable.ts";
import { ROLES } from "../conversation.ts";
import { Database } from "./database.ts";
import { StoreError } from "./errors.ts";
import { MEMORY_REASONS } from "./memories.ts";

/** What a repair did. */
export interface Repair {
  /** The database file. */
  readonly path: string;
  /** Where the damaged file lies now; null where nothing was damaged, and nothing was changed. */
  readonly damaged: string | null;
  /** Conversations that were saved. */
  readonly conversations: number;
  /** Turns that were saved. */
  readonly turns: number;
  /** Memories that were saved. */
  readonly memories: number;
  /** Conversations whose names are lost. */
  readonly unnamed: number;
  /** Turns that are lost between others. */
  readonly missing: number;
}

const [text, whole, none] = [z.string(), z.int(), z.null()];
/** The rows of our tables, as `schema.ts` lays them out; an id stands beside its row. */
const CONVERSATION = z.tuple([none, text, text.nullable(), whole.nullable(), whole, whole]);
const TURN = z.tuple([
  none,
  whole,
  whole.min(0),
  z.enum(ROLES),
  text,
  text.nullable(),
  text.nullable(),
  text.nullable(),
  whole,
]);
const SUMMARY = z.tuple([none, whole, text]);
const MEMORY = z.tuple([none, text, z.enum(MEMORY_REASONS), text.nullable(), whole, whole]);

/** What was found, by the ids of the rows. */
interface Found {
  readonly conversations: Map<number, z.infer<typeof CONVERSATION>>;
  readonly turns: Map<number, z.infer<typeof TURN>>;
  readonly summaries: Map<number, z.infer<typeof SUMMARY>>;
  readonly memories: Map<number, z.infer<typeof MEMORY>>;
}

/**
 * Repairs the file of the conversations: what can still be read of it goes into a new one, and the damaged file is put
 * beside it under another name. A file without damage is left as it is. No other program should use it meanwhile.
 * Throws NotFoundError where there is no file, and StoreError for a file that is another program's or a newer version's,
 * and where the new one cannot be written.
 */
export function repairStore(path: string = conversationFile()): Repair {
  if (!existsSync(path)) throw notThere(path);
  const sound = countsOf(path);
  if (sound !== undefined) return { path, damaged: null, ...sound, unnamed: 0, missing: 0 };
  const found: Found = {
    conversations: new Map(),
    turns: new Map(),
    summaries: new Map(),
    memories: new Map(),
  };
  for (const row of salvagedRows(path)) sort(row, found);
  const fresh = `${path}.${process.pid}.new`;
  try {
    const lost = write(fresh, found);
    const damaged = freePath(path);
    // The log belongs to the damaged file; beside the new one it would damage that, too.
    for (const end of ["-wal", "-shm"]) {
      if (existsSync(path + end)) renameSync(path + end, damaged + end);
    }
    renameSync(path, damaged);
    renameSync(fresh, path);
    const counts = countsOf(path) ?? { conversations: 0, turns: 0, memories: 0 };
    return { path, damaged, ...counts, ...lost };
  } finally {
    for (const end of ["", "-wal", "-shm"]) rmSync(fresh + end, { force: true });
  }
}

/** What a sound file holds; undefined where it is damaged. Throws StoreError for everything else that is wrong with it. */
function countsOf(path: string): Pick<Repair, "conversations" | "turns" | "memories"> | undefined {
  try {
    using database = new Database(path);
    const check = database.first(z.object({ integrity_check: text }), "PRAGMA integrity_check(1)");
    if (check?.integrity_check !== "ok") return undefined;
    database.run("INSERT INTO turn_text (turn_text, rank) VALUES ('integrity-check', 1)");
    return database.first(
      z.object({ conversations: whole, turns: whole, memories: whole }),
      `SELECT (SELECT count(*) FROM conversation) AS conversations,
        (SELECT count(*) FROM turn WHERE position > 0) AS turns, (SELECT count(*) FROM memory) AS memories`,
    );
  } catch (error) {
    if (error instanceof StoreError && error.problem === "damaged") return undefined;
    throw error;
  }
}

/** Tables are told apart by their columns: pages do not name them. */
function sort({ id, values }: SalvagedRow, found: Found): void {
  const turn = TURN.safeParse(values);
  const memory = MEMORY.safeParse(values);
  const conversation = CONVERSATION.safeParse(values);
  const summary = SUMMARY.safeParse(values);
  if (turn.success) keep(found.turns, id, turn.data);
  else if (memory.success) keep(found.memories, id, memory.data);
  else if (conversation.success) keep(found.conversations, id, conversation.data);
  else if (summary.success) keep(found.summaries, id, summary.data);
}

function keep<Row>(rows: Map<number, Row>, id: number, row: Row): void {
  if (!rows.has(id)) rows.set(id, row);
}

/** Writes what was found into a new file; the turns of each conversation are counted anew where some are lost. */
function write(path: string, found: Found): Pick<Repair, "unnamed" | "missing"> {
  using database = new Database(path);
  let unnamed = 0;
  let missing = 0;
  database.transaction(() => {
    const taken = new Set<string>();
    for (const [id, [, name, from, at, created, changed]] of found.conversations) {
      const values = [id, freeName(taken, name), from, at, created, changed];
      database.run("INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?)", ...values);
    }
    const talks = new Map<number, z.infer<typeof TURN>[]>();
    for (const turn of found.turns.values()) talks.set(turn[1], [...(talks.get(turn[1]) ?? []), turn]);
    for (const [id, turns] of talks) {
      turns.sort((one, other) => one[2] - other[2]);
      if (!found.conversations.has(id)) {
        const times = turns.map((turn) => turn[8]);
        const name = freeName(taken, `recovered ${id}`);
        database.run(
          "INSERT INTO conversation VALUES (?, ?, NULL, NULL, ?, ?)",
          id,
          name,
          Math.min(...times),
          Math.max(...times),
        );
        unnamed++;
      }
      let position = 0;
      for (const [, , was, ...rest] of turns) {
        if (was > 0) position++;
        database.run(
          "INSERT OR IGNORE INTO turn VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
          id,
          was > 0 ? position : 0,
          ...rest,
        );
      }
      const gap = (turns.at(-1)?.[2] ?? 0) - position;
      missing += gap;
      const summary = found.summaries.get(id);
      // What a summary stands for is counted in turns.
      if (summary !== undefined && gap === 0 && summary[1] <= position) {
        database.run("INSERT INTO summary VALUES (?, ?, ?)", id, summary[1], summary[2]);
      }
    }
    for (const [id, [, content, ...rest]] of found.memories) {
      database.run("INSERT OR IGNORE INTO memory VALUES (?, ?, ?, ?, ?, ?)", id, content, ...rest);
    }
  });
  return { unnamed, missing };
}

function freeName(taken: Set<string>, wish: string): string {
  let name = wish;
  for (let number = 2; taken.has(name); number++) name = `${wish} (${number})`;
  taken.add(name);
  return name;
}

function freePath(path: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${path}.damaged` : `${path}.damaged-${number}`;
    if (!existsSync(name)) return name;
  }
}

function notThere(path: string): NotFoundError {
  const shown = printable(path, 300);
  return new NotFoundError(path, {
    en: `There is no file ${shown} yet, so nothing is to be repaired; BASEWISE_HOME names another place.`,
    zh: `还没有文件 ${shown}，无需修复；可用 BASEWISE_HOME 指定其他位置。`,
  });
}
