import { type ContextPolicy, type ContextReport, fitContext } from "../chat/context.ts";
import type { Message } from "../chat/conversation.ts";
import {
  askedToRemember,
  type Recall,
  type Recalled,
  recallByWords,
  recurring,
  systemWith,
} from "../chat/memory.ts";
import { nameFrom } from "../chat/store/conversations.ts";
import { ConversationMovedError } from "../chat/store/errors.ts";
import type { Memory } from "../chat/store/memories.ts";
import type { ConversationEntry, Turn } from "../chat/store/rows.ts";
import type { ConversationStore } from "../chat/store/store.ts";
import { summarizeInPieces } from "../chat/summarize.ts";
import type { Channel } from "../chat/thoughts.ts";
import { replyMessage, type ToolCall, toolResult, waitingCalls } from "../chat/tools/tool.ts";
import { BadInputError, BasewiseError } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { type ChatOptions, REPLY_TOKENS } from "./chat-model.ts";
import { Generation, type GenerationResult, type ReplyResult } from "./generation.ts";
import type { ChatModel } from "./open.ts";

/** How a conversation is led. */
export interface ConversationOptions {
  /** What to call it; else it is called after its first message. One that is there already is gone on with. */
  readonly name?: string;
  /** What becomes of turns that no longer fit the context; `recent` unless stated. */
  readonly policy?: ContextPolicy;
  /** How memories are found; by words unless stated. */
  readonly recall?: Recall;
}

/** What can lead a conversation, such as any model for chat. */
export interface Speaker extends Pick<ChatModel, "reference" | "contextSize" | "countTokens"> {
  chat(messages: readonly Message[], options?: ChatOptions): Generation<SpokenResult>;
}

/** A reply; a model that imitates a chat tells less of it. */
export type SpokenResult = GenerationResult & Partial<ReplyResult>;

/** A reply, and what went into it. */
export interface ConversationReply extends SpokenResult {
  /** The name of the conversation. */
  readonly conversation: string;
  /** What of the conversation the model was given. */
  readonly context: ContextReport;
  /** The memories that the model was given. */
  readonly recalled: readonly Memory[];
  /** What is remembered from this message on. */
  readonly remembered: readonly Memory[];
}

/**
 * A conversation that is kept: every message is on the disk before its reply begins, and every reply when it has ended.
 * It is read anew before each message, so that several programs may lead the same one.
 */
export class Conversation {
  readonly #store: ConversationStore;
  readonly #policy: ContextPolicy;
  readonly #recall: Recall;
  #name: string | undefined;
  #entry: ConversationEntry | undefined;
  /** A system message for a conversation that has not begun. */
  #system = "";

  /** Throws StoreError, and BadInputError for a name that cannot be one. */
  constructor(store: ConversationStore, { name, policy, recall }: ConversationOptions = {}) {
    this.#store = store;
    this.#policy = policy ?? "recent";
    this.#recall = recall ?? recallByWords;
    this.#name = name;
    if (name !== undefined) this.#entry = store.conversations.find(name);
  }

  /** What is known of it; undefined while nothing was said. */
  get entry(): ConversationEntry | undefined {
    return this.#entry;
  }

  /** What was said so far, the system message first if there is one. */
  get turns(): Turn[] {
    return this.#entry === undefined ? [] : this.#store.conversations.turns(this.#entry);
  }

  /** The system message; empty where there is none. */
  get system(): string {
    const [first] = this.turns;
    return first?.position === 0 ? first.message.content : this.#system;
  }

