import { randomBytes } from "node:crypto";
import { type Context, createContext, runInContext } from "node:vm";
import { Template } from "@huggingface/jinja";
import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Rendering, RenderJob } from "../stage/rendered.ts";
import type { Message } from "./conversation.ts";

/** A chat template comes with a model, from a stranger: it may run so long, and write so much. */
const TIME_LIMIT_MILLISECONDS = 1000;
const LONGEST_OUTPUT = 2 ** 22;

/** A model's chat template cannot lay this conversation out. */
export class TemplateError extends BasewiseError {
  override readonly name = "TemplateError";
  readonly exitCode: ExitCode = EXIT.badInput;
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
export type TemplateVariables = Readonly<Record<string, boolean>>;

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
  readonly #template: Template;
  readonly #tokens: TemplateTokens;
  readonly #context: Context = createContext({});

  /** @param reference names the model in errors. Throws TemplateError where the source is no template. */
  constructor(reference: string, source: string, tokens: TemplateTokens) {
    this.#reference = reference;
    this.#tokens = tokens;
    try {
      this.#template = new Template(source);
    } catch (cause) {
      throw new TemplateError(reference, messageOf(cause), { cause });
    }
  }

  /**
   * Lays a conversation out and tells what of it came from the template and what from the messages. It is rendered
   * twice: with a random placeholder for each text, which shows where texts go, and with the texts themselves, which
   * shows what becomes of them. Throws TemplateError where the template refuses, or takes too long.
   */
  layOut(messages: readonly Message[], variables: TemplateVariables = {}): Layout {
    const marks = messages.map(() => `x${randomBytes(16).toString("hex")}x`);
    const marked = this.#render(
      messages.map((message, i) => ({ ...message, content: marks[i] ?? "" })),
      variables,
    );
    const slots = slotsOf(marked, marks);
    const rendered = this.#render(messages, variables);
    const leftOut = [...messages.keys()].filter((index) => !slots.some((slot) => slot.message === index));
    const segments = separate(rendered, slots, messages);
    return segments === undefined
      ? { segments: [{ from: "template", text: rendered }], isSeparated: false, leftOut }
      : { segments, isSeparated: true, leftOut };
  }

  #render(messages: readonly Message[], variables: TemplateVariables): string {
    const turns = messages.map((message) => ({ ...message }));
    const [rendering] = this.write([{ messages: turns, addGenerationPrompt: true, variables }]);
    if (rendering?.status === "rendered") return rendering.text;
    const reason =
      rendering?.status === "refused" ? rendering.reason : `it writes more than ${LONGEST_OUTPUT} characters`;
    throw new TemplateError(this.#reference, reason);
  }

  /**
   * What the template makes of each of these. Watching the time costs more than to render, so that many are best
   * rendered together. Throws TemplateError where all of them take longer than `milliseconds`.
   */
  write(jobs: readonly RenderJob[], milliseconds: number = TIME_LIMIT_MILLISECONDS): Rendering[] {
    const renderings: Rendering[] = [];
    this.#context.render = (): void => {
      for (const job of jobs) renderings.push(this.#rendering(job));
    };
    try {
      // The time limit of `vm` also holds for the functions of ours that it calls.
      runInContext("render()", this.#context, { timeout: milliseconds });
    } catch (cause) {
      throw new TemplateError(this.#reference, messageOf(cause), { cause });
    }
    return renderings;
  }

  #rendering({ messages, addGenerationPrompt, variables }: RenderJob): Rendering {
    let text: unknown;
    try {
      text = this.#template.render({
        ...variables,
        messages,
        add_generation_prompt: addGenerationPrompt,
        bos_token: this.#tokens.bos,
        eos_token: this.#tokens.eos,
      });
    } catch (cause) {
      return { status: "refused", reason: messageOf(cause) };
    }
    if (typeof text !== "string") return { status: "refused", reason: "it writes no text" };
    return text.length > LONGEST_OUTPUT
      ? { status: "stopped", limit: "output" }
      : { status: "rendered", text };
  }
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
      .filter(({ at }) => at !== -1)
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

/** What templates make of a text: nothing, without white space around it, or without a model's past thoughts. */
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
  return [...new Set(forms)];
}

function messageOf(cause: unknown): string {
  const message = typeof cause === "object" && cause !== null && "message" in cause ? cause.message : cause;
  return String(message).replace(/\.$/, "");
}
