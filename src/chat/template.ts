import { randomBytes } from "node:crypto";
import { type Context, createContext, runInContext } from "node:vm";
import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Rendering, RenderJob, TemplateMessage } from "../stage/rendered.ts";
import { CHATML_TEMPLATE } from "./chatml.ts";
import type { Message } from "./conversation.ts";
import { parsed, reasonOf, render } from "./render.ts";
import { renderIsolated } from "./rendering.ts";
import { openaiCall } from "./tools/openai.ts";
import { type Tool, type ToolCall, ToolsUnsupportedError } from "./tools/tool.ts";

/** How long jobs that are rendered in this process may take together. */
const TIME_LIMIT_MILLISECONDS = 1000;

/** A model's chat template cannot lay this conversation out. */
export class TemplateError extends BasewiseError {
  override readonly name = "TemplateError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The model whose template it is. */
  readonly reference: string;

  constructor(reference: string, reason: string, options?: ErrorOptions) {
    const shown = printable(reference);
    const why = printable(reason, 300);
    super(
      {
        en: `The chat template of ${shown} cannot lay this conversation out: ${why}. Change the roles or their order, or convert the model again.`,
        zh: `${shown} 的对话模板无法排列这段对话：${why}。请调整角色或其顺序，或重新转换模型。`,
      },
      options,
    );
    this.reference = reference;
  }
}

/** The texts of tokens that templates may write by name. */
export interface TemplateTokens {
  readonly bos: string;
  readonly eos: string;
}

/** What a template may ask for beside the messages, by its name. */
export type TemplateVariables = Readonly<Record<string, unknown>>;

/** A part of a prompt: what the template wrote, or what a message said. */
export interface Segment {
  readonly from: "template" | "content";
  readonly text: string;
}

/** A laid-out conversation that ends where the assistant is to go on. */
export interface Layout {
  readonly segments: readonly Segment[];
  /**
   * Whether every message's text is known to stand in a segment of its own. Where a template transforms texts or
   * branches on them, the whole is one segment of the template, and nothing in it may be trusted.
   */
  readonly isSeparated: boolean;
  /** Indices of messages that the template leaves out. */
  readonly leftOut: readonly number[];
}

/** A model's own Jinja template. */
export class ChatTemplate {
  readonly #reference: string;
  readonly #source: string;
  readonly #tokens: TemplateTokens;
  readonly #context: Context = createContext({});

  /** @param reference names the model in errors. */
  constructor(reference: string, source: string, tokens: TemplateTokens) {
    this.#reference = reference;
    this.#source = source;
    this.#tokens = tokens;
  }

