import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Message } from "./conversation.ts";

/**
 * What is done with a conversation that outgrows the context: only the recent turns are read, the older ones are
 * summarised by the model itself, or it is refused. The system message is always kept.
 */
export const CONTEXT_POLICIES = ["recent", "summarize", "refuse"] as const;
/** One of `CONTEXT_POLICIES`. */
export type ContextPolicy = (typeof CONTEXT_POLICIES)[number];

/** What of a conversation the model was given. */
export interface ContextReport {
  /** The policy that was followed. */
  readonly policy: ContextPolicy;
  /** Null where a server keeps its tokens to itself: it was given everything. */
  readonly promptTokens: number | null;
  /** How many tokens a prompt may have, so that a reply has room. */
  readonly limit: number;
  /** Turns that the model did not see. */
  readonly leftOut: number;
  /** Turns that the model saw only as the summary. */
  readonly summarized: number;
  /** What stood for them; null where the model saw everything else as it was said. */
  readonly summary: string | null;
}

/** A conversation no longer fits the context, and the policy is to refuse, or not even its last message fits. */
export class ContextFullError extends BasewiseError {
  override readonly name = "ContextFullError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** Tokens of the conversation as a prompt. */
  readonly promptTokens: number;
  /** Tokens that a prompt may have beside a reply. */
  readonly limit: number;

  constructor(promptTokens: number, limit: number, isAlone: boolean) {
    super(
      isAlone
        ? {
            en: `The last message and the system message have ${promptTokens} tokens, and ${limit} fit beside a reply; shorten them.`,
            zh: `最后一条消息与系统消息共 ${promptTokens} 个词元，而除回复外只能容纳 ${limit} 个；请缩短。`,
          }
        : {
            en: `The conversation has ${promptTokens} tokens, and ${limit} fit beside a reply; begin a new one, or let older turns be left out or summarised (--context-policy).`,
            zh: `对话有 ${promptTokens} 个词元，而除回复外只能容纳 ${limit} 个；请开始新对话，或略去或总结较早的轮次（--context-policy）。`,
          },
    );
    this.promptTokens = promptTokens;
    this.limit = limit;
  }
}

/** A summary that stands for the first turns of a conversation. */
export interface Summary {
  /** How many turns it stands for. */
  readonly upTo: number;
  readonly content: string;
}

/** A conversation that is to fit. */
export interface Talk {
  /** Empty where there is none. */
  readonly system: string;
  /** All turns, the last of which is to be answered. */
  readonly turns: readonly Message[];
  readonly summary?: Summary | undefined;
}

/** What fitting needs of a model. */
export interface Reader {
  /** How many tokens a prompt may have. */
  readonly limit: number;
  /** Undefined where it cannot be counted. */
  readonly count: (messages: readonly Message[]) => Promise<number | undefined>;
  /** A summary of turns, and of what an earlier summary says of those before. */
  readonly summarize: (turns: readonly Message[], before: string | undefined) => Promise<string>;
}

/** What the model is to read, and what became of the rest. */
export interface Fitted {
  readonly messages: readonly Message[];
  readonly report: ContextReport;
  /** The summary to use from now on. */
  readonly summary?: Summary;
}

/** Fits a conversation into a context by a policy. Throws ContextFullError. */
export async function fitContext(talk: Talk, policy: ContextPolicy, reader: Reader): Promise<Fitted> {
  const { limit } = reader;
  const { turns } = talk;
  const whole = layOut(talk, 0);
  const wholeTokens = await reader.count(whole);
  const report = (promptTokens: number | null, leftOut: number, summary?: Summary): ContextReport => ({
    policy,
    promptTokens,
    limit,
    leftOut,
    summarized: summary?.upTo ?? 0,
    summary: summary?.content ?? null,
  });
  if (wholeTokens === undefined) return { messages: whole, report: report(null, 0) };
  if (wholeTokens <= limit) return { messages: whole, report: report(wholeTokens, 0) };
  if (policy === "refuse") throw new ContextFullError(wholeTokens, limit, turns.length === 1);

  const count: Count = async (messages) => (await reader.count(messages)) ?? 0;
  const recent = await firstFitting(talk, undefined, 0, limit, count);
  if (recent.tokens > limit) throw new ContextFullError(recent.tokens, limit, true);
  const summary = policy === "summarize" ? await summaryFor(talk, reader, count) : undefined;
  if (summary !== undefined) {
    const { start, tokens } = await firstFitting(talk, summary, summary.upTo, limit, count);
    if (tokens <= limit) {
      const messages = layOut(talk, start, summary);
      return { messages, report: report(tokens, start - summary.upTo, summary), summary };
    }
  }
  return { messages: layOut(talk, recent.start), report: report(recent.tokens, recent.start) };
}

type Count = (messages: readonly Message[]) => Promise<number>;

/** The summary that is there, while what follows it fits; else one that also stands for older turns of those. */
async function summaryFor(
  talk: Talk,
  { limit, summarize }: Reader,
  count: Count,
): Promise<Summary | undefined> {
  const { turns, summary } = talk;
  if (summary !== undefined && summary.upTo < turns.length) {
    if ((await count(layOut(talk, summary.upTo, summary))) <= limit) return summary;
  }
  const from = summary?.upTo ?? 0;
  // Half of the room stays free for what is said next, so that not every turn needs a new summary.
  const { start } = await firstFitting(talk, undefined, from, Math.floor(limit / 2), count);
  if (start === from) return summary;
  const content = (await summarize(turns.slice(from, start), summary?.content)).trim();
  return content === "" ? summary : { upTo: start, content };
}

/**
 * The first turn from `from` on from which everything fits, or the last one if none does. It is one of the user, as
 * templates expect.
 */
async function firstFitting(
  talk: Talk,
  summary: Summary | undefined,
  from: number,
  limit: number,
  count: Count,
): Promise<{ start: number; tokens: number }> {
  const starts = [...talk.turns.keys()].filter(
    (at) => at >= from && (at === from || talk.turns[at]?.role === "user"),
  );
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await count(layOut(talk, starts[middle] ?? 0, summary))) <= limit) high = middle;
    else low = middle + 1;
  }
  const start = starts[low] ?? 0;
  return { start, tokens: await count(layOut(talk, start, summary)) };
}

/** The messages that a model reads: the system message with the summary, and the turns from `start` on. */
function layOut({ system, turns }: Talk, start: number, summary?: Summary): Message[] {
  const told = summary === undefined ? "" : `${SUMMARY_HEAD}\n${summary.content}`;
  const content = [system, told].filter((part) => part !== "").join("\n\n");
  const messages: Message[] = content === "" ? [] : [{ role: "system", content }];
  return alternating([...messages, ...turns.slice(start)]);
}

const SUMMARY_HEAD = "Summary of the conversation so far:";

/**
 * A reply that was cancelled before its first word leaves two messages of the user in a row, which some templates
 * refuse: they become one.
 */
function alternating(messages: readonly Message[]): Message[] {
  const result: Message[] = [];
  for (const message of messages) {
    const last = result.at(-1);
    if (last?.role === "user" && message.role === "user") {
      result[result.length - 1] = { ...message, content: `${last.content}\n\n${message.content}` };
    } else result.push(message);
  }
  return result;
}
