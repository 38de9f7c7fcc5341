import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { endKind, turnMarksIn } from "../ends.ts";
import { familyOf, plainName } from "../families.ts";
import { afterAnswer, MARKS, textOf } from "../rendered.ts";
import { CHAT_STAGES, type Stage } from "../stage.ts";
import { hasStop, type Stopper, stopsBy } from "../stops.ts";
import { STAGE_WORDS } from "../words.ts";
import type { Patient, Reply, Study } from "./patient.ts";
import type { Seen, Sighting, Sureness } from "./symptom.ts";

/** One fact with its place. */
export function seen(source: string, field: string | undefined, en: string, zh: string): Seen {
  const text: Text = { en, zh };
  return field === undefined ? { source, text } : { source, field, text };
}

export function sighting(sureness: Sureness, ...facts: readonly Seen[]): Sighting {
  return { sureness, seen: facts };
}

/** What the model's files name as the model it was made from. */
export function parentsOf({ facts }: Study): readonly string[] {
  const { adapter, card } = facts;
  return [...(adapter?.parent === undefined ? [] : [adapter.parent]), ...(card?.parents ?? [])];
}

/** Whether the model was judged to be of one of these stages. */
export function isAt(study: Study | undefined, ...stages: readonly Stage[]): study is Study {
  return study !== undefined && stages.some((stage) => stage === study.verdict.stage);
}

export function chats(study: Study | undefined): study is Study {
  return isAt(study, ...CHAT_STAGES);
}

/** A finding that rests on the stage is as sure as the stage is known. */
export function asSureAsStage(study: Study): Sureness {
  if (study.verdict.status === "verified") return "certain";
  return study.verdict.probability !== null && study.verdict.probability >= 0.8 ? "likely" : "suspicion";
}

/** What the model was judged to be, as a fact. */
export function stageSeen(study: Study): Seen {
  const { verdict, reference } = study;
  const words = verdict.stage === null ? { en: "unknown", zh: "未知" } : STAGE_WORDS[verdict.stage];
  const percent = verdict.probability === null ? undefined : `${Math.floor(verdict.probability * 100)} %`;
  const status = {
    verified: { en: "verified", zh: "已验证" },
    claimed: { en: "by its files", zh: "据其文件" },
    unknown: { en: "nothing tells", zh: "没有线索" },
  }[verdict.status];
  return seen(
    reference,
    undefined,
    `It is ${words.en}, ${status.en}${percent === undefined ? "" : ` (${percent})`}.`,
    `它是${words.zh}，${status.zh}${percent === undefined ? "" : `（${percent}）`}。`,
  );
}

/** The stage that a name alone stands for, by its suffix or by its family's rule. */
export function stageOfName(name: string): Stage | undefined {
  const plain = plainName(name);
  if (/embed/i.test(plain)) return "embedding";
  if (/rerank/i.test(plain)) return "reranker";
  if (/[-_.](instruct|chat|it)([-_.]|$)/i.test(plain)) return "instruct";
  if (/[-_.](base|pt)([-_.]|$)/i.test(plain)) return "base";
  return familyOf(plain)?.plain;
}

/** The token that ends a turn by the template: the first control token behind a finished answer. */
export function turnEnd(study: Study | undefined): string | undefined {
  if (study === undefined) return undefined;
  return study.stops.find((stop) => stop.by === "template")?.tokens[0]?.text;
}

/** What a runtime would stop on; undefined where its rule cannot be told from these files. */
export function stopsOn(study: Study, by: Stopper, token: string): boolean | undefined {
  const stops = stopsBy(study.stops, by);
  return stops === undefined ? undefined : hasStop(stops, token);
}

/** The name of the file that a model's fact stands in. */
export function fileOf(study: Study, file: string): string {
  return study.facts.format === "GGUF" ? study.reference : file;
}

/** The control strings that lay turns out in a text. */
export function turnMarks(text: string | undefined): readonly string[] {
  return text === undefined ? [] : turnMarksIn(text);
}

/** The turn marks that a model's template really writes. */
export function templateMarks(study: Study | undefined): readonly string[] {
  return turnMarks(textOf(study?.rendered, "conversation") ?? textOf(study?.rendered, "question"));
}

/** A string that never is ordinary text: a control token of one of the families. */
export function isControlText(text: string): boolean {
  return endKind(text) !== "unknown" || turnMarksIn(text).length > 0;
}

/**
 * How sure it is that the vocabulary lacks a token; undefined where it has it, or nothing lists its special tokens.
 * Without the whole vocabulary, it might be a word of it.
 */
export function lacksToken(study: Study, text: string): "certain" | "likely" | undefined {
  const special = study.facts.specialTokens;
  const { tokenizer } = study.files;
  if (special === undefined || special.length === 0 || tokenizer === undefined) return undefined;
  if (special.some((token) => token.text === text) || tokenizer.wordMarks?.includes(text)) return undefined;
  return tokenizer.wordMarks === undefined ? "likely" : "certain";
}

