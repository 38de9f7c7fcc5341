import { z } from "zod";
import type { JsonSchema } from "../../engine/engine.ts";
import { BadInputError, BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Message } from "../conversation.ts";

/** A function that a model may call, as OpenAI's interface has it. */
export interface Tool {
  /** Always `function`, as OpenAI's interface has it. */
  readonly type: "function";
  /** What it is called, does and takes. */
  readonly function: {
    /** Letters, digits, `_`, `-` and `.`; at most 64. */
    readonly name: string;
    readonly description?: string;
    /** The JSON Schema of its arguments, which are an object. */
    readonly parameters?: JsonSchema;
  };
}

/** What a model wrote as the call of a tool. */
export type ToolCall = ReadyCall | UnusableCall;

/** A call whose tool is known and whose arguments fit its schema. */
export interface ReadyCall {
  /** Tells the two kinds of calls apart. */
  readonly status: "ready";
  /** Nine letters and digits; the tool's result names it. */
  readonly id: string;
  /** The tool to call. */
  readonly name: string;
  /** What to call it with; they fit its schema. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A call that cannot be made. Its problem, given back as the tool's result, often has the model try again. */
export interface UnusableCall {
  /** Tells the two kinds of calls apart. */
  readonly status: "unusable";
  /** By which a result is carried back all the same. */
  readonly id: string;
  /** Null where not even that can be read. */
  readonly name: string | null;
  /** As the model wrote it. */
  readonly text: string;
  /** What is wrong with it. */
  readonly kind: "unreadable" | "unknown tool" | "malformed arguments";
  /** The same as a sentence. */
  readonly problem: Text;
}

/** A model's template has no place for tools. */
export class ToolsUnsupportedError extends BasewiseError {
  override readonly name = "ToolsUnsupportedError";
  readonly exitCode: ExitCode = EXIT.unsuited;
  /** The model whose template has no place for them. */
  readonly reference: string;

  constructor(reference: string) {
    const shown = printable(reference);
    super({
      en: `The chat template of ${shown} has no place for tools, so the model would not see them; take one whose template has (such as Qwen3 or Llama 3.2 Instruct), or describe the tools in the system message and read the calls yourself.`,
      zh: `${shown} 的对话模板没有放置工具的位置，模型看不到它们；请换用模板支持工具的模型（如 Qwen3 或 Llama 3.2 Instruct），或在系统消息中描述工具并自行解析调用。`,
    });
    this.reference = reference;
  }
}

const NAME = /^[\w.-]{1,64}$/;
const MOST_TOOLS = 256;

const declared = z.object({
  name: z.string().regex(NAME),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});
const listed = z
  .array(z.union([z.object({ type: z.literal("function"), function: declared }), declared]))
  .min(1)
  .max(MOST_TOOLS);

/**
 * Tools from parsed JSON: a list of functions, each alone or within `{"type": "function", "function": …}`. Throws
 * BadInputError that names the place.
 */
export function checkTools(value: unknown): Tool[] {
  const read = listed.safeParse(value);
  if (!read.success) throw badTools(read.error.issues[0]?.path.join(".") ?? "");
  const tools = read.data.map((one): Tool => {
    const { name, description, parameters } = "function" in one ? one.function : one;
    return {
      type: "function",
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        ...(parameters === undefined ? {} : { parameters }),
      },
    };
  });
  const names = tools.map((tool) => tool.function.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw sameName(twice);
  return tools;
}

/** The turn that a reply becomes in the conversation, its calls and thoughts included. */
export function replyMessage(reply: {
  readonly text: string;
  readonly thinking: string | null;
  readonly toolCalls: readonly ToolCall[];
}): Message {
  const { text, thinking, toolCalls } = reply;
  if (toolCalls.length === 0) return { role: "assistant", content: text };
  return {
    role: "assistant",
    content: text,
    toolCalls,
    ...(thinking === null || thinking === "" ? {} : { thinking }),
  };
}

/** The turn in which a tool's result is carried back; where the call was unusable, what the model should mend. */
export function toolResult(call: ToolCall, content: string): Message {
  return {
    role: "tool",
    content,
    toolCallId: call.id,
    ...(call.name === null ? {} : { name: call.name }),
  };
}

/** The calls of the last reply that have no result yet: the next turns are these, in their order. */
export function waitingCalls(messages: readonly Message[]): ToolCall[] {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const behind = messages.slice(last + 1);
  if (behind.some(({ role }) => role !== "tool")) return [];
  const done = new Set(behind.map(({ toolCallId }) => toolCallId));
  return (messages[last]?.toolCalls ?? []).filter(({ id }) => !done.has(id));
}

function badTools(place: string): BadInputError {
  const at = place === "" ? "" : ` (${printable(place)})`;
  return new BadInputError({
    en: `The tools cannot be read${at}: give a list of 1 to ${MOST_TOOLS} functions, each with a name of letters, digits, "_", "-" or ".", a description and the JSON Schema of its parameters.`,
    zh: `无法读取工具${at}：请给出 1 到 ${MOST_TOOLS} 个函数的列表，每个有名称（字母、数字、“_”、“-”或“.”）、描述和参数的 JSON Schema。`,
  });
}

function sameName(name: string): BadInputError {
  return new BadInputError({
    en: `Two tools are called ${name}; give each a name of its own.`,
    zh: `有两个工具都叫 ${name}；请为每个工具取不同的名称。`,
  });
}
