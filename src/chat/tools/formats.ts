import { GEMMA_QUOTE, LiteralReader } from "./literal.ts";
import type { Tool } from "./tool.ts";

/** A call as it was written; its arguments are undefined where they cannot be read. */
export interface WrittenCall {
  readonly name: string | null;
  readonly arguments: unknown;
  readonly text: string;
}

/** How a family writes calls in a reply. */
export interface CallFormat {
  readonly open: string;
  /** What ends it; without one, the reply's end does. */
  readonly close?: string;
  /** The calls in what stands between. Throws where it cannot be read. */
  readonly read: (body: string, tools: readonly Tool[]) => WrittenCall[];
}

/** Sources: the chat templates of the families named, as published, and their makers' own descriptions. */
export const CALL_FORMATS: readonly CallFormat[] = [
  // Hermes, Qwen2.5, Qwen3 (JSON); Qwen3-Coder, Qwen3.5 (tags); GLM-4.5 (keys and values).
  { open: "<tool_call>", close: "</tool_call>", read: tagged },
  // Qwen3-Coder without its outer tag; Llama 3.1's own functions, functionary 3.1 (JSON inside).
  { open: "<function=", close: "</function>", read: (body, tools) => functions(`<function=${body}`, tools) },
  // Mistral: a JSON list; since version 11 the name and the arguments.
  { open: "[TOOL_CALLS]", read: mistral },
  // Gemma 4.
  { open: "<|tool_call>", close: "<tool_call|>", read: gemma },
  // Granite 3, Phi-4 mini.
  { open: "<|tool_call|>", close: "<|/tool_call|>", read: json },
  // DeepSeek V3, R1 (a block of JSON) and V3.1 (JSON alone).
  { open: "<｜tool▁calls▁begin｜>", close: "<｜tool▁calls▁end｜>", read: deepseek },
  // Kimi K2.
  { open: "<|tool_calls_section_begin|>", close: "<|tool_calls_section_end|>", read: kimi },
  // Command R7B, Command A.
  { open: "<|START_ACTION|>", close: "<|END_ACTION|>", read: json },
  // LFM2.
  { open: "<|tool_call_start|>", close: "<|tool_call_end|>", read: pythonic },
  // Llama 3.1 and 3.2.
  { open: "<|python_tag|>", read: (body) => (/^\s*[[{]/.test(body) ? json(body) : pythonic(body)) },
];

/** The marks; in some vocabularies they are control tokens, which have no text of their own. */
export const CALL_MARKS: readonly string[] = [
  ...CALL_FORMATS.flatMap(({ open, close }) => [open, ...(close === undefined ? [] : [close])]),
  GEMMA_QUOTE,
  "[ARGS]",
  "[CALL_ID]",
  "<｜tool▁call▁begin｜>",
  "<｜tool▁sep｜>",
  "<｜tool▁call▁end｜>",
  "<|tool_call_begin|>",
  "<|tool_call_argument_begin|>",
  "<|tool_call_end|>",
];

/** Calls without a mark: a reply that is nothing else (Llama 3.x, Llama 4). Throws where it is no call. */
export function bare(reply: string): WrittenCall[] {
  const calls = /^\s*\[\s*[\p{L}_]/u.test(reply) ? pythonic(reply) : json(reply);
  if (calls.some((call) => call.arguments === undefined)) throw new SyntaxError("no arguments");
  return calls;
}

/** The beginnings of a reply that may be such a call, without white space. */
export function bareBeginnings(tools: readonly Tool[]): string[] {
  const keys = ["name", "type", "function", "parameters", "arguments"];
  return [
    ...keys.flatMap((key) => [`{"${key}":`, `[{"${key}":`]),
    ...tools.map((tool) => `[${tool.function.name}(`),
  ];
}

function tagged(body: string, tools: readonly Tool[]): WrittenCall[] {
  if (body.includes("<function=")) return functions(body, tools);
  if (!/^\s*[[{]/.test(body)) return keysAndValues(body, tools);
  return json(body);
}

/** JSON values one after another, or lists of them. */
function json(body: string): WrittenCall[] {
  const calls = jsonValues(body).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return calls.map((value: unknown) => ({ ...callOf(value), text: JSON.stringify(value) }));
}

function callOf(value: unknown): Pick<WrittenCall, "name" | "arguments"> {
  const fields = fieldsOf(value);
  const inner = typeof fields.function === "object" ? fieldsOf(fields.function) : fields;
  const name = [inner.name, inner.tool_name, inner.function].find((one) => typeof one === "string");
  if (typeof name !== "string") throw new SyntaxError("no name");
  const given = inner.arguments ?? inner.parameters;
  return { name, arguments: typeof given === "string" ? JSON.parse(given) : given };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new SyntaxError("no object");
}

/** The JSON values of a text; between them there may be semicolons, as Llama writes. */
function jsonValues(text: string): unknown[] {
  const values: unknown[] = [];
  let depth = 0;
  let start = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === "\\") at++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === "{" || character === "[") {
      if (depth++ === 0) start = at;
    } else if ((character === "}" || character === "]") && --depth === 0) {
      values.push(JSON.parse(text.slice(start, at + 1)));
    } else if (depth === 0 && !/[\s;,]/.test(character ?? "")) throw new SyntaxError("no JSON");
    if (depth < 0) throw new SyntaxError("no JSON");
  }
  if (depth !== 0 || isString || values.length === 0) throw new SyntaxError("cut off");
  return values;
}

function functions(body: string, tools: readonly Tool[]): WrittenCall[] {
  const found = [
    ...body.matchAll(/<function=([^>\n]+)>([\s\S]*?)(?:<\/function>|$)(?=\s*(?:<function=|$))/g),
  ];
  if (found.length === 0) throw new SyntaxError("no function");
  return found.map(([text, name = "", inner = ""]) => {
    const isJson = /^\s*\{/.test(inner);
    return {
      name: name.trim(),
      arguments: isJson ? JSON.parse(inner) : parameters(inner, name.trim(), tools),
      text,
    };
  });
}

function parameters(body: string, name: string, tools: readonly Tool[]): Record<string, unknown> {
  const found = body.matchAll(/<parameter=([^>\n]+)>\n?([\s\S]*?)\n?<\/parameter>(?=\s*(?:<parameter=|$))/g);
  return Object.fromEntries(
    [...found].map(([, key = "", value = ""]) => [key, typed(value, name, key, tools)]),
  );
}

function keysAndValues(body: string, tools: readonly Tool[]): WrittenCall[] {
  const name = /^\s*([^\s<]+)/.exec(body)?.[1];
  if (name === undefined) throw new SyntaxError("no name");
  const found = body.matchAll(/<arg_key>([\s\S]*?)<\/arg_key>\s*<arg_value>([\s\S]*?)<\/arg_value>/g);
  const entries = [...found].map(([, key = "", value = ""]) => {
    return [key.trim(), typed(value, name, key.trim(), tools)] as const;
  });
  return [{ name, arguments: Object.fromEntries(entries), text: body }];
}

/** A value that was written without quotation marks: text, or what else the schema says. */
function typed(value: string, name: string, key: string, tools: readonly Tool[]): unknown {
  const schema = tools.find((tool) => tool.function.name === name)?.function.parameters;
  const properties = typeof schema === "object" ? schema.properties : undefined;
  const property = Object.entries(properties ?? {}).find(([one]) => one === key)?.[1];
  const type = typeof property === "object" && property !== null ? property.type : undefined;
  if (type === "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return { True: true, False: false, None: null }[value.trim()] ?? value;
  }
}

function mistral(body: string): WrittenCall[] {
  if (/^\s*[[{]/.test(body) && !body.trimStart().startsWith("[ARGS]")) return json(body);
  return body.split("[TOOL_CALLS]").map((text) => {
    const [, name = "", rest = ""] =
      /^\s*([\w.-]+)\s*(?:\[CALL_ID\][\w-]*)?\s*(?:\[ARGS\])?([\s\S]*)$/.exec(text) ?? [];
    if (name === "") throw new SyntaxError("no name");
    return { name, arguments: JSON.parse(rest), text };
  });
}

function deepseek(body: string): WrittenCall[] {
  const found = [...body.matchAll(/<｜tool▁call▁begin｜>([\s\S]*?)<｜tool▁call▁end｜>/g)];
  if (found.length === 0) throw new SyntaxError("no call");
  return found.map(([text, inner = ""]) => {
    const [before = "", after = ""] = inner.split("<｜tool▁sep｜>");
    const block = /^([^\n]+)\n```(?:json)?\n([\s\S]*?)\n?```/.exec(after);
    if (block !== null)
      return { name: block[1]?.trim() ?? null, arguments: JSON.parse(block[2] ?? ""), text };
    return { name: before.trim(), arguments: JSON.parse(after), text };
  });
}

function kimi(body: string): WrittenCall[] {
  const found = [
    ...body.matchAll(
      /<\|tool_call_begin\|>\s*(?:functions\.)?([\w.-]+?)(?::\d+)?\s*<\|tool_call_argument_begin\|>([\s\S]*?)<\|tool_call_end\|>/g,
    ),
  ];
  if (found.length === 0) throw new SyntaxError("no call");
  return found.map(([text, name = "", inner = ""]) => ({ name, arguments: JSON.parse(inner), text }));
}

function gemma(body: string): WrittenCall[] {
  const reader = new LiteralReader(body);
  reader.require("call:");
  const name = reader.word();
  reader.require("{");
  const given = reader.dictionary(0);
  if (!reader.isDone) throw new SyntaxError("more than a call");
  return [{ name, arguments: given, text: body }];
}

function pythonic(body: string): WrittenCall[] {
  const reader = new LiteralReader(body);
  const isList = reader.take("[");
  const calls: WrittenCall[] = [];
  while (!reader.isDone && !(isList && reader.take("]"))) {
    if (calls.length > 0) reader.require(",");
    const name = reader.word().replace(/\.call$/, "");
    reader.require("(");
    calls.push({ name, arguments: reader.keywords(), text: body });
  }
  if (!reader.isDone || calls.length === 0) throw new SyntaxError("no call");
  return calls;
}
