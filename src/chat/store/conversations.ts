import { z } from "zod";
import { BadInputError } from "../../errors.ts";
import type { Summary } from "../context.ts";
import type { Message } from "../conversation.ts";
import { type Database, storable } from "./database.ts";
import { ConversationMovedError, NameTakenError, NoConversationError } from "./errors.ts";
import {
  type ConversationEntry,
  entryRow,
  hitRow,
  moreText,
  type ReplyFacts,
  type SearchHit,
  type Turn,
  turnRow,
} from "./rows.ts";
import { excerptOf, termsOf } from "./search.ts";

const LONGEST_NAME = 120;
/** Characters of one message; the longest contexts hold about as many. */
const LONGEST_MESSAGE = 8 * 2 ** 20;
const SEARCH_HITS = 50;

const ENTRY = `
  SELECT id, name, branched_from, branched_at, created, changed,
    (SELECT count(*) FROM turn WHERE conversation = c.id AND position > 0) AS turns,
    (SELECT model FROM turn WHERE conversation = c.id AND model IS NOT NULL ORDER BY position DESC LIMIT 1) AS model
  FROM conversation c`;
const TURN = "SELECT position, role, content, more, model, finish_reason, written FROM turn";

/**
 * The conversations of one store. What a method writes is on the disk when it returns. Every method throws StoreError
 * where the file cannot be used.
 */
