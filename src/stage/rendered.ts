/** What came of laying a conversation out: the text, the template's refusal, or the limit at which it was stopped. */
export type Rendering =
  | { readonly status: "rendered"; readonly text: string }
  | { readonly status: "refused"; readonly reason: string }
  | { readonly status: "stopped"; readonly limit: "time" | "memory" | "output" };

/** A message as templates see it. */
export interface TemplateMessage {
  readonly role: string;
  readonly content: unknown;
  readonly [field: string]: unknown;
}

/** One conversation to lay out. */
export interface RenderJob {
  readonly messages: readonly TemplateMessage[];
  readonly addGenerationPrompt: boolean;
  /** What else the template may ask for: `tools`, `enable_thinking`, … */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Texts that no template writes by itself, so that what stands around them is the template's. */
export const MARKS = {
  system: "Zq7 system text.",
  question: "Zq7 question one?",
  answer: "Zq7 answer one.",
  followUp: "Zq7 question two?",
} as const;

const system: TemplateMessage = { role: "system", content: MARKS.system };
const question: TemplateMessage = { role: "user", content: MARKS.question };
const answer: TemplateMessage = { role: "assistant", content: MARKS.answer };
const followUp: TemplateMessage = { role: "user", content: MARKS.followUp };
const TOOL = {
  type: "function",
  function: {
    name: "zq7_tool",
    description: "Zq7 tool.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
} as const;

/** The conversations every template is asked to lay out. */
export const FIXTURES = {
  /** A question, and the answer opened. */
  question: { messages: [question], addGenerationPrompt: true },
  /** A question alone. */
  unopened: { messages: [question], addGenerationPrompt: false },
  /** A finished answer: what follows it ends a turn. */
  answered: { messages: [question, answer], addGenerationPrompt: false },
  conversation: { messages: [question, answer, followUp], addGenerationPrompt: true },
  system: { messages: [system, question], addGenerationPrompt: true },
  /** The switch of hybrid models, off. */
  thoughtless: {
    messages: [question],
    addGenerationPrompt: true,
    variables: { enable_thinking: false },
  },
  tools: { messages: [question], addGenerationPrompt: true, variables: { tools: [TOOL] } },
} as const satisfies Readonly<Record<string, RenderJob>>;

/** A template's rendering of every fixture. */
export type Rendered = Readonly<Record<keyof typeof FIXTURES, Rendering>>;

/** The text of a fixture, where the template wrote one. */
export function textOf(rendered: Rendered | undefined, fixture: keyof Rendered): string | undefined {
  const rendering = rendered?.[fixture];
  return rendering?.status === "rendered" ? rendering.text : undefined;
}

/** What the template writes behind a finished answer. */
export function afterAnswer(rendered: Rendered | undefined): string | undefined {
  const whole = textOf(rendered, "conversation");
  const between = whole === undefined ? undefined : betweenMarks(whole, MARKS.answer, MARKS.followUp);
  const alone = textOf(rendered, "answered");
  return between ?? (alone?.includes(MARKS.answer) ? alone.split(MARKS.answer).at(-1) : undefined);
}

/** What the template writes between a question and its answer: the end of one turn and the start of the other. */
export function beforeAnswer(rendered: Rendered | undefined): string | undefined {
  const whole = textOf(rendered, "answered") ?? textOf(rendered, "conversation");
  return whole === undefined ? undefined : betweenMarks(whole, MARKS.question, MARKS.answer);
}

function betweenMarks(text: string, before: string, after: string): string | undefined {
  const start = text.indexOf(before);
  const end = text.indexOf(after, start);
  return start === -1 || end === -1 ? undefined : text.slice(start + before.length, end);
}
