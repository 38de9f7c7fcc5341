import type { ChatTemplate } from "../../chat/template.ts";
import type { ConversationExample, ExampleMessage } from "../../formats/datasets/example.ts";
import { UnusableRow } from "../../formats/datasets/fields.ts";
import type { Repair } from "../../formats/datasets/outcomes.ts";
import type { Rendering, RenderJob, TemplateMessage } from "../../stage/rendered.ts";

/** A stretch of a laid-out text that the model must write itself. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** How much it counts. */
  readonly weight: number;
}

/** A laid-out conversation, and what of it is learnt. */
export interface LaidOut {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** What a template does, as its own renderings show. */
interface TemplateTraits {
  /** Whether it writes `reasoning_content`. */
  readonly writesThoughts: boolean;
  /** Whether `enable_thinking: false` changes how an answer is opened. */
  readonly switchesThinking: boolean;
}

/** What became of laying one conversation out. */
export interface Layout {
  readonly samples: readonly LaidOut[];
  readonly repairs: readonly Repair[];
  /** The special token that ends each answer, where one does. */
  readonly ends: readonly (string | undefined)[];
  /** Answers that are opened otherwise than the template opens one to be written. */
  readonly otherOpenings: number;
  /** Answers without a thought that are laid out with thinking off. */
  readonly thoughtless: number;
}

const MARK = "Zq7 mark.";
/** Time for the conversations that are rendered together, on a machine that may be busy with other things. */
const TIME_LIMIT_MILLISECONDS = 20_000;

/** A conversation, and what of it the template is asked to lay out. */
interface Asked {
  readonly answers: readonly { readonly message: ExampleMessage; readonly index: number }[];
  readonly turns: readonly TemplateMessage[];
  readonly variables: (message: ExampleMessage) => Readonly<Record<string, unknown>>;
  readonly jobs: readonly RenderJob[];
  readonly repairs: readonly Repair[];
}

/**
 * Lays conversations out for training, each answer behind exactly the prompt that it will be asked with: the template
 * renders the turns before it with an answer opened, and the turns with it; what the second adds is what the model must
 * write. Learnt is that, up to the token that ends the turn and not the white space behind. Answers share a sample as
 * long as the template only appends; where it rewrites earlier turns (Qwen3 drops their thoughts), the next answer gets a
 * sample of its own, in which the earlier ones are not learnt again.
 */
export class Layouter {
  readonly #template: ChatTemplate;
  readonly #specials: readonly string[];
  readonly #traits: TemplateTraits;

  /**
   * @param specials texts of the tokens that may end a turn, the longest first.
   * Throws TemplateError for a template that takes too long.
   */
  constructor(template: ChatTemplate, specials: readonly string[]) {
    this.#template = template;
    this.#specials = specials;
    this.#traits = traitsOf(template);
  }

  /**
   * Lays out several conversations at once, which is faster than one by one; where the template refuses one or leaves an
   * answer out, its place holds that. Throws TemplateError where the template takes too long.
   */
  layOut(conversations: readonly ConversationExample[]): (Layout | UnusableRow)[] {
    const asked = conversations.map((conversation) => this.#ask(conversation));
    const renderings = this.#template.write(
      asked.flatMap(({ jobs }) => jobs),
      TIME_LIMIT_MILLISECONDS,
    );
    let at = 0;
    return asked.map((one) => {
      const own = renderings.slice(at, at + one.jobs.length);
      at += one.jobs.length;
      try {
        return this.#read(one, own.map(textOf));
      } catch (cause) {
        if (cause instanceof UnusableRow) return cause;
        throw cause;
      }
    });
  }

  #ask({ messages, tools }: ConversationExample): Asked {
    const { writesThoughts, switchesThinking } = this.#traits;
    const turns = messages.map((message) => templateTurn(message, writesThoughts));
    nameCalls(turns);
    const hidesThoughts = !writesThoughts && messages.some(({ thought }) => thought !== undefined);
    const answers = messages.flatMap((message, index) =>
      message.role === "assistant" && message.weight !== 0 ? [{ message, index }] : [],
    );
    const variables = (message: ExampleMessage) => ({
      ...(tools === undefined ? {} : { tools }),
      ...(switchesThinking && !thinks(message) ? { enable_thinking: false } : {}),
    });
    const jobs = answers.flatMap(({ message, index }): RenderJob[] => [
      { messages: turns.slice(0, index), addGenerationPrompt: true, variables: variables(message) },
      { messages: turns.slice(0, index + 1), addGenerationPrompt: false, variables: variables(message) },
    ]);
    return { answers, turns, variables, jobs, repairs: hidesThoughts ? ["thoughts-in-text"] : [] };
  }

