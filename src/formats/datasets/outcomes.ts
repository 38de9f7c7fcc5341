import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** Why a row is not used. */
export const DROPPED = {
  "not-json": { en: "not JSON", zh: "不是 JSON" },
  "cut-short": { en: "cut off before its end", zh: "在结尾前被截断" },
  "row-too-large": { en: "larger than a row may be", zh: "超过单行的大小上限" },
  "other-shape": { en: "of a shape that is not known", zh: "结构无法识别" },
  "wrong-columns": { en: "another number of columns than the header", zh: "列数与表头不符" },
  "empty-text": { en: "without text", zh: "没有文本" },
  "unknown-role": { en: "a role that is not known", zh: "角色无法识别" },
  "no-answer": { en: "no assistant turn", zh: "没有助手轮次" },
  "empty-answer": { en: "an empty assistant turn before others", zh: "中间有空的助手轮次" },
  "not-text": { en: "something other than text in a turn", zh: "轮次中含有文本以外的内容" },
  "bad-weight": { en: "a weight that is no number of 0 or more", zh: "权重不是非负数" },
  "all-weights-zero": { en: "a weight of 0 on every answer", zh: "所有回答的权重都是 0" },
  "bad-tool-call": { en: "a tool call that cannot be read", zh: "工具调用无法读取" },
  "bad-tools": { en: "a list of tools that cannot be read", zh: "工具列表无法读取" },
  "uncalled-tool": { en: "a tool result that no call asked for", zh: "没有对应调用的工具结果" },
  "rated-bad": { en: "an answer that was rated bad", zh: "被评为差的回答" },
  "no-prompt": { en: "two answers without a prompt that both share", zh: "两个回答没有共同的提示" },
  "not-a-preference": {
    en: "no pair of answers, where preferences are learnt",
    zh: "没有成对的回答，而此处学习偏好",
  },
  "split-answer": {
    en: "an answer that the chat template spreads over several layouts",
    zh: "对话模板把回答分散到多个排版中",
  },
  "same-answers": { en: "the same answer as chosen and rejected", zh: "选中与拒绝的回答相同" },
  "not-a-conversation": { en: "text, where conversations are learnt", zh: "是文本，而此处学习对话" },
  "not-a-text": { en: "a conversation, where texts are learnt", zh: "是对话，而此处学习文本" },
  "template-refuses": { en: "refused by the chat template", zh: "对话模板拒绝排版" },
  "template-hides-answer": {
    en: "an answer that the chat template leaves out or changes",
    zh: "对话模板略去或改动了回答",
  },
  "too-long": { en: "longer than a row", zh: "超过一行的长度" },
} as const satisfies Readonly<Record<string, Text>>;
export type DropReason = keyof typeof DROPPED;

/** What was mended in a row that is used. */
export const REPAIRED = {
  "broken-characters": {
    en: "holds U+FFFD, where bytes were no UTF-8 now or earlier",
    zh: "含有 U+FFFD（原字节不是 UTF-8）",
  },
  "json-in-text": { en: "JSON inside a text read as JSON", zh: "将文本中的 JSON 作为 JSON 读取" },
  "unanswered-end": { en: "turns after the last answer left out", zh: "略去最后一个回答之后的轮次" },
  "empty-end": { en: "an empty answer at the end left out", zh: "略去末尾的空回答" },
  "useless-weight": {
    en: "a weight on a turn that is not the assistant's not used",
    zh: "未使用非助手轮次上的权重",
  },
  "call-in-text": { en: "a tool call written as text kept as text", zh: "以文本写出的工具调用保留为文本" },
  "filled-placeholders": { en: "placeholders filled", zh: "填入了占位符" },
  "chosen-alone": { en: "the chosen answer learnt, the rejected one not", zh: "只学习选中的回答" },
  "label-unused": { en: "text read, label not", zh: "只读取文本，未用标签" },
  "split-by-template": {
    en: "split into several samples, as the template rewrites earlier turns",
    zh: "模板会改写先前轮次，拆分为多个样本",
  },
  "thoughts-in-text": { en: "thoughts put into the text of the answer", zh: "将思考写入回答文本" },
} as const satisfies Readonly<Record<string, Text>>;
export type Repair = keyof typeof REPAIRED;

/** How many rows had one outcome, with the first of them. */
export interface Outcome<Id extends string> {
  readonly id: Id;
  readonly text: Text;
  readonly rows: number;
  /** Counts from 1; a line number where the format has lines. */
  readonly firstRow: number;
  /** What of the first row shows it, made printable. */
  readonly detail?: string;
}

/** Counts rows by outcome. */
export class OutcomeCounter<Id extends string> {
  readonly #texts: Readonly<Record<Id, Text>>;
  readonly #counts = new Map<Id, { rows: number; firstRow: number; detail?: string }>();

  constructor(texts: Readonly<Record<Id, Text>>) {
    this.#texts = texts;
  }

  add(id: Id, row: number, detail?: string): void {
    const known = this.#counts.get(id);
    if (known !== undefined) known.rows++;
    else {
      this.#counts.set(id, {
        rows: 1,
        firstRow: row,
        ...(detail === undefined ? {} : { detail: printable(detail) }),
      });
    }
  }

  /** The most frequent first. */
  outcomes(): Outcome<Id>[] {
    return [...this.#counts]
      .map(([id, count]) => ({ id, text: this.#texts[id], ...count }))
      .sort((one, other) => other.rows - one.rows);
  }
}
