import { renderIsolated } from "../chat/rendering.ts";
import type { TemplateTokens } from "../chat/template.ts";
import type { ModelFacts, TemplateReading } from "../stage/facts.ts";
import type { Rendering, RenderJob } from "../stage/rendered.ts";

/** Words that no template writes by itself. */
const QUESTION = "Qxqxuestion";
const THOUGHT = "Txtxhought";
const ANSWER = "Axaxnswer";
const FOLLOW_UP = "Fxfxollow";

/** Variables by which templates switch thinking, most common first. Sources: the templates of Qwen3, GLM-4.5,
 * SmolLM3, Hunyuan and EXAONE 4 (enable_thinking), DeepSeek-V3.1 and Granite 3.2 (thinking). */
const SWITCHES = ["enable_thinking", "thinking", "enable_reasoning", "reasoning"] as const;

/** Readings by template: quantisations of one model share it, and a reading is the dearest part of a verdict. */
const known = new Map<string, Promise<TemplateReading | undefined>>();
const MAX_KNOWN = 256;

/** The facts with what their chat template does, where they have one that can be rendered. */
export async function withReading(facts: ModelFacts): Promise<ModelFacts> {
  if (facts.template === undefined) return facts;
  const { begin = "", end = "" } = facts.edges;
  return { ...facts, reading: await readTemplate(facts.template, { bos: begin, eos: end }) };
}

/**
 * What a chat template does when it lays out conversations, rendered in isolation with limits. Nothing where it cannot
 * be rendered: it does not parse, refuses a plain conversation, or reaches a limit.
 */
export function readTemplate(source: string, tokens: TemplateTokens): Promise<TemplateReading | undefined> {
  const key = JSON.stringify([source, tokens.bos, tokens.eos]);
  let reading = known.get(key);
  if (reading === undefined) {
    // Kept while it is still being made, too: models that are inspected at the same time often share a template.
    reading = read(source, tokens);
    if (known.size >= MAX_KNOWN) known.delete([...known.keys()][0] ?? "");
    known.set(key, reading);
  }
  return reading;
}

async function read(source: string, tokens: TemplateTokens): Promise<TemplateReading | undefined> {
  const thinkingSwitch = SWITCHES.find((name) =>
    new RegExp(`(?<![\\w.'"-])${name}(?![\\w'"-])`).test(source),
  );
  const renderings = await rendered(source, tokens, jobsOf(thinkingSwitch));
  const [opened, closed, on, off] = renderings.map(textOf);
  const whole = textOf(renderings.at(-1));
  if (opened === undefined) return undefined;
  return {
    frame: opened.replace(QUESTION, " "),
    keepsText: opened.includes(QUESTION),
    opening: closed !== undefined && opened.startsWith(closed) ? opened.slice(closed.length) : "",
    thinkingSwitch: on !== off ? thinkingSwitch : undefined,
    ...(on !== off && thinkingSwitch !== undefined ? { thinksUnasked: opened !== off } : {}),
    ...conversationOf(whole ?? ""),
  };
}

/** Where no process can be started to render in, a template is as good as one that cannot be rendered. */
async function rendered(source: string, tokens: TemplateTokens, jobs: RenderJob[]): Promise<Rendering[]> {
  try {
    return await renderIsolated({ source, tokens, jobs });
  } catch {
    return [];
  }
}

function jobsOf(thinkingSwitch: string | undefined): RenderJob[] {
  const question = { role: "user", content: QUESTION };
  const ask = (variables: Readonly<Record<string, unknown>>, addGenerationPrompt = true): RenderJob => ({
    messages: [question],
    addGenerationPrompt,
    variables,
  });
  const answer = { role: "assistant", content: `<think>\n${THOUGHT}\n</think>\n\n${ANSWER}` };
  const followUp = { role: "user", content: FOLLOW_UP };
  return [
    ask({}),
    ask({}, false),
    ...(thinkingSwitch === undefined ? [] : [true, false].map((on) => ask({ [thinkingSwitch]: on }))),
    { messages: [question, answer, followUp], addGenerationPrompt: false },
  ];
}

/** What a conversation of two questions shows: how turns are marked, and what becomes of an earlier thought. */
function conversationOf(
  whole: string,
): Pick<TemplateReading, "marksTurns" | "afterAnswer" | "dropsThoughts"> {
  const [beforeAnswer = "", afterAnswer = ""] = whole.split(ANSWER);
  const between = beforeAnswer.split(QUESTION).at(-1) ?? "";
  const dropsThoughts = whole.includes(ANSWER) && !whole.includes(THOUGHT);
  const untilNext = afterAnswer.split(FOLLOW_UP)[0] ?? "";
  const plain = between.replace(/<think>[\s\S]*<\/think>/, "").trim();
  return { marksTurns: plain !== "" && untilNext.trim() !== plain, afterAnswer: untilNext, dropsThoughts };
}

function textOf(rendering: Rendering | undefined): string | undefined {
  return rendering?.status === "rendered" ? rendering.text : undefined;
}
