import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import type { Conversation, Reply, Turn } from "../stage/symptoms/patient.ts";
import { jsonIn, jsonLinesIn, notOfKind, readExhibit } from "./exhibit-file.ts";

/** What a transcript file holds: the turns, and the reply where its last turn is the assistant's. */
export interface Transcript {
  readonly conversation: Conversation;
  readonly reply: Reply | undefined;
  /** The messages as they stand in the file, for a template. */
  readonly messages: readonly JsonObject[];
}

/** The names that roles go by in ShareGPT and its kin. */
const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  gpt: "assistant",
  bot: "assistant",
  model: "assistant",
  ai: "assistant",
  chatgpt: "assistant",
  observation: "tool",
  function_call: "assistant",
};

/**
 * Reads a transcript: messages as JSON or JSONL, a request or a response of an OpenAI-compatible server or of Ollama, an
 * object with both (`request`, `response`), ShareGPT, or a text with turn markers or speakers' names. Of several
 * conversations the first counts. Throws BadFileError where the file is none of these.
 */
export async function readTranscript(path: string): Promise<Transcript> {
  const text = await readExhibit(path);
  const value = jsonIn(text) ?? jsonLinesIn(text);
  const found = value === undefined ? turnsInText(text) : turnsInJson(value);
  if (found === undefined || found.turns.length === 0) {
    throw notOfKind(
      path,
      "holds no conversation. Give messages as JSON ([{role, content}]), JSONL, ShareGPT, or a text with turn markers.",
      "中没有对话。请给出 JSON 消息（[{role, content}]）、JSONL、ShareGPT，或带轮次标记的文本。",
    );
  }
  const { turns, body, response, messages } = found;
  const last = turns.at(-1);
  const kwargs = isJsonObject(body.chat_template_kwargs) ? body.chat_template_kwargs : {};
  const thinking = [kwargs.enable_thinking, body.enable_thinking, body.think].find(
    (one) => typeof one === "boolean",
  );
  const options = isJsonObject(body.options) ? body.options : {};
  return {
    messages,
    conversation: {
      source: path,
      turns,
      temperature: [body.temperature, options.temperature].find((one) => typeof one === "number"),
      samples: typeof body.do_sample === "boolean" ? body.do_sample : undefined,
      thinking,
    },
    reply: last?.role === "assistant" ? replyOfTurn(path, last, response) : undefined,
  };
}

interface Found {
  readonly turns: readonly Turn[];
  /** The messages as a template gets them. */
  readonly messages: readonly JsonObject[];
  readonly body: JsonObject;
  readonly response: JsonObject;
}

function turnsInJson(value: unknown): Found | undefined {
  if (Array.isArray(value)) {
    const entries = value.filter(isJsonObject);
    if (entries.some((entry) => roleOf(entry) !== undefined)) return found(entries, {}, {});
    return entries.map(turnsInJson).find((one) => one !== undefined);
  }
  if (!isJsonObject(value)) return undefined;
  const request = isJsonObject(value.request) ? value.request : isJsonObject(value.body) ? value.body : value;
  const response = isJsonObject(value.response) ? value.response : value;
  const sent = [request.messages, request.conversations, request.conversation, request.input].find(
    Array.isArray,
  );
  const answer = messageOf(response);
  const messages = [
    ...(sent ?? []).filter(isJsonObject),
    ...(answer === undefined ? [] : [{ role: "assistant", ...answer }]),
  ];
  return messages.length === 0 ? undefined : found(messages, request, response);
}

function found(entries: readonly JsonObject[], body: JsonObject, response: JsonObject): Found {
  const turns = entries.flatMap((entry) => turnOf(entry) ?? []);
  const messages = entries.flatMap((entry) => {
    const turn = turnOf(entry);
    return turn === undefined
      ? []
      : [{ ...("from" in entry ? {} : entry), role: turn.role, content: turn.content }];
  });
  return { turns, messages, body, response };
}

/** The message in a response: `choices[0].message` as OpenAI has it, or `message` as Ollama has it. */
export function messageOf(response: JsonObject): JsonObject | undefined {
  const [choice] = Array.isArray(response.choices) ? response.choices : [];
  if (isJsonObject(choice)) {
    if (isJsonObject(choice.message)) return choice.message;
    if (typeof choice.text === "string") return { content: choice.text };
  }
  if (isJsonObject(response.message)) return response.message;
  return typeof response.response === "string" ? { content: response.response } : undefined;
}