  /**
   * Lays a conversation out and tells what of it came from the template and what from the messages. It is rendered
   * twice: with a random placeholder for each text, which shows where texts go, and with the texts themselves, which
   * shows what becomes of them; with tools a third time without them. A template from a stranger is rendered in a process
   * of its own. Throws TemplateError where the source is no template, it refuses, or it reaches a limit, and
   * ToolsUnsupportedError where it leaves the tools or their results out.
   */
  async layOut(
    messages: readonly Message[],
    variables: TemplateVariables = {},
    tools: readonly Tool[] = [],
  ): Promise<Layout> {
    if (!messages.some(({ toolCalls }) => toolCalls !== undefined)) {
      return this.#layOut(messages, variables, tools, "object");
    }
    // Some templates (DeepSeek's) take the arguments of calls as JSON text; an object they refuse, or spell like this.
    const asObject = await this.#layOut(messages, variables, tools, "object").catch((error: unknown) => {
      if (error instanceof TemplateError) return error;
      throw error;
    });
    const isLaidOut = !(asObject instanceof TemplateError);
    if (isLaidOut && !asObject.segments.some(({ text }) => text.includes(SPELLED_OBJECT))) return asObject;
    return this.#layOut(messages, variables, tools, "text").catch((error: unknown) => {
      throw asObject instanceof TemplateError ? asObject : error;
    });
  }

  async #layOut(
    messages: readonly Message[],
    more: TemplateVariables,
    tools: readonly Tool[],
    argumentsAs: ArgumentsAs,
  ): Promise<Layout> {
    const marks = messages.map(({ content }) =>
      content === "" ? "" : `x${randomBytes(16).toString("hex")}x`,
    );
    const variables = tools.length === 0 ? more : { ...more, tools };
    const plain = messages.map((message) => templateMessage(message, message.content, argumentsAs));
    const marked = messages.map((message, i) => templateMessage(message, marks[i] ?? "", argumentsAs));
    const [markedText = "", text = "", toolless] = await this.#render([
      { messages: marked, addGenerationPrompt: true, variables },
      { messages: plain, addGenerationPrompt: true, variables },
      ...(tools.length === 0 ? [] : [{ messages: plain, addGenerationPrompt: true, variables: more }]),
    ]);
    const slots = slotsOf(markedText, marks);
    const leftOut = [...messages.keys()].filter(
      (index) => marks[index] !== "" && !slots.some((slot) => slot.message === index),
    );
    if (text === toolless || leftOut.some((index) => messages[index]?.role === "tool")) {
      throw new ToolsUnsupportedError(this.#reference);
    }
    const segments = separate(text, slots, messages);
    return segments === undefined
      ? { segments: [{ from: "template", text }], isSeparated: false, leftOut }
      : { segments, isSeparated: true, leftOut };
  }

  /**
   * What the template makes of each of these, in this process: for training, which has one of its own. Watching the time
   * costs more than to render, so that many are best rendered together. Throws TemplateError where the source is no
   * template or all of them take longer than `milliseconds`.
   */
  write(jobs: readonly RenderJob[], milliseconds: number = TIME_LIMIT_MILLISECONDS): Rendering[] {
    let renderings: Rendering[] = [];
    this.#context.render = (): void => {
      parsed(this.#source);
      renderings = render({ source: this.#source, tokens: this.#tokens, jobs });
    };
    try {
      // The time limit of `vm` also holds for the functions of ours that it calls.
      runInContext("render()", this.#context, { timeout: milliseconds });
    } catch (cause) {
      throw new TemplateError(this.#reference, reasonOf(cause), { cause });
    }
    return renderings;
  }

  async #render(jobs: readonly RenderJob[]): Promise<string[]> {
    const request = { source: this.#source, tokens: this.#tokens, jobs };
    const renderings = isOwn(this.#source) ? render(request) : await renderIsolated(request);
    return renderings.map((rendering) => {
      if (rendering.status === "rendered") return rendering.text;
      const reason = rendering.status === "refused" ? rendering.reason : LIMITS[rendering.limit];
      throw new TemplateError(this.#reference, reason);
    });
  }
}

/** How the renderer joins an object to a text. */
const SPELLED_OBJECT = "[object Map]";

const LIMITS = {
  time: "it takes too long",
  memory: "it takes too much memory",
  output: "it writes too much",
} as const;

/** Whether basewise wrote this template, which then needs no process of its own. */
function isOwn(source: string): boolean {
  return source === CHATML_TEMPLATE;
}

type ArgumentsAs = "object" | "text";

/** A message under the names that templates know, which are those of OpenAI's interface and of transformers. */
function templateMessage(message: Message, content: string, argumentsAs: ArgumentsAs): TemplateMessage {
  const { toolCalls, toolCallId, thinking, ...rest } = message;
  return {
    ...rest,
    content,
    ...(toolCalls === undefined
      ? {}
      : { tool_calls: toolCalls.map((call) => templateCall(call, argumentsAs)) }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(thinking === undefined ? {} : { reasoning_content: thinking, thinking }),
  };
}

function templateCall(call: ToolCall, argumentsAs: ArgumentsAs): Readonly<Record<string, unknown>> {
  const inText = openaiCall(call);
  if (argumentsAs === "text") return { ...inText };
  const given = call.status === "ready" ? call.arguments : {};
  return { ...inText, function: { ...inText.function, arguments: given } };
}

/** A piece of what the template wrote, and the message whose text follows it; the last piece has none. */
interface Slot {
  readonly before: string;
  readonly message: number | undefined;
}

function slotsOf(marked: string, marks: readonly string[]): Slot[] {
  const slots: Slot[] = [];
  let start = 0;
  for (;;) {
    const found = marks
      .map((mark, message) => ({ message, mark, at: marked.indexOf(mark, start) }))
      .filter(({ at, mark }) => at !== -1 && mark !== "")
      .sort((one, other) => one.at - other.at)
      .at(0);
    if (found === undefined) return [...slots, { before: marked.slice(start), message: undefined }];
    slots.push({ before: marked.slice(start, found.at), message: found.message });
    start = found.at + found.mark.length;
  }
}

/**
 * Finds each text in the rendered whole, as it is or in a form that templates are known to give it. Gives nothing
 * where the whole does not consist of the template's pieces and such texts.
 */
function separate(
  rendered: string,
  slots: readonly Slot[],
  messages: readonly Message[],
  first = 0,
  start = 0,
): Segment[] | undefined {
  const slot = slots[first];
  if (slot === undefined) return start === rendered.length ? [] : undefined;
  if (!rendered.startsWith(slot.before, start)) return undefined;
  const template: Segment = { from: "template", text: slot.before };
  const after = start + slot.before.length;
  if (slot.message === undefined) return after === rendered.length ? [template] : undefined;
  for (const text of formsOf(messages[slot.message]?.content ?? "")) {
    if (!rendered.startsWith(text, after)) continue;
    const rest = separate(rendered, slots, messages, first + 1, after + text.length);
    if (rest !== undefined) return [template, { from: "content", text }, ...rest];
  }
  return undefined;
}

/**
 * What templates make of a text: nothing, without white space around it, without a model's past thoughts, or the inside of
 * a JSON string.
 */
function formsOf(content: string): string[] {
  const answer = content.split("</think>").at(-1) ?? "";
  const forms = [content, answer].flatMap((text) => [
    text,
    text.trim(),
    text.trimStart(),
    text.trimEnd(),
    text.replace(/^\n+/, ""),
    text.replace(/^\n+|\n+$/g, ""),
  ]);
  return [...new Set([...forms, JSON.stringify(content).slice(1, -1)])];
}
