import type { Text } from "../../language.ts";
import type { Example, ExampleMessage } from "./example.ts";
import {
  type Fields,
  hasAny,
  isFields,
  listIn,
  type Mend,
  messageListIn,
  textField,
  UnusableRow,
} from "./fields.ts";
import { learnable, messagesIn } from "./messages.ts";
import { isPreference, preferenceOf } from "./preference.ts";
import { toolsIn } from "./tools.ts";

const MESSAGES = ["messages", "conversations", "conversation"] as const;
const ASKED = ["prompt", "question", "query", "input"] as const;
const ANSWERED = ["completion", "response", "output", "answer", "target"] as const;
const CONTEXT = ["input", "context"] as const;
const TEXT = ["text", "content"] as const;
const LABEL = ["label", "category", "intent", "class"] as const;

/** A way in which data sets hold their rows. */
interface ShapeRule {
  /** Its fields, as an error names them. */
  readonly fields: Text;
  readonly fits: (row: Fields) => boolean;
  /** Throws {@link UnusableRow}. */
  readonly read: (row: Fields, mend: Mend) => readonly Example[];
}

/** Every known shape; the first that fits a row is taken. */
export const SHAPES = {
  preference: {
    fields: {
      en: "chosen, rejected (with prompt or conversations, or each the whole dialogue); question, response_j, response_k",
      zh: "chosen、rejected（另有 prompt 或 conversations，或各为整段对话）；question、response_j、response_k",
    },
    fits: isPreference,
    read: (row, mend) => [preferenceOf(row, mend)],
  },
  rated: {
    fields: {
      en: "messages, or prompt and completion, with a label of true or false",
      zh: "messages，或 prompt 与 completion，外加取值 true/false 的 label",
    },
    fits: (row) =>
      (typeof row.label === "boolean" || typeof row.kto_tag === "boolean") &&
      (hasMessages(row) || isAnswered(row)),
    read: (row, mend) => {
      if ((row.label ?? row.kto_tag) !== true) throw new UnusableRow("rated-bad");
      return [hasMessages(row) ? conversationOf(row, mend) : promptCompletion(row, mend)];
    },
  },
  messages: {
    fields: {
      en: "messages [{role, content}] (tools, tool_calls, content parts, weight)",
      zh: "messages [{role, content}]（可含 tools、tool_calls、内容分段、weight）",
    },
    fits: (row) => hasMessages(row) && !speaksShareGpt(row),
    read: (row, mend) => [conversationOf(row, mend)],
  },
  sharegpt: {
    fields: {
      en: "conversations [{from, value}] (system, tools)",
      zh: "conversations [{from, value}]（system、tools）",
    },
    fits: hasMessages,
    read: (row, mend) => [conversationOf(row, mend)],
  },
  alpaca: {
    fields: {
      en: "instruction, output (input, system, history; response, context)",
      zh: "instruction、output（input、system、history；response、context）",
    },
    fits: (row) => hasAny(row, ["instruction"]) && hasAny(row, [...ANSWERED, "instances"]),
    read: alpaca,
  },
  "prompt-completion": {
    fields: {
      en: "prompt, completion (question, query, input; response, answer, output; texts or messages)",
      zh: "prompt、completion（question、query、input；response、answer、output；文本或消息）",
    },
    fits: isAnswered,
    read: (row, mend) => [promptCompletion(row, mend)],
  },
  labelled: {
    fields: { en: "text, label (category, intent, class)", zh: "text、label（category、intent、class）" },
    fits: (row) => hasAny(row, ["text"]) && hasAny(row, LABEL),
    read: (row) => {
      const label = LABEL.map((name) => row[name]).find((value) => value !== undefined && value !== null);
      return [{ kind: "labelled", text: requireText(textField(row, TEXT)), label: String(label) }];
    },
  },
  text: {
    fields: { en: "text (content), or lines as paragraphs", zh: "text（content），或以 paragraphs 列出各行" },
    fits: (row) => hasAny(row, [...TEXT, "paragraphs"]),
    read: (row) => {
      const lines = Array.isArray(row.paragraphs) ? row.paragraphs.join("\n") : undefined;
      return [{ kind: "text", text: requireText(textField(row, TEXT) ?? lines) }];
    },
  },
} as const satisfies Readonly<Record<string, ShapeRule>>;
export type Shape = keyof typeof SHAPES;

