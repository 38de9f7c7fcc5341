import type { FinishReason, Sampling } from "../../engine/engine.ts";
import type { Constraint, TalkOption, TextEngine, Words, WriteOptions } from "../../engine/texts.ts";
import { BadInputError } from "../../errors.ts";
import { parseGrammar } from "../../formats/grammar/gbnf.ts";
import { grammarOfSchema } from "../../formats/grammar/json-schema.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { endKind } from "../../stage/ends.ts";
import type { Stage } from "../../stage/stage.ts";
import type { GenerationResult } from "../generation.ts";
import { type Score, summed } from "../score.ts";
import type { NextToken } from "../text-model.ts";

/** What looks as if a tokenizer could take it for more than text. */
const CONTROL_LIKE = /<[|｜][^\s<>]{1,40}[|｜]>|<\/?(?:s|bos|eos|start_of_turn|end_of_turn)>|\[\/?INST\]/u;
export interface ServedRequest extends Pick<WriteOptions, Constraint> {
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
  { words, maxTokens, sampling, chosen, signal, stage, warnings, grammar, jsonSchema }: ServedRequest,
  emit: (piece: string) => void,
): Promise<GenerationResult> {
  const contents = "text" in words ? [words.text] : words.messages.map(({ content }) => content);
  if (contents.every((content) => content === "")) throw nothingGiven();
  const told: Text[] = [...warnings, ...forgeable(contents), ...leftOut(texts, chosen)];
  const used = Object.fromEntries(
    Object.entries(sampling).filter(([name]) => texts.takes.some((one) => one === name)),
  );
  const applied: Sampling = { ...used, temperature: sampling.temperature };
  const written = texts.write(words, {
    maxTokens,
    sampling: applied,
    signal,
    ...(grammar === undefined ? {} : { grammar }),
    ...(jsonSchema === undefined ? {} : { jsonSchema }),
  });
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
      if (jsonSchema !== undefined && value.finishReason === "stop" && !isJson(text)) told.push(NOT_JSON);
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

/**
 * Throws BadInputError for what this server cannot be asked for, and what must not be left out silently; GrammarError and
 * JsonSchemaError as on this machine.
 */
export function requireServed(
  texts: TextEngine,
  words: Words,
  options: Partial<Record<(typeof NOT_SERVED)[number] | TalkOption, unknown>> &
    Pick<WriteOptions, Constraint>,
): void {
  const constrains = texts.constrains(words);
  const name =
    NOT_SERVED.find((one) => options[one] !== undefined) ??
    TALK_OPTIONS.find((one) => options[one] !== undefined && !texts.talks.includes(one)) ??
    CONSTRAINTS.find((one) => options[one] !== undefined && !constrains.includes(one));
  if (name !== undefined) {
    throw new BadInputError({
      en: `This server cannot be asked for ${name}; leave it out, or take llama-server or a file.`,
      zh: `该服务器不支持 ${name}；请去掉它，或改用 llama-server 或模型文件。`,
    });
  }
  if (options.grammar !== undefined) parseGrammar(options.grammar);
  if (options.jsonSchema !== undefined) grammarOfSchema(options.jsonSchema);
}

const NOT_SERVED = ["logprobs", "speculation", "adapter", "thinkingBudget"] as const;
const TALK_OPTIONS = ["tools", "thinking"] as const satisfies readonly TalkOption[];
const CONSTRAINTS = ["grammar", "jsonSchema"] as const satisfies readonly Constraint[];

/** Whether a text is JSON, the thoughts before it apart. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text.split("</think>").at(-1) ?? "");
    return true;
  } catch {
    return false;
  }
}

const NOT_JSON: Text = {
  en: "The server took the schema, and its text is no JSON all the same: it does not keep to schemas.",
  zh: "服务器接受了模式，但其文本不是 JSON：它并不遵守模式。",
};

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
