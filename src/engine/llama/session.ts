import { setImmediate } from "node:timers/promises";
import { BadFileError } from "../../errors.ts";
import { LlamaContext } from "../../native/llama/context.ts";
import { LlamaError } from "../../native/llama/error.ts";
import { LlamaModel } from "../../native/llama/model.ts";
import { LlamaSampler } from "../../native/llama/sampler.ts";
import type { Vocabulary } from "../../native/llama/vocabulary.ts";
import { printable } from "../../printable.ts";
import { highest, logSumExp } from "../distribution.ts";
import type { Distribution, EngineModel, FinishReason, Token } from "../engine.ts";
import { type AddedToken, isReserved, PlainText } from "./plain-text.ts";
import type { Calls } from "./protocol.ts";

const DEFAULT_CONTEXT = 4096;
/** Outputs of one batch: enough to score text quickly, little memory even for large vocabularies. */
const OUTPUTS = 32;
/** A slice of a prompt takes about so many multiplications with weights: half a second on two cores. */
const SLICE_WORK = 1e10;

/** Whether whoever asked has lost interest. */
export type Cancelled = () => boolean;

/** One loaded model with one context, whose memory stays for the next prompt that begins alike. */
export class Session implements Disposable {
  readonly model: EngineModel;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #plainText: PlainText;
  readonly #slice: number;
  /** Whether the tokenizer puts a space before every text, as SentencePiece does. */
  readonly #beginsWithSpace: boolean;
  /** The tokens that the context has read. */
  #read: number[] = [];

