import { z } from "zod";
import { BadInputError } from "../../errors.ts";
import { type Database, storable } from "./database.ts";

/** Why something is remembered: the user asked for it, or said it in several conversations. */
export const MEMORY_REASONS = ["asked", "recurred"] as const;
export type MemoryReason = (typeof MEMORY_REASONS)[number];

/** Something to remember of the user in every conversation. */
export interface Memory {
  /** By which it is forgotten. */
  readonly id: number;
  /** The fact, in the user's own words. */
  readonly content: string;
  /** Whether it was asked for or recurred. */
  readonly why: MemoryReason;
  /** The conversation in which it was said, as it was named then. */
  readonly conversation: string | null;
  /** ISO 8601. */
  readonly created: string;
  /** In how many replies it was used. */
  readonly uses: number;
}

const LONGEST_MEMORY = 1000;
const MOST_MEMORIES = 10_000;

const memoryRow = z.object({
  id: z.int(),
  content: z.string(),
  why: z.enum(MEMORY_REASONS),
  conversation: z.string().nullable(),
  created: z.int().transform((milliseconds) => new Date(milliseconds).toISOString()),
  uses: z.int(),
});
const vectorRow = z.object({
  memory: z.int(),
  vector: z
    .instanceof(Uint8Array)
    .refine(({ length }) => length % Float32Array.BYTES_PER_ELEMENT === 0)
    .transform((bytes) => new Float32Array(Uint8Array.from(bytes).buffer)),
});
const MEMORY = "SELECT id, content, why, conversation, created, uses FROM memory";

/** What is remembered of the user. Every method throws StoreError where the file cannot be used. */
export class Memories {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All of them, the oldest first. */
  list(): Memory[] {
    return this.#database.all(memoryRow, `${MEMORY} ORDER BY id`);
  }

  /** Keeps a fact; what is known already is returned as it is. Throws BadInputError for an empty or very long one. */
  add(content: string, why: MemoryReason, conversation: string | null = null): Memory {
    const clean = storable(content).normalize("NFC").replace(/\s+/gu, " ").trim();
    if (clean === "" || clean.length > LONGEST_MEMORY) throw badLength(clean.length);
    return this.#database.transaction(() => {
      const known = this.#database.first(memoryRow, `${MEMORY} WHERE content = ?`, clean);
      if (known !== undefined) return known;
      if (this.list().length >= MOST_MEMORIES) throw tooMany();
      const { id } = this.#database.run(
        "INSERT INTO memory (content, why, conversation, created) VALUES (?, ?, ?, ?)",
        clean,
        why,
        conversation,
        Date.now(),
      );
      return this.#get(id);
    });
  }

  /** Removes a memory for good. Throws BadInputError where there is none of this number. */
  remove(id: number): Memory {
    const removed = this.#get(id);
    this.#database.run("DELETE FROM memory WHERE id = ?", id);
    this.#database.emptyLog();
    return removed;
  }

  /** The vectors of memories that are of this model, by the memories' numbers. */
  vectors(model: string): Map<number, Float32Array> {
    const rows = this.#database.all(
      vectorRow,
      "SELECT memory, vector FROM memory_vector WHERE model = ?",
      model,
    );
    return new Map(rows.map(({ memory, vector }) => [memory, vector]));
  }

  /** Keeps vectors of a model in place of those there are. A memory that was removed meanwhile has none. */
  keepVectors(model: string, vectors: ReadonlyMap<number, Float32Array>): void {
    this.#database.transaction(() => {
      for (const [memory, vector] of vectors) {
        this.#database.run(
          "INSERT OR REPLACE INTO memory_vector SELECT id, ?, ? FROM memory WHERE id = ?",
          model,
          new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
          memory,
        );
      }
    });
  }

  /** Counts that memories were used in a reply. */
  countUse(memories: readonly Pick<Memory, "id">[]): void {
    this.#database.transaction(() => {
      for (const { id } of memories) this.#database.run("UPDATE memory SET uses = uses + 1 WHERE id = ?", id);
    });
  }

  /**
   * What the user said in other conversations than this one, as whole turns with the conversation's id. What a branch
   * took over was said once.
   */
  saidElsewhere(conversation: number): { readonly conversation: number; readonly content: string }[] {
    return this.#database.all(
      z.object({ conversation: z.int(), content: z.string() }),
      `SELECT min(conversation) AS conversation, content FROM turn t
       WHERE role = 'user' AND conversation <> ? AND length(content) <= ${LONGEST_MEMORY} AND NOT EXISTS (
         SELECT 1 FROM turn own WHERE own.conversation = ? AND own.written = t.written AND own.content = t.content
       )
       GROUP BY written, content ORDER BY max(id) DESC LIMIT 5000`,
      conversation,
      conversation,
    );
  }

  #get(id: number): Memory {
    const memory = this.#database.first(memoryRow, `${MEMORY} WHERE id = ?`, id);
    if (memory !== undefined) return memory;
    throw new BadInputError({
      en: `There is no memory ${id}; basewise memory list shows their numbers.`,
      zh: `没有编号为 ${id} 的记忆；basewise memory list 可列出所有编号。`,
    });
  }
}

function badLength(length: number): BadInputError {
  return new BadInputError({
    en: `What is to be remembered has ${length} characters; 1 to ${LONGEST_MEMORY} can be kept.`,
    zh: `要记住的内容有 ${length} 个字符；可保存 1 到 ${LONGEST_MEMORY} 个字符。`,
  });
}

function tooMany(): BadInputError {
  return new BadInputError({
    en: `${MOST_MEMORIES} memories are kept at most; remove some with basewise memory rm.`,
    zh: `最多保存 ${MOST_MEMORIES} 条记忆；请用 basewise memory rm 删除一些。`,
  });
}