function roleOf(entry: JsonObject): string | undefined {
  const role = [entry.role, entry.from, entry.speaker].find((one) => typeof one === "string");
  return role === undefined ? undefined : (ROLES[role.toLowerCase()] ?? role.toLowerCase());
}

function turnOf(entry: JsonObject): Turn | undefined {
  const role = roleOf(entry);
  if (role === undefined) return undefined;
  const content = [entry.content, entry.value, entry.text].find((one) => one !== undefined);
  const thoughts = [entry.reasoning_content, entry.reasoning, entry.thinking].find(
    (one) => typeof one === "string" && one !== "",
  );
  return {
    role,
    content: contentText(content),
    isNull: content === null,
    thoughts: typeof thoughts === "string" ? thoughts : undefined,
  };
}

/** A text, or the texts among content parts. */
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const parts = content.filter(isJsonObject);
  return parts.map((part) => [part.text, part.value].find((one) => typeof one === "string") ?? "").join("");
}

function replyOfTurn(source: string, turn: Turn, response: JsonObject): Reply {
  return {
    source,
    text: turn.content,
    isNull: turn.isNull,
    thoughts: turn.thoughts,
    ...endingOf(response),
    ids: undefined,
    vectors: undefined,
    scores: undefined,
  };
}

/** How a response ended, and how much prompt the server says it read. */
export function endingOf(response: JsonObject): Pick<Reply, "finish" | "promptTokens"> {
  const [choice] = Array.isArray(response.choices) ? response.choices : [];
  const said = isJsonObject(choice) ? choice.finish_reason : (response.done_reason ?? response.finish_reason);
  const usage = isJsonObject(response.usage) ? response.usage : {};
  const read = [usage.prompt_tokens, usage.input_tokens, response.prompt_eval_count].find(
    (one) => typeof one === "number",
  );
  return { finish: said === "stop" || said === "length" ? said : undefined, promptTokens: read };
}

/** How turns open in texts: ChatML, Llama 3, Gemma, Zephyr and GLM; then speakers' names at the start of a line. */
const MARKED: readonly RegExp[] = [
  /<\|im_start\|>\s*(\w+)\s*\n([\s\S]*?)(?=<\|im_end\|>\s*<\|im_start\|>|<\|im_end\|>\s*$|$(?![\s\S])|<\|im_start\|>)/g,
  /<\|start_header_id\|>\s*(\w+)\s*<\|end_header_id\|>\s*([\s\S]*?)(?=<\|eot_id\|>\s*<\|start_header_id\|>|<\|eot_id\|>\s*$|$(?![\s\S]))/g,
  /<start_of_turn>\s*(\w+)\s*\n([\s\S]*?)(?=<end_of_turn>\s*<start_of_turn>|<end_of_turn>\s*$|$(?![\s\S]))/g,
  /<\|(system|user|assistant|observation)\|>\s*\n?([\s\S]*?)(?=<\|(?:system|user|assistant|observation)\|>|$(?![\s\S]))/g,
];
const SPEAKER = /^(system|user|human|assistant|bot|ai|model|用户|助手|系统)\s*[:：]\s*/i;
const CHINESE_ROLES: Readonly<Record<string, string>> = { 用户: "user", 助手: "assistant", 系统: "system" };

function turnsInText(text: string): Found | undefined {
  for (const pattern of MARKED) {
    const turns = [...text.matchAll(pattern)].map(([, role = "", content = ""]) => ({ role, content }));
    if (turns.length > 0)
      return found(
        turns.map(({ role, content }) => ({ role, content: content.trim() })),
        {},
        {},
      );
  }
  const turns: { role: string; content: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const speaker = SPEAKER.exec(line);
    if (speaker !== null) {
      const name = (speaker[1] ?? "").toLowerCase();
      turns.push({ role: CHINESE_ROLES[name] ?? name, content: line.slice(speaker[0].length) });
      continue;
    }
    const last = turns.at(-1);
    if (last !== undefined) last.content += `\n${line}`;
  }
  if (turns.length < 2) return undefined;
  return found(
    turns.map(({ role, content }) => ({ role, content: content.trim() })),
    {},
    {},
  );
}
