import { TURN_START } from "../chat/chatml.ts";
import type { Message } from "../chat/conversation.ts";
import { BadInputError } from "../errors.ts";
import type { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import { placesOf, type Row } from "./batch.ts";
import { conversationSegment } from "./conversations.ts";
import { documentRow, packDocuments } from "./documents.ts";
import { Random } from "./random.ts";
import type { Recipe } from "./recipe.ts";

/** Data that is measured while a run goes on, and never learned from. */
export interface HeldOut {
  readonly rows: readonly Row[];
  /** UTF-8 bytes of the text that the rows' trained tokens write. */
  readonly bytes: number;
  /** What to let the model go on from. */
  readonly prompts: readonly Prompt[];
}

export interface Prompt {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Tokens of a text that the model is given to go on from. */
const PROMPT_TOKENS = 12;
/** Keeps the draw of what is held out apart from the order of learning. */
const DRAW = 7919;

/** The recipe's items: what is learned from, and what is held out as `evaluation` says. Throws as `read` does, and BadInputError. */
export async function holdOut<Item>(
  recipe: Recipe,
  read: (path: string) => Promise<Item[]>,
): Promise<{ readonly kept: Item[]; readonly heldOut: Item[] }> {
  const readAll = async (paths: readonly string[]): Promise<Item[]> =>
    (await Promise.all(paths.map(read))).flat();
  const items = await readAll(recipe.data);
  const { data, share } = recipe.evaluation ?? {};
  if (data !== undefined) return { kept: items, heldOut: await readAll(data) };
  if (share === undefined) return { kept: items, heldOut: [] };
  const count = Math.max(1, Math.round(share * items.length));
  if (count >= items.length) throw tooFew(items.length);
  const places = Array.from(items, (_, place) => place);
  const drawn = new Set(new Random(recipe.seed + DRAW).sample(places, count));
  return {
    kept: items.filter((_, place) => !drawn.has(place)),
    heldOut: items.filter((_, place) => drawn.has(place)),
  };
}

export function heldOutDocuments(
  texts: readonly string[],
  tokenizer: Tokenizer,
  endOfText: number,
  time: number,
): HeldOut {
  const stream = packDocuments(texts, tokenizer, endOfText);
  const count = Math.ceil((stream.length - 1) / time);
  return {
    rows: Array.from({ length: count }, (_, i) => documentRow(stream, endOfText, time, i)),
    bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    prompts: texts.map((text) => {
      const ids = tokenizer.encode(text);
      return prompt(ids.slice(0, Math.min(PROMPT_TOKENS, Math.ceil(ids.length / 2))), tokenizer);
    }),
  };
}

/** Each conversation in a row of its own; those that are longer than a row are left out. */
export function heldOutConversations(
  conversations: readonly (readonly Message[])[],
  tokenizer: Tokenizer,
  time: number,
): HeldOut {
  const fitting = conversations.flatMap((messages) => {
    const segment = conversationSegment(messages, tokenizer);
    return placesOf(segment) <= time ? [{ messages, segment }] : [];
  });
  if (fitting.length === 0) throw noneFits(conversations.length, time);
  const answers = fitting.flatMap(({ messages }) => messages.filter(({ role }) => role === "assistant"));
  return {
    rows: fitting.map(({ segment }) => [segment]),
    bytes: answers.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0),
    prompts: fitting.map(({ messages }) => {
      const asked = messages.slice(
        0,
        messages.findIndex(({ role }) => role === "assistant"),
      );
      const header = [tokenizer.controlId(TURN_START), ...tokenizer.encode("assistant\n")];
      const ids = [...Array.from(conversationSegment(asked, tokenizer).ids), ...header];
      return { ids, text: asked.at(-1)?.content ?? "" };
    }),
  };
}

function prompt(ids: readonly number[], tokenizer: Tokenizer): Prompt {
  return { ids, text: tokenizer.decode(ids) };
}

function tooFew(count: number): BadInputError {
  return new BadInputError({
    en: `The data holds ${count} items, which leaves none to learn from beside those held out; add data, or name evaluation.data instead of evaluation.share.`,
    zh: `数据只有 ${count} 条，留出评估数据后没有可训练的内容；请增加数据，或用 evaluation.data 代替 evaluation.share。`,
  });
}

function noneFits(count: number, time: number): BadInputError {
  return new BadInputError({
    en: `None of the ${count} held-out conversations fits a row of ${time} tokens; raise batch.time or hold out others.`,
    zh: `${count} 个留出的对话都超过一行的 ${time} 个词元；请增大 batch.time 或更换评估数据。`,
  });
}