  set system(content: string) {
    this.#system = content;
    if (this.#entry !== undefined) this.#store.conversations.setSystem(this.#entry, content);
  }

  /** The calls of the last reply that have no result yet, in their order. */
  get waitingCalls(): ToolCall[] {
    return waitingCalls(this.turns.map(({ message }) => message));
  }

  /**
   * Keeps the result of the call that has waited longest. When none waits any more, `answer` has the model go on. Throws
   * BadInputError where no call waits, and ConversationMovedError where another process went on meanwhile.
   */
  giveResult(content: string): Turn {
    const entry = this.#begun();
    const turns = this.turns;
    const [call] = waitingCalls(turns.map(({ message }) => message));
    if (call === undefined) throw nothingCalled();
    return this.#store.conversations.append(entry, turns.at(-1)?.position ?? 0, toolResult(call, content));
  }

  /** Names the conversation, now or when it begins. Throws NameTakenError. */
  rename(name: string): void {
    if (this.#entry === undefined) this.#name = name;
    else this.#entry = this.#store.conversations.rename(this.#entry.name, name);
  }

  /** Goes on in a branch. Throws BadInputError where nothing was said. */
  branch(options: { turns?: number; name?: string } = {}): ConversationEntry {
    this.#entry = this.#store.conversations.branch(this.#begun(), options);
    return this.#entry;
  }

  /** Changes a turn and ends the conversation there; returns the branch in which the rest is kept. */
  edit(position: number, content: string): ConversationEntry {
    return this.#store.conversations.edit(this.#begun(), position, content);
  }

  /**
   * Says something and lets the model reply. The message is kept before the reply begins; a reply that is aborted is
   * kept as far as it came. The iteration and the result throw what `model.chat` and the store throw, ContextFullError,
   * and BadInputError while calls wait for their results.
   */
  say(model: Speaker, content: string, options: ChatOptions = {}): Generation<ConversationReply> {
    return new Generation(async (emit, left) => {
      const entry = this.#begin(content);
      this.#requireNoneWaiting();
      const { conversations } = this.#store;
      const after = conversations.turns(entry).at(-1)?.position ?? 0;
      conversations.append(entry, after, { role: "user", content });
      const remembered = this.#remember(entry, content);
      return this.#reply(model, entry, remembered, emit, withSignal(options, left));
    });
  }

  /** Lets the model reply to the last message, or to the results of its calls. Throws like `say`, and BadInputError. */
  answer(model: Speaker, options: ChatOptions = {}): Generation<ConversationReply> {
    return new Generation(async (emit, left) => {
      const entry = this.#begun();
      this.#requireNoneWaiting();
      const role = this.turns.at(-1)?.message.role;
      if (role !== "user" && role !== "tool") throw nothingToAnswer();
      return this.#reply(model, entry, [], emit, withSignal(options, left));
    });
  }

  async #reply(
    model: Speaker,
    entry: ConversationEntry,
    remembered: readonly Memory[],
    emit: (piece: string, channel: Channel) => void,
    options: ChatOptions,
  ): Promise<ConversationReply> {
    const { conversations, memories } = this.#store;
    const kept = conversations.turns(entry);
    const last = kept.at(-1);
    if (last === undefined) throw nothingToAnswer();
    const known = memories.list().filter(({ id }) => !remembered.some((one) => one.id === id));
    const said = kept.findLast(({ message }) => message.role === "user") ?? last;
    const { recalled, failures } = await this.#recalled(said.message.content, known, options.signal);
    const system = kept[0]?.position === 0 ? kept[0].message.content : "";
    const limit = promptLimit(model, options.maxTokens);
    const { messages, report, summary } = await fitContext(
      {
        system: systemWith(system, recalled),
        turns: kept.filter(({ position }) => position > 0).map(({ message }) => message),
        summary: conversations.summary(entry),
      },
      this.#policy,
      {
        limit,
        count: (some) => model.countTokens(some, options),
        summarize: (turns, before) => summarizeBy(model, turns, before, limit, options.signal),
      },
    );
    if (summary !== undefined && options.signal?.aborted !== true) conversations.keepSummary(entry, summary);
    const generation = model.chat(messages, options);
    for await (const { text, channel } of generation.parts()) emit(text, channel);
    const result = await generation.result;
    const moved = this.#keepReply(entry, last.position, result, model.reference);
    const warnings = [...result.warnings, ...failures, ...moved];
    memories.countUse(recalled);
    return {
      ...result,
      warnings,
      conversation: this.#entry?.name ?? entry.name,
      context: report,
      recalled,
      remembered,
    };
  }

  /** The memories that bear on a message: by their words where what else finds them fails. */
  async #recalled(
    message: string,
    known: readonly Memory[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly recalled: readonly Memory[]; readonly failures: readonly Text[] }> {
    const contents = (found: readonly Recalled[]): Memory[] => found.map(({ memory }) => memory);
    try {
      return { recalled: contents(await this.#recall(message, known, signal)), failures: [] };
    } catch (error) {
      // A reply that is stopped this early needs no memories.
      if (signal?.aborted) return { recalled: [], failures: [] };
      if (!(error instanceof BasewiseError)) throw error;
      const { en, zh } = error.text;
      return {
        recalled: contents(await recallByWords(message, known)),
        failures: [
          { en: `Memories were found by their words alone: ${en}`, zh: `只按词语查找了记忆：${zh}` },
        ],
      };
    }
  }

  /** Keeps a reply; where another process went on meanwhile, in a branch. */
  #keepReply(
    entry: ConversationEntry,
    after: number,
    { text, finishReason, thinking = null, toolCalls = [] }: SpokenResult,
    model: string,
  ): Text[] {
    if (text === "" && finishReason === "aborted") return [];
    const { conversations } = this.#store;
    // Calls of a reply that was cut off are not made, so that nothing waits for them.
    const calls = finishReason === "tool_calls" ? toolCalls : [];
    const message = replyMessage({ text, thinking, toolCalls: calls });
    const facts = { model, finishReason };
    try {
      conversations.append(entry, after, message, facts);
      return [];
    } catch (error) {
      if (!(error instanceof ConversationMovedError)) throw error;
    }
    const branch = conversations.branch(entry, { turns: after });
    conversations.append(branch, after, message, facts);
    this.#entry = branch;
    const [from, to] = [printable(entry.name), printable(branch.name)];
    return [
      {
        en: `Another process went on with "${from}" meanwhile; this goes on as "${to}".`,
        zh: `另一个进程已继续了“${from}”；此处作为“${to}”继续。`,
      },
    ];
  }

  #remember({ id, name }: ConversationEntry, content: string): Memory[] {
    const { memories } = this.#store;
    const asked = askedToRemember(content).map((fact) => memories.add(fact, "asked", name));
    const recurred = recurring(content, memories.saidElsewhere(id), memories.list());
    return [...asked, ...recurred.map((fact) => memories.add(fact, "recurred", name))];
  }

  #begin(content: string): ConversationEntry {
    if (this.#entry !== undefined) return this.#entry;
    const { conversations } = this.#store;
    this.#entry =
      this.#name === undefined
        ? conversations.createLike(nameFrom(content))
        : conversations.create(this.#name);
    if (this.#system !== "") conversations.setSystem(this.#entry, this.#system);
    return this.#entry;
  }

  #requireNoneWaiting(): void {
    const [call] = this.waitingCalls;
    if (call !== undefined) throw resultMissing(call);
  }

  #begun(): ConversationEntry {
    if (this.#entry !== undefined) return this.#entry;
    throw new BadInputError({
      en: "Nothing was said in this conversation yet; say something first.",
      zh: "这段对话还没有内容；请先说点什么。",
    });
  }
}

/** How many tokens a prompt may have: a quarter of the context, or what is asked for, is kept for the reply. */
function promptLimit({ contextSize }: Speaker, maxTokens: number = REPLY_TOKENS): number {
  return contextSize - Math.min(maxTokens, Math.floor(contextSize / 4));
}

async function summarizeBy(
  model: Speaker,
  turns: readonly Message[],
  before: string | undefined,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const maxTokens = Math.max(1, Math.floor(limit / 4));
  return summarizeInPieces(
    turns,
    before,
    async (request) => ((await model.countTokens([request])) ?? 0) <= limit,
    async (request) => {
      const { text } = await model.chat([request], {
        maxTokens,
        sampling: { temperature: 0 },
        ...(signal === undefined ? {} : { signal }),
      }).result;
      return text;
    },
  );
}

function withSignal(options: ChatOptions, left: AbortSignal): ChatOptions {
  return {
    ...options,
    signal: options.signal === undefined ? left : AbortSignal.any([options.signal, left]),
  };
}

function resultMissing({ name }: ToolCall): BadInputError {
  const shown = printable(name ?? "?", 80);
  return new BadInputError({
    en: `The model called ${shown} and waits for what it gives; say that first.`,
    zh: `模型调用了 ${shown}，正在等待其结果；请先给出结果。`,
  });
}

function nothingCalled(): BadInputError {
  return new BadInputError({
    en: "No call of a tool waits for a result; say something instead.",
    zh: "没有等待结果的工具调用；请直接说话。",
  });
}

function nothingToAnswer(): BadInputError {
  return new BadInputError({
    en: "There is no message that waits for a reply; say something first.",
    zh: "没有等待回复的消息；请先说点什么。",
  });
}