/** What a template says before the user's first word, without control tokens: a system prompt of its own. */
export function ownSystemPrompt(study: Study | undefined): string | undefined {
  const text = textOf(study?.rendered, "question");
  if (text === undefined) return undefined;
  const before = text.slice(0, text.indexOf(MARKS.question)).replace(/<[^<>\s]{1,40}>|\[[A-Z/]+\]/g, " ");
  const words = before.replace(/\b(system|user|human|developer)\b/gi, " ").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length >= 4 ? before.trim().replace(/\s+/g, " ") : undefined;
}

/** Words of a text that are at least one token each, whatever the tokenizer: a lower bound of its tokens. */
export function leastTokens(text: string): number {
  return text.match(/(?<=^|\s)\S*[A-Za-z]\S*/g)?.length ?? 0;
}

/** Everything a transcript says to the model, as one text. */
export function sentText({ conversation, prompt }: Patient): string | undefined {
  if (prompt?.text !== undefined) return prompt.text;
  if (conversation === undefined) return undefined;
  const turns =
    conversation.turns.at(-1)?.role === "assistant" ? conversation.turns.slice(0, -1) : conversation.turns;
  return turns.map(({ content }) => content).join("\n");
}

/** Whether a text takes up turns that are not the assistant's. */
export function takesOtherTurns(text: string): boolean {
  return (
    /<\|im_start\|>\s*user|<\|start_header_id\|>\s*user|<start_of_turn>\s*user/.test(text) ||
    /(^|\n)[ \t]*(<\|user\|>|#{2,3} (Human|User|Instruction)|(Human|User|Q|用户|问)\s*[:：])/.test(text) ||
    /(^|\n)(user|assistant)\n/.test(text)
  );
}

/** How many writing systems mix in a text; a text that makes sense has one or two. */
export function writingSystems(text: string): number {
  const systems = [
    "Latin",
    "Han",
    "Cyrillic",
    "Arabic",
    "Hangul",
    "Hiragana",
    "Katakana",
    "Thai",
    "Hebrew",
    "Greek",
    "Devanagari",
  ];
  return systems.filter((name) => (text.match(new RegExp(`\\p{Script=${name}}`, "gu"))?.length ?? 0) >= 3)
    .length;
}

/** The share of a text's last part that only repeats, from 0 to 1. */
export function repeatedShare(text: string): number {
  const lines = text
    .split(/(?<=[.!?。！？\n])\s*/u)
    .map((line) => line.trim())
    .filter((line) => line.length >= 4);
  if (lines.length < 8) return 0;
  return 1 - new Set(lines).size / lines.length;
}

/** The thoughts in a reply: an opener, a closer, both, an empty pair at the front, or none. */
export function thoughtsIn(text: string): "none" | "closed" | "empty" | "open" | "unopened" {
  const opens = text.indexOf("<think>");
  const closes = text.indexOf("</think>");
  if (opens === -1) return closes === -1 ? "none" : "unopened";
  if (closes === -1) return "open";
  if (closes < opens) return "unopened";
  return text.slice(opens + 7, closes).trim() === "" ? "empty" : "closed";
}

/** A reply that is an error message of a program. */
export function failsWith(reply: Reply | undefined, message: RegExp): Seen | undefined {
  const found = reply === undefined ? undefined : message.exec(reply.text)?.[0];
  if (reply === undefined || found === undefined) return undefined;
  return seen(reply.source, undefined, `It says "${printable(found)}".`, `其中写着“${printable(found)}”。`);
}

/** The text behind a finished answer, up to the next question. */
export function answerEnd(study: Study | undefined): string | undefined {
  return afterAnswer(study?.rendered)?.trim();
}

/** FIM tokens of the code families, by what stands before the gap. */
export const INFILL: RegExp = /<\|fim_prefix\|>|<fim[_-]prefix>|<｜fim▁begin｜>|<PRE>|<\|code_prefix\|>/;

/** Where the chat is that was asked for. */
export function askedIn({ conversation, prompt }: Patient): Seen[] {
  if (conversation !== undefined) {
    const turns = conversation.turns.length;
    return [
      seen(
        conversation.source,
        "messages",
        `It is a conversation of ${turns} turns.`,
        `它是一段 ${turns} 轮的对话。`,
      ),
    ];
  }
  const [mark] = turnMarks(prompt?.text);
  if (prompt === undefined || mark === undefined) return [];
  return [seen(prompt.source, undefined, `It marks turns with ${mark}.`, `它用 ${mark} 标记轮次。`)];
}

/** What was measured of the turn tokens' rows, where the weights are at hand. */
export function turnRows(
  study: Study | undefined,
): { readonly trained: boolean; readonly seen: Seen } | undefined {
  const evidence = study?.verdict.evidence.find(
    ({ source, signal }) => source === "tensors" && signal.startsWith("turn rows"),
  );
  if (study === undefined || evidence === undefined) return undefined;
  const { en, zh } = evidence.text;
  return { trained: evidence.says !== "base", seen: seen(study.reference, "weights", en, zh) };
}
