import type { Engine } from "../engine/engine.ts";
import { BadInputError, BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { spellingOf } from "../formats/tokenizer/spelling.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import type { Message } from "./conversation.ts";
import type { ChatTemplate, Segment, TemplateVariables } from "./template.ts";
import { openedThought } from "./thoughts.ts";
import type { Tool } from "./tools/tool.ts";

/** A message could be mistaken for what only the template may write, and the template does not keep them apart. */
export class UnsafePromptError extends BasewiseError {
  override readonly name = "UnsafePromptError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** Index of the message in the conversation, from 0. */
  readonly messageIndex: number;
  /** A character of it that control tokens begin or end with, or in a call of a tool the token itself. */
  readonly character: string;

  constructor(messageIndex: number, character: string) {
    super({
      en: `Message ${messageIndex + 1} holds "${character}", and this model's chat template changes texts, so it could pass for a control token; leave that character out.`,
      zh: `第 ${messageIndex + 1} 条消息含有 "${character}"，而该模型的对话模板会改动文本，可能被当作控制词元；请去掉该字符。`,
    });
    this.messageIndex = messageIndex;
    this.character = character;
  }
}

/** The token sequence that a model reads. */
export interface Prompt {
  readonly tokens: readonly number[];
  readonly warnings: readonly Text[];
  /** Tokens that end what follows it, beside those that always do. */
  readonly stopTokens?: readonly number[];
  /** Where the template begins a thought: the mark that ends it. */
  readonly thoughtEnd?: string;
}

/**
 * A conversation as a prompt in which every control token was written by the template, whatever the messages say.
 *
 * The template's own text is searched for control tokens; the texts of messages are not, and join the template's
 * ordinary text around them, so that words form as in training. Where a template changes texts in a way that cannot
 * be followed, the prompt is only made if no message holds a character that a control token begins or ends with;
 * else UnsafePromptError is thrown. `reply` is what the assistant's turn begins with.
 */
export async function promptOf(
  engine: Engine,
  template: ChatTemplate,
  messages: readonly Message[],
  reply: readonly Segment[] = [],
  variables: TemplateVariables = {},
  tools: readonly Tool[] = [],
): Promise<Prompt> {
  if (!messages.some(({ content }) => content !== "")) throw emptyConversation();
  const control = controlTokensOf(engine);
  requireUnforged(messages, tools, control);
  const { segments, isSeparated, leftOut } = await template.layOut(messages, variables, tools);
  if (!isSeparated) requireHarmless(messages, control);
  const parts = await tokensOf(engine, [...segments, ...reply], control);
  const { beginToken } = engine.model;
  const tokens = beginToken === undefined || parts[0] === beginToken ? parts : [beginToken, ...parts];
  const last = segments.at(-1);
  const thoughtEnd = last?.from === "template" ? openedThought(last.text) : undefined;
  return {
    tokens,
    warnings: leftOut.map((index) => leftOutWarning(messages[index])),
    ...(thoughtEnd === undefined ? {} : { thoughtEnd }),
  };
}

/** A text as a prompt: its tokens, behind the token that begins every text where the model wants one. */
export async function textPromptOf(engine: Engine, text: string): Promise<Prompt> {
  const { beginToken } = engine.model;
  const tokens = await engine.tokenize(text);
  const all = beginToken === undefined ? tokens : [beginToken, ...tokens];
  if (all.length === 0) {
    throw new BadInputError({
      en: "The text is empty, and this model has no token that a text begins with; give it a few words to continue.",
      zh: "文本为空，且该模型没有起始词元；请给出几个词让它续写。",
    });
  }
  return { tokens: all, warnings: [] };
}

/** What turns text into tokens, and which of them text never becomes. */
type Tokenizing = Pick<Engine, "tokenize"> & {
  readonly model: Pick<Engine["model"], "addedTokens" | "controlTokens">;
};

/** Text that a template or a maker laid out, with texts of others in it, as tokens: only the layout may write control tokens. */
export async function layoutTokens(engine: Tokenizing, segments: readonly Segment[]): Promise<number[]> {
  return tokensOf(engine, segments, controlTokensOf(engine));
}

/** Control tokens by their text, the longest first, since one may begin like another. */
type ControlTokens = ReadonlyMap<string, number>;

function controlTokensOf({ model }: Tokenizing): ControlTokens {
  return new Map(
    [...model.addedTokens]
      .filter(([, id]) => model.controlTokens.has(id))
      .sort(([one], [other]) => other.length - one.length),
  );
}

async function tokensOf(
  engine: Tokenizing,
  segments: readonly Segment[],
  control: ControlTokens,
): Promise<number[]> {
  const parts = joined(segments.flatMap((segment) => partsOf(segment, control)));
  const tokens = await Promise.all(
    parts.map((part) => (typeof part === "number" ? [part] : engine.tokenize(part))),
  );
  return tokens.flat();
}

/** The control tokens and the texts between them. */
function partsOf({ from, text }: Segment, control: ControlTokens): (string | number)[] {
  if (from === "content" || control.size === 0) return [text];
  return text
    .split(new RegExp(`(${spellingOf([...control.keys()])})`, "u"))
    .map((part) => control.get(part) ?? part);
}

/** Texts that meet become one, because the tokens of a text are not those of its halves. */
function joined(parts: readonly (string | number)[]): (string | number)[] {
  const result: (string | number)[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === "string" && typeof last === "string") result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result.filter((part) => part !== "");
}

/**
 * What templates write out of tools and calls they write as their own, so nothing in them may spell a control token:
 * neither as it is, nor as a template's JSON would have it.
 */
function requireUnforged(messages: readonly Message[], tools: readonly Tool[], control: ControlTokens): void {
  const spelled = (value: unknown): string | undefined => {
    const text = textsOf(value).join("\n");
    return [...control.keys()].find((name) => text.includes(name));
  };
  const inTools = spelled(tools);
  if (inTools !== undefined) throw forgingTool(inTools);
  for (const [index, { toolCalls = [], thinking, name, toolCallId }] of messages.entries()) {
    const found = spelled([toolCalls, thinking, name, toolCallId]);
    if (found !== undefined) throw new UnsafePromptError(index, found);
  }
}

/** Every text in a value, its keys included. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value, JSON.stringify(value).slice(1, -1)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...textsOf(key), ...textsOf(inner)]);
}

function forgingTool(spelled: string): BadInputError {
  const shown = printable(spelled);
  return new BadInputError({
    en: `The tools hold "${shown}", which is a control token of this model; leave it out of their descriptions.`,
    zh: `工具中含有“${shown}”，它是该模型的控制词元；请从描述中去掉。`,
  });
}

/** A text without any character at the edge of a control token can spell none, however a template turns it. */
function requireHarmless(messages: readonly Message[], control: ControlTokens): void {
  const edges = new Set([...control.keys()].flatMap((name) => [...name].filter(isEdge)));
  for (const [index, { content }] of messages.entries()) {
    const character = [...content].find((one) => edges.has(one));
    if (character !== undefined) throw new UnsafePromptError(index, character);
  }
}

function isEdge(_: string, index: number, characters: readonly string[]): boolean {
  return index === 0 || index === characters.length - 1;
}

function leftOutWarning(message: Message | undefined): Text {
  const role = message?.role ?? "user";
  return {
    en: `The model's chat template leaves a ${role} message out; the model does not see it.`,
    zh: `该模型的对话模板略去了一条 ${role} 消息；模型看不到它。`,
  };
}

function emptyConversation(): BadInputError {
  return new BadInputError({
    en: "There is nothing to answer: the conversation holds no text. Give at least one message with text.",
    zh: "没有可回答的内容：对话中没有文本。请至少给出一条有文本的消息。",
  });
}