  /** Throws BadFileError where the library refuses the file or the model writes no text. */
  constructor({ path, contextSize, threads }: Calls["load"]["ask"]) {
    this.#model = new LlamaModel(path);
    if (!this.#model.generates) throw writesNoText(path);
    this.#slice = sliceFor(this.#model.parameterCount);
    this.#context = new LlamaContext(this.#model, {
      contextLength: contextSize ?? Math.min(this.#model.trainedContext, DEFAULT_CONTEXT),
      batchLength: this.#slice,
      outputs: OUTPUTS,
      sequences: 1,
      threads,
    });
    const added = addedTokens(this.#model.vocabulary);
    const reserved = added.filter(isReserved);
    this.#plainText = new PlainText(reserved.map(({ text }) => text));
    const [first] = this.#model.vocabulary.tokenize("a");
    this.#beginsWithSpace = first !== undefined && this.bytes(first)[0] === " ".charCodeAt(0);
    const { vocabulary, trainedContext } = this.#model;
    const { bos, addsBos, size } = vocabulary;
    this.model = {
      contextSize: this.#context.contextLength,
      trainedContext,
      vocabularySize: size,
      endTokens: ids(size).filter((id) => vocabulary.isEnd(id)),
      addedTokens: new Map(added.map(({ id, text }) => [text, id])),
      controlTokens: new Set(reserved.map(({ id }) => id)),
      ...(addsBos && bos !== undefined ? { beginToken: bos } : {}),
    };
  }

  /** Throws LlamaError where the text cannot be told apart from a control token of one character. */
  tokenize(text: string): number[] {
    const [first = "", ...rest] = this.#plainText.pieces(text);
    const tokens = [
      ...this.#model.vocabulary.tokenize(first),
      ...rest.flatMap((piece) => this.#tokenizeRest(piece)),
    ];
    if (tokens.some((token) => this.model.controlTokens.has(token))) throw notPlain();
    return tokens;
  }

  /** The tokens of a text that does not stand at a beginning, where some tokenizers put a space before it. */
  #tokenizeRest(text: string): number[] {
    const behindBreak = this.#model.vocabulary.tokenize(`\n${text}`);
    const at = behindBreak.findIndex((token) => Buffer.from(this.bytes(token)).toString() === "\n");
    return this.#beginsWithSpace && at !== -1
      ? behindBreak.slice(at + 1)
      : this.#model.vocabulary.tokenize(text);
  }

  bytes(token: number): Uint8Array {
    return this.#model.vocabulary.piece(token, true);
  }

  async generate(
    { prompt, maxTokens, sampling, stopTokens }: Calls["generate"]["ask"],
    emit: (token: Token) => void,
    cancelled: Cancelled,
  ): Promise<FinishReason> {
    const last = prompt.length - 1;
    let output = 0;
    const at = (_: number, index: number): void => {
      output = index;
    };
    if (!(await this.#readPrompt(prompt, [last], at, cancelled))) return "aborted";
    const { temperature, topK = 0, topP = 1, minP = 0, seed = 0 } = sampling;
    using sampler = new LlamaSampler({ temperature, topK, topP, minP, seed });
    for (let count = 0; count < maxTokens; count++) {
      const token = sampler.sample(this.#context, output);
      if (stopTokens.includes(token)) return "stop";
      emit({ id: token, bytes: this.#model.vocabulary.piece(token, false) });
      if (this.#read.length >= this.#context.contextLength) return "length";
      if (count + 1 === maxTokens) return "length";
      await setImmediate();
      if (cancelled()) return "aborted";
      this.#decode([token], () => true);
      output = 0;
    }
    return "length";
  }

  async next({ prompt, top, of }: Calls["next"]["ask"]): Promise<Distribution> {
    const [logits] = await this.logits({ ids: prompt, positions: [prompt.length - 1] });
    if (logits === undefined) throw new RangeError("an empty prompt has no last token");
    const normalizer = logSumExp(logits);
    const probability = (id: number): number =>
      Math.exp((logits[id] ?? Number.NEGATIVE_INFINITY) - normalizer);
    return {
      top: highest(logits, top).map((id) => ({ id, bytes: this.bytes(id), probability: probability(id) })),
      of: of.map(probability),
    };
  }

  async logits({ ids, positions }: Calls["logits"]["ask"]): Promise<Float32Array[]> {
    const found = new Map<number, Float32Array>();
    await this.#readPrompt(ids, positions, (position, index) =>
      found.set(position, this.#context.logits(index)),
    );
    return positions.map((position) => {
      const logits = found.get(position);
      if (logits === undefined) throw new RangeError(`there is no position ${position}`);
      return logits;
    });
  }

  async score({ ids }: Calls["score"]["ask"]): Promise<Float64Array> {
    const scores = new Float64Array(Math.max(0, ids.length - 1));
    const given = ids.slice(0, -1);
    await this.#readPrompt(given, [...given.keys()], (position, index) => {
      const logits = this.#context.logits(index);
      const token = ids[position + 1];
      if (token !== undefined) scores[position] = (logits[token] ?? Number.NaN) - logSumExp(logits);
    });
    return scores;
  }

  /**
   * Brings the context to hold exactly these tokens, keeping the beginning that it holds already, and visits each
   * wanted position with the index of its output. Gives false when it was cancelled on the way.
   */
  async #readPrompt(
    tokens: readonly number[],
    wanted: readonly number[],
    visit: (position: number, index: number) => void,
    cancelled: Cancelled = () => false,
  ): Promise<boolean> {
    const isWanted = new Set(wanted);
    this.#forgetFrom(commonLength(this.#read, tokens, Math.min(...wanted)));
    while (this.#read.length < tokens.length) {
      await setImmediate();
      if (cancelled()) return false;
      const start = this.#read.length;
      const length = isWanted.size > OUTPUTS ? Math.min(this.#slice, OUTPUTS) : this.#slice;
      const slice = tokens.slice(start, start + length);
      this.#decode(slice, (position) => isWanted.has(position));
      slice.forEach((_, index) => {
        if (isWanted.has(start + index)) visit(start + index, index);
      });
    }
    return true;
  }

  #decode(tokens: readonly number[], output: (position: number) => boolean): void {
    const start = this.#read.length;
    this.#context.decode(
      tokens.map((token, index) => ({
        token,
        position: start + index,
        sequence: 0,
        output: output(start + index),
      })),
    );
    this.#read.push(...tokens);
  }

  #forgetFrom(position: number): void {
    // Recurrent memories cannot be cut in the middle; then everything is read again.
    if (this.#context.forgetFrom(0, position)) this.#read.length = position;
    else {
      this.#context.clear();
      this.#read = [];
    }
  }

  [Symbol.dispose](): void {
    this.#context[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}

/** How many tokens both begin with, and at most `limit`. */
function commonLength(one: readonly number[], other: readonly number[], limit: number): number {
  let length = 0;
  while (length < limit && length < one.length && one[length] === other[length]) length++;
  return length;
}

/** Powers of two, and always the same for a model, so that the same seed gives the same text. */
function sliceFor(parameterCount: number): number {
  const power = Math.floor(Math.log2(SLICE_WORK / Math.max(1, parameterCount)));
  return 2 ** Math.min(9, Math.max(5, power));
}

function addedTokens(vocabulary: Vocabulary): AddedToken[] {
  return ids(vocabulary.size).flatMap((id) => {
    const kind = vocabulary.kindOf(id);
    const text = kind === "ordinary" ? "" : vocabulary.textOf(id);
    return text === "" ? [] : [{ id, text, isControl: kind === "control" }];
  });
}

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, id) => id);
}

function notPlain(): LlamaError {
  return new LlamaError({
    en: "This model's tokenizer takes a part of the text for a control token; leave special characters out.",
    zh: "该模型的分词器把文本的一部分当作控制词元；请去掉特殊字符。",
  });
}

function writesNoText(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is an encoder and writes no text; take a model that generates.`,
    zh: `${printable(path)} 是编码器，不生成文本；请使用生成式模型。`,
  });
}