  #read({ answers, turns, variables, repairs }: Asked, texts: readonly string[]): Layout {
    const samples: { text: string; spans: Span[] }[] = [];
    const ends: (string | undefined)[] = [];
    let [otherOpenings, thoughtless] = [0, 0];
    answers.forEach(({ message, index }, at) => {
      const [prompt = "", whole = ""] = texts.slice(2 * at, 2 * at + 2);
      let start = prompt.length;
      if (!whole.startsWith(prompt)) {
        start = openingOf(this.#template, turns, index, variables(message), whole);
        otherOpenings++;
      }
      const said = whole.slice(start).trimEnd();
      requireAnswer(said, message);
      if (this.#traits.switchesThinking && !thinks(message)) thoughtless++;
      ends.push(this.#specials.find((special) => said.endsWith(special)));
      const span = { start, end: start + said.length, weight: message.weight ?? 1 };
      const open = samples.at(-1);
      if (open !== undefined && whole.slice(0, start).startsWith(open.text)) {
        open.text = whole;
        open.spans.push(span);
      } else samples.push({ text: whole, spans: [span] });
    });
    const split: readonly Repair[] = samples.length > 1 ? ["split-by-template"] : [];
    return { samples, repairs: [...repairs, ...split], ends, otherOpenings, thoughtless };
  }
}

function traitsOf(template: ChatTemplate): TemplateTraits {
  const user = { role: "user", content: "Zq7 question?" };
  const answer = { role: "assistant", content: "Zq7 answer.", reasoning_content: MARK };
  const [thought, open, closed] = template.write([
    { messages: [user, answer], addGenerationPrompt: false },
    { messages: [user], addGenerationPrompt: true },
    { messages: [user], addGenerationPrompt: true, variables: { enable_thinking: false } },
  ]);
  return {
    writesThoughts: thought?.status === "rendered" && thought.text.includes(MARK),
    switchesThinking: JSON.stringify(open) !== JSON.stringify(closed),
  };
}

function textOf(rendering: Rendering): string {
  if (rendering.status === "rendered") return rendering.text;
  throw new UnusableRow(
    "template-refuses",
    rendering.status === "refused" ? rendering.reason : rendering.limit,
  );
}

/** Where an answer begins in a layout that does not begin like the prompt: where a mark in its place would stand. */
function openingOf(
  template: ChatTemplate,
  turns: readonly TemplateMessage[],
  index: number,
  variables: Readonly<Record<string, unknown>>,
  whole: string,
): number {
  const marked = [...turns.slice(0, index), { role: "assistant", content: MARK }];
  const [rendering] = template.write([{ messages: marked, addGenerationPrompt: false, variables }]);
  const text = rendering === undefined ? "" : textOf(rendering);
  const start = text.indexOf(MARK);
  if (start === -1 || !whole.startsWith(text.slice(0, start)))
    throw new UnusableRow("template-hides-answer", `turn ${index + 1}`);
  return start;
}

/** The template may trim an answer; it must not leave it out. */
function requireAnswer(said: string, { content, toolCalls = [] }: ExampleMessage): void {
  const answer = (content.split("</think>").at(-1) ?? "").trim();
  const missing = [answer, ...toolCalls.map((call) => call.function.name)].find(
    (part) => !said.includes(part),
  );
  if (missing !== undefined) throw new UnusableRow("template-hides-answer", missing);
}

function thinks({ content, thought }: ExampleMessage): boolean {
  return thought !== undefined || content.includes("</think>");
}

/** A turn as templates take it, in the way of `transformers`. */
function templateTurn(
  { role, content, thought, toolCalls }: ExampleMessage,
  writesThoughts: boolean,
): TemplateMessage {
  const calls = toolCalls === undefined ? {} : { tool_calls: toolCalls };
  if (thought === undefined) return { role, content, ...calls };
  if (writesThoughts) return { role, content, reasoning_content: thought, ...calls };
  return { role, content: `<think>\n${thought.trim()}\n</think>\n\n${content}`, ...calls };
}

/** Gives calls and their results the same ids, nine characters long as Mistral's templates want them. */
function nameCalls(turns: TemplateMessage[]): void {
  let [count, result] = [0, 0];
  for (const [index, turn] of turns.entries()) {
    if (Array.isArray(turn.tool_calls)) {
      result = count;
      const calls = turn.tool_calls.map((call: object) => ({ id: idOf(count++), ...call }));
      turns[index] = { ...turn, tool_calls: calls };
    } else if (turn.role === "tool") turns[index] = { ...turn, tool_call_id: idOf(result++) };
  }
}

function idOf(count: number): string {
  return `call${String(count).padStart(5, "0")}`;
}