const NAMES = Object.keys(SHAPES) as readonly Shape[];

/** The shape of a row; undefined where it has none that is known. A bare text is one. */
export function shapeOf(value: unknown): Shape | undefined {
  if (typeof value === "string") return "text";
  return isFields(value) ? NAMES.find((name) => SHAPES[name].fits(value)) : undefined;
}

/** What a row of that shape teaches. Throws {@link UnusableRow}. */
export function examplesOf(value: unknown, shape: Shape, mend: Mend): readonly Example[] {
  const rule: ShapeRule = SHAPES[shape];
  return rule.read(isFields(value) ? value : { text: value }, mend);
}

function hasMessages(row: Fields): boolean {
  return MESSAGES.some((name) => Array.isArray(row[name]) || /^\s*\[\s*\{/.test(String(row[name] ?? "")));
}

function speaksShareGpt(row: Fields): boolean {
  const list = listIn(row.conversations ?? row.conversation ?? row.messages, () => {});
  const first = list?.[0];
  return isFields(first) && first.from !== undefined;
}

function isAnswered(row: Fields): boolean {
  return hasAny(row, ASKED) && hasAny(row, ANSWERED);
}

function requireText(text: string | undefined): string {
  if (text === undefined || text === "") throw new UnusableRow("empty-text");
  return text;
}

function conversationOf(row: Fields, mend: Mend): Example {
  const list = listIn(
    MESSAGES.map((name) => row[name]).find((value) => value !== undefined),
    mend,
  );
  if (list === undefined) throw new UnusableRow("not-text");
  const messages = messagesIn(list, mend);
  const system = systemOf(row);
  const all = messages[0]?.role === "system" ? messages : [...system, ...messages];
  return conversation(row, all, mend);
}

function conversation(row: Fields, messages: readonly ExampleMessage[], mend: Mend): Example {
  const tools = toolsIn(row.tools, mend);
  return {
    kind: "conversation",
    messages: learnable(messages, mend),
    ...(tools === undefined ? {} : { tools }),
  };
}

function systemOf(row: Fields): ExampleMessage[] {
  return typeof row.system === "string" && row.system !== "" ? [{ role: "system", content: row.system }] : [];
}

/** Stanford Alpaca's records, also with Dolly's names; self-instruct keeps several instances of one instruction. */
function alpaca(row: Fields, mend: Mend): Example[] {
  const instances = Array.isArray(row.instances) ? row.instances.filter(isFields) : [row];
  const history = (listIn(row.history, mend) ?? []).flatMap((pair): ExampleMessage[] => {
    const [asked, answered] = Array.isArray(pair) ? pair : [];
    if (typeof asked !== "string" || typeof answered !== "string")
      throw new UnusableRow("not-text", "history");
    return [
      { role: "user", content: asked },
      { role: "assistant", content: answered },
    ];
  });
  return instances.map((instance) => {
    const instruction = textField(row, ["instruction"]) ?? "";
    const context = textField(instance, CONTEXT) ?? "";
    const question = [instruction, context].filter((text) => text !== "").join("\n");
    const answer = textField(instance, ANSWERED);
    if (question === "" || answer === undefined) throw new UnusableRow("empty-text");
    return conversation(
      row,
      [
        ...systemOf(row),
        ...history,
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ],
      mend,
    );
  });
}

function promptCompletion(row: Fields, mend: Mend): Example {
  const side = (names: readonly string[], role: "user" | "assistant"): ExampleMessage[] => {
    const value = names.map((name) => row[name]).find((one) => one !== undefined && one !== null);
    const list = messageListIn(value, mend);
    if (list !== undefined) return messagesIn(list, mend);
    if (typeof value !== "string") throw new UnusableRow("not-text", typeof value);
    return [{ role, content: value }];
  };
  return conversation(row, [...systemOf(row), ...side(ASKED, "user"), ...side(ANSWERED, "assistant")], mend);
}