export class Conversations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Every conversation, the one last written to first. */
  list(): ConversationEntry[] {
    return this.#database.all(entryRow, `${ENTRY} ORDER BY changed DESC, id DESC`);
  }

  find(name: string): ConversationEntry | undefined {
    return this.#database.first(entryRow, `${ENTRY} WHERE name = ?`, cleanName(name));
  }

  /** Throws NoConversationError. */
  get(name: string): ConversationEntry {
    const entry = this.find(name);
    if (entry === undefined) throw new NoConversationError(name);
    return entry;
  }

  /** The conversation that was last written to. */
  latest(): ConversationEntry | undefined {
    return this.#database.first(entryRow, `${ENTRY} ORDER BY changed DESC, id DESC LIMIT 1`);
  }

  /** Begins a conversation. Throws NameTakenError. */
  create(name: string): ConversationEntry {
    return this.#database.transaction(() => this.#create(cleanName(name)));
  }

  /** Begins a conversation under a name that is free: the one that is wished for, else with a number behind it. */
  createLike(wish: string): ConversationEntry {
    return this.#database.transaction(() => this.#create(this.#freeName(wish)));
  }

  /** Throws NoConversationError and NameTakenError. */
  rename(name: string, to: string): ConversationEntry {
    const free = cleanName(to);
    return this.#database.transaction(() => {
      const { id, name: from } = this.get(name);
      if (free !== from) this.#requireFree(free);
      this.#database.run("UPDATE conversation SET name = ? WHERE id = ?", free, id);
      return this.get(free);
    });
  }

  /** Removes a conversation for good. Throws NoConversationError. */
  remove(name: string): void {
    this.#database.transaction(() => {
      const { id } = this.get(name);
      // Turns are removed by themselves, so that the search forgets them too.
      this.#database.run("DELETE FROM turn WHERE conversation = ?", id);
      this.#database.run("DELETE FROM conversation WHERE id = ?", id);
    });
    this.#database.emptyLog();
  }

  /** The turns of a conversation in order, its system message first if it has one. */
  turns({ id }: Pick<ConversationEntry, "id">): Turn[] {
    return this.#database.all(turnRow, `${TURN} WHERE conversation = ? ORDER BY position`, id);
  }

  /**
   * Adds the turn that follows `after` (0 in a conversation without turns). Throws ConversationMovedError where
   * another process has added one there.
   */
  append(
    { id, name }: Pick<ConversationEntry, "id" | "name">,
    after: number,
    message: Message,
    facts: ReplyFacts = {},
  ): Turn {
    return this.#database.transaction(() => {
      const { last } = this.#database.first(
        z.object({ last: z.int().nullable() }),
        "SELECT max(position) AS last FROM turn WHERE conversation = ?",
        id,
      ) ?? { last: null };
      if ((last ?? 0) !== after || !this.#isThere(id)) throw new ConversationMovedError(name);
      return this.#write(id, after + 1, message, facts);
    });
  }

  /** Sets the system message, or removes it with an empty text. */
  setSystem({ id }: Pick<ConversationEntry, "id">, content: string): void {
    this.#database.transaction(() => {
      this.#database.run("DELETE FROM turn WHERE conversation = ? AND position = 0", id);
      if (content !== "") this.#write(id, 0, { role: "system", content }, {});
    });
  }

  /**
   * Begins a conversation with the first turns of another one, all unless stated. It is named like it with a number
   * behind unless a name is given. Throws NameTakenError and BadInputError for a turn that is not there.
   */
  branch(
    from: ConversationEntry,
    { turns, name }: { turns?: number; name?: string } = {},
  ): ConversationEntry {
    return this.#database.transaction(() => {
      const there = this.#entry(from);
      const taken = turns ?? there.turns;
      requirePosition(taken, there.turns, 0);
      const { id } = this.#create(name === undefined ? this.#freeName(there.name) : cleanName(name));
      this.#database.run(
        "UPDATE conversation SET branched_from = ?, branched_at = ? WHERE id = ?",
        there.name,
        taken,
        id,
      );
      this.#database.run(
        `INSERT INTO turn (conversation, position, role, content, more, model, finish_reason, written)
         SELECT ?, position, role, content, more, model, finish_reason, written
         FROM turn WHERE conversation = ? AND position <= ? ORDER BY position`,
        id,
        there.id,
        taken,
      );
      return this.#entry({ id, name: there.name });
    });
  }

  /**
   * Gives a turn another text and ends the conversation there. As it was, it is kept as a branch, which is returned.
   * Throws BadInputError for a turn that is not there.
   */
  edit(entry: ConversationEntry, position: number, content: string): ConversationEntry {
    const there = this.#entry(entry);
    requirePosition(position, there.turns, 1);
    const kept = this.branch(there);
    this.#database.transaction(() => {
      const turn = this.turns(there).find((one) => one.position === position);
      if (turn === undefined) throw new ConversationMovedError(there.name);
      this.#database.run("DELETE FROM turn WHERE conversation = ? AND position >= ?", there.id, position);
      this.#database.run("DELETE FROM summary WHERE conversation = ? AND up_to >= ?", there.id, position);
      this.#write(there.id, position, { ...turn.message, content }, {});
    });
    return kept;
  }

  /** The turns that hold every word of a query, the latest first; at most 50. Chinese needs no spaces. */
  search(query: string): SearchHit[] {
    const terms = termsOf(query);
    if (terms.length === 0) return [];
    const conditions = terms.map(({ condition }) => condition).join(" AND ");
    const rows = this.#database.all(
      hitRow,
      `SELECT c.name, t.position, t.role, t.content, t.written
       FROM turn t JOIN conversation c ON c.id = t.conversation
       WHERE ${conditions} ORDER BY t.written DESC, t.id DESC LIMIT ${SEARCH_HITS}`,
      ...terms.map(({ value }) => value),
    );
    return rows.map(({ name, content, ...rest }) => ({
      conversation: name,
      ...rest,
      excerpt: excerptOf(content, terms),
    }));
  }

  /** What the user said last in any conversation, the latest last. */
  lastSaid(count: number): string[] {
    const rows = this.#database.all(
      z.object({ content: z.string() }),
      "SELECT content FROM turn WHERE role = 'user' GROUP BY content ORDER BY max(id) DESC LIMIT ?",
      count,
    );
    return rows.map(({ content }) => content).reverse();
  }

  /** The summary that stands for the turns up to a position, where one was made. */
  summary({ id }: Pick<ConversationEntry, "id">): Summary | undefined {
    const row = this.#database.first(
      summaryRow,
      "SELECT up_to, content FROM summary WHERE conversation = ?",
      id,
    );
    return row === undefined ? undefined : { upTo: row.up_to, content: row.content };
  }

  keepSummary({ id }: Pick<ConversationEntry, "id">, { upTo, content }: Summary): void {
    this.#database.run("INSERT OR REPLACE INTO summary VALUES (?, ?, ?)", id, upTo, content);
  }

  #entry({ id, name }: Pick<ConversationEntry, "id" | "name">): ConversationEntry {
    const entry = this.#database.first(entryRow, `${ENTRY} WHERE id = ?`, id);
    if (entry === undefined) throw new NoConversationError(name);
    return entry;
  }

  #isThere(id: number): boolean {
    return (
      this.#database.first(z.object({ id: z.int() }), "SELECT id FROM conversation WHERE id = ?", id) !==
      undefined
    );
  }

  #create(name: string): ConversationEntry {
    this.#requireFree(name);
    const now = Date.now();
    this.#database.run("INSERT INTO conversation (name, created, changed) VALUES (?, ?, ?)", name, now, now);
    return this.get(name);
  }

  #requireFree(name: string): void {
    if (this.find(name) !== undefined) throw new NameTakenError(name);
  }

  #freeName(wish: string): string {
    const stem = cleanName(wish)
      .replace(/ \(\d+\)$/, "")
      .slice(0, LONGEST_NAME - 8);
    for (let number = 1; ; number++) {
      const name = number === 1 ? stem : `${stem} (${number})`;
      if (this.find(name) === undefined) return name;
    }
  }

  #write(id: number, position: number, message: Message, facts: ReplyFacts): Turn {
    const content = storable(message.content);
    if (content.length > LONGEST_MESSAGE) throw tooLong(content.length);
    const { model = null, finishReason = null } = facts;
    const now = Date.now();
    this.#database.run(
      `INSERT INTO turn (conversation, position, role, content, more, model, finish_reason, written)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      position,
      message.role,
      content,
      moreText(message),
      model,
      finishReason,
      now,
    );
    this.#database.run("UPDATE conversation SET changed = ? WHERE id = ?", now, id);
    return {
      position,
      message: { ...message, content },
      model,
      finishReason,
      written: new Date(now).toISOString(),
    };
  }
}

const summaryRow = z.object({ up_to: z.int(), content: z.string() });

/** A name as it is kept: composed (NFC), on one line, without what could steer a terminal. Throws BadInputError. */
export function cleanName(name: string): string {
  const clean = name
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  if (clean !== "" && clean.length <= LONGEST_NAME) return clean;
  throw new BadInputError({
    en: `A conversation's name has 1 to ${LONGEST_NAME} characters; this one has ${clean.length}.`,
    zh: `对话名称应为 1 到 ${LONGEST_NAME} 个字符；此名称为 ${clean.length} 个。`,
  });
}

/** A name for a conversation that begins with this message. */
export function nameFrom(message: string): string {
  const line = message
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  const characters = [...line];
  if (characters.length <= 40) return line === "" ? "…" : line;
  const cut = characters.slice(0, 40).join("");
  return `${cut.replace(/\s+\S{0,12}$/, "")}…`;
}

function requirePosition(position: number, last: number, first: number): void {
  if (Number.isSafeInteger(position) && position >= first && position <= last) return;
  throw new BadInputError({
    en: `There is no turn ${position}; the conversation has ${last} turns.`,
    zh: `没有第 ${position} 轮；该对话共有 ${last} 轮。`,
  });
}

function tooLong(length: number): BadInputError {
  return new BadInputError({
    en: `The message has ${length} characters; at most ${LONGEST_MESSAGE} are kept.`,
    zh: `该消息有 ${length} 个字符；最多保存 ${LONGEST_MESSAGE} 个。`,
  });
}
