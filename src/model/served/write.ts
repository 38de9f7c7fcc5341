import type { FinishReason, Sampling } from "../../engine/engine.ts";
import type { TextEngine, Words } from "../../engine/texts.ts";
import { BadInputError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { endKind } from "../../stage/ends.ts";
import type { Stage } from "../../stage/stage.ts";
import type { GenerationResult } from "../generation.ts";
import { type Score, summed } from "../score.ts";
import type { NextToken } from "../text-model.ts";

/** What looks as if a tokenizer could take it for more than text. */
const CONTROL_LIKE = /<[|｜][^\s<>]{1,40}[|｜]>|<\/?(?:s|bos|eos|start_of_turn|end_of_turn)>|\[\/?INST\]/u;
export interface ServedRequest {
  readonly words: Words;
  readonly maxTokens: number;
  readonly sampling: Sampling;
  /** What the caller chose of it. */
  readonly chosen: Partial<Sampling>;
  readonly signal: AbortSignal;
  readonly stage: Stage | null;
  readonly warnings: readonly Text[];
}

/** Has a server write, and tells in the result what it could not be asked for or did not tell. */
export async function writeServed(
  texts: TextEngine,
  { words, maxTokens, sampling, chosen, signal, stage, warnings }: ServedRequest,
  emit: (piece: string) => void,
): Promise<GenerationResult> {
  const contents = "text" in words ? [words.text] : words.messages.map(({ content }) => content);
  if (contents.every((content) => content === "")) throw nothingGiven();
  const told: Text[] = [...warnings, ...forgeable(contents), ...leftOut(texts, chosen)];
  const used = Object.fromEntries(
    Object.entries(sampling).filter(([name]) => texts.takes.some((one) => one === name)),
  );
  const applied: Sampling = { ...used, temperature: sampling.temperature };
  const written = texts.write(words, { maxTokens, sampling: applied, signal });
  let text = "";
  let pieces = 0;
  const result = (
    finishReason: FinishReason,
    promptTokens: number,
    completionTokens: number,
    tokensPerSecond: number,
  ): GenerationResult => ({
    text,
    finishReason,
    usage: { promptTokens, completionTokens },
    tokensPerSecond,
    sampling: applied,
    stage,
    warnings: told,
  });
  try {
    for (;;) {
      const { done, value } = await written.next();
      if (!done) {
        text += value;
        pieces++;
        emit(value);
        continue;
      }
      const { promptTokens, completionTokens, tokensPerSecond } = value;
      told.push(...value.warnings);
      if (promptTokens === undefined || completionTokens === undefined) told.push(UNCOUNTED);
      return result(value.finishReason, promptTokens ?? 0, completionTokens ?? pieces, tokensPerSecond ?? 0);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    told.push(UNCOUNTED);
    return result("aborted", 0, pieces, 0);
  }
}

/** The most likely next tokens, as the server tells them. */
export async function nextServed(texts: TextEngine, text: string, top: number): Promise<NextToken[]> {
  if (text === "") throw nothingGiven();
  const candidates = await texts.next(text, top);
  return candidates.map((one) => ({ ...one, isEnd: one.text === "" || endKind(one.text) !== "unknown" }));
}

/** How likely a text is, as the server tells it. */
export async function scoreServed(texts: TextEngine, text: string): Promise<Score> {
  if (text === "") throw nothingGiven();
  const scored = (await texts.score(text)).map((one) => ({ id: null, ...one }));
  return {
    ...summed(scored, (index) => Buffer.byteLength(scored[index]?.text ?? "")),
    windows: { count: 1, size: scored.length, overlap: 0 },
  };
}

/** Throws BadInputError for what such a server cannot be asked for, and what must not be left out silently. */
export function requireServed(options: Partial<Record<(typeof NOT_SERVED)[number], unknown>>): void {
  const name = NOT_SERVED.find((one) => options[one] !== undefined);
  if (name === undefined) return;
  throw new BadInputError({
    en: `This server cannot be asked for ${name}; leave it out, or take llama-server or a file.`,
    zh: `该服务器不支持 ${name}；请去掉它，或改用 llama-server 或模型文件。`,
  });
}

const NOT_SERVED = ["grammar", "jsonSchema", "logprobs", "speculation"] as const;

const UNCOUNTED: Text = {
  en: "The server told no counts of tokens: those of the prompt are given as 0, and those of the text are its pieces.",
  zh: "服务器没有给出词元数：提示的词元数记为 0，文本的词元数为其片段数。",
};

/** The server reads what a text spells as a control token; only its own tokenizer knows which. */
function forgeable(contents: readonly string[]): Text[] {
  const found = contents.map((content) => CONTROL_LIKE.exec(content)?.[0]).find((one) => one !== undefined);
  if (found === undefined) return [];
  const shown = printable(found);
  return [
    {
      en: `The text spells "${shown}", and this server may read it as a control token, as if the template had written it.`,
      zh: `文本中含有“${shown}”，该服务器可能把它当作模板写入的控制词元。`,
    },
  ];
}

function leftOut({ takes }: TextEngine, chosen: Partial<Sampling>): Text[] {
  const names = Object.entries(chosen).flatMap(([name, value]) =>
    value === undefined || takes.some((one) => one === name) ? [] : [name],
  );
  if (names.length === 0) return [];
  return [
    {
      en: `The server takes no ${names.join(", ")}; the text was drawn without.`,
      zh: `服务器不支持 ${names.join("、")}；生成时未使用。`,
    },
  ];
}

function nothingGiven(): BadInputError {
  return new BadInputError({
    en: "There is no text to go on from. Give a few words.",
    zh: "没有可以接续的文本。请给出几个词。",
  });
}
