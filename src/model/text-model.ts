import { type Prompt, textPromptOf } from "../chat/prompt.ts";
import type { Engine, FinishReason, Sampling } from "../engine/engine.ts";
import type { Words } from "../engine/texts.ts";
import { BadInputError } from "../errors.ts";
import { Utf8Stream } from "../formats/tokenizer/utf8-stream.ts";
import type { Text } from "../language.ts";
import { endKind } from "../stage/ends.ts";
import { fitsOf } from "../stage/fit.ts";
import type { Stage } from "../stage/stage.ts";
import { Generation, type GenerationResult } from "./generation.ts";
import type { Inspection } from "./inspect.ts";
import { chooseMaxTokens, chooseSampling } from "./sampling.ts";
import { nextServed, scoreServed, writeServed } from "./served/write.ts";

/** How to generate. What is left out is as the model's files recommend, else as its stage suggests. */
export interface GenerateOptions {
  /** Most tokens to write. */
  readonly maxTokens?: number;
  /** How tokens are drawn; `{ temperature: 0 }` always takes the most likely one. */
  readonly sampling?: Partial<Sampling>;
  /** Ends the generation early; the result then says `aborted`. */
  readonly signal?: AbortSignal;
}

/** A token that may come next. */
export interface NextToken {
  /** Null where a server does not tell it. */
  readonly id: number | null;
  /** Its bytes as text; a part of a character shows as U+FFFD. */
  readonly text: string;
  /** 0 to 1. */
  readonly probability: number;
  /** Whether generation ends on it. */
  readonly isEnd: boolean;
}

/** How likely a text is to the model. */
export interface Score {
  readonly tokens: readonly {
    /** Null where a server does not tell it. */
    readonly id: number | null;
    readonly text: string;
    /** ln p given everything before; null for a first token that nothing stands before. */
    readonly logProbability: number | null;
  }[];
  /** Σ ln p, in nats. */
  readonly logLikelihood: number;
}

/** What every model that writes text is made of. */
export interface ModelParts {
  readonly engine: Engine;
  readonly inspection: Inspection;
  /** The sampling that the model's files recommend. */
  readonly recommended: Partial<Sampling>;
}

const COMPLETION_TOKENS = 256;
const NEXT_TOKENS = 10;

/** A model that predicts text. Dispose it (`await using`) to free its memory. */
export abstract class TextModel implements AsyncDisposable {
  abstract readonly stage: Stage | null;
  /** The verdict on the model and all that follows from it. */
  readonly inspection: Inspection;
  protected readonly engine: Engine;
  readonly #recommended: Partial<Sampling>;

  constructor({ engine, inspection, recommended }: ModelParts) {
    this.engine = engine;
    this.inspection = inspection;
    this.#recommended = recommended;
  }

  get reference(): string {
    return this.inspection.reference;
  }

  /**
   * Continues a text until the model ends it or the limit is reached (256 tokens unless stated). The iteration and
   * the result throw BadInputError for an empty text that nothing can begin, and PromptTooLongError.
   */
  complete(text: string, options: GenerateOptions = {}): Generation {
    const fit = fitsOf(this.inspection).complete;
    const warnings = fit.fit === "suits" ? [] : [fit.reason];
    return this.generate(() => textPromptOf(this.engine, text), options, {
      maxTokens: COMPLETION_TOKENS,
      stopTokens: [...this.engine.model.endTokens, ...this.#textEnds()],
      warnings,
      words: { text },
    });
  }

  /** The most likely tokens after a text, the likeliest first; 10 unless `top` says otherwise. */
  async next(text: string, { top = NEXT_TOKENS }: { readonly top?: number } = {}): Promise<NextToken[]> {
    if (!Number.isSafeInteger(top) || top < 1) throw badTop(top);
    const { texts } = this.engine;
    if (texts !== undefined) return nextServed(texts, text, top);
    const { tokens } = await textPromptOf(this.engine, text);
    return this.nextAfter(tokens, top);
  }

  /** How likely the model finds a text. Throws PromptTooLongError where it does not fit the context. */
  async score(text: string): Promise<Score> {
    const { texts } = this.engine;
    if (texts !== undefined) return scoreServed(texts, text);
    const { tokens } = await textPromptOf(this.engine, text);
    const [values, bytes] = await Promise.all([this.engine.score(tokens), this.engine.bytes(tokens)]);
    const isBegun = tokens[0] === this.engine.model.beginToken;
    const scored = tokens.map((id, i) => ({
      id,
      text: decoded(bytes[i]),
      logProbability: i === 0 ? null : (values[i - 1] ?? null),
    }));
    return {
      tokens: isBegun ? scored.slice(1) : scored,
      logLikelihood: values.reduce((sum, value) => sum + value, 0),
    };
  }

  protected async nextAfter(prompt: readonly number[], top: number): Promise<NextToken[]> {
    const { endTokens, vocabularySize } = this.engine.model;
    const { top: candidates } = await this.engine.next(prompt, { top: Math.min(top, vocabularySize) });
    return candidates.map(({ id, bytes, probability }) => ({
      id,
      text: decoded(bytes),
      probability,
      isEnd: endTokens.includes(id),
    }));
  }

  protected generate(
    prompt: () => Promise<Prompt>,
    { maxTokens, sampling, signal }: GenerateOptions,
    standard: {
      maxTokens: number;
      stopTokens: readonly number[];
      warnings: readonly Text[];
      /** What a server is given that lays out and tokenises by itself. */
      words: Words;
    },
  ): Generation {
    return new Generation(async (emit, left): Promise<GenerationResult> => {
      const chosen = chooseSampling(sampling ?? {}, this.#recommended);
      const limit = chooseMaxTokens(maxTokens, standard.maxTokens);
      const ends = signal === undefined ? left : AbortSignal.any([signal, left]);
      const { texts } = this.engine;
      if (texts !== undefined) {
        const request = {
          ...standard,
          maxTokens: limit,
          sampling: chosen,
          chosen: sampling ?? {},
          signal: ends,
        };
        return writeServed(texts, { ...request, stage: this.stage }, emit);
      }
      const { tokens, warnings } = await prompt();
      const generation = this.engine.generate(tokens, {
        maxTokens: limit,
        sampling: chosen,
        stopTokens: standard.stopTokens,
        signal: ends,
      });
      const written = await writeOut(generation, emit);
      return {
        text: written.text,
        finishReason: written.finishReason,
        usage: { promptTokens: tokens.length, completionTokens: written.tokens },
        tokensPerSecond: written.tokensPerSecond,
        sampling: chosen,
        stage: this.stage,
        warnings: [...standard.warnings, ...warnings],
      };
    });
  }

  /** Tokens that end a text by their name, also where the library does not know them. */
  #textEnds(): number[] {
    return [...this.engine.model.addedTokens]
      .filter(([text]) => endKind(text) === "end of text")
      .map(([, id]) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
  }
}

interface Written {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

/** Turns tokens into text as they come, and measures. */
async function writeOut(
  generation: ReturnType<Engine["generate"]>,
  emit: (piece: string) => void,
): Promise<Written> {
  const characters = new Utf8Stream();
  let text = "";
  let tokens = 0;
  let elapsed = 0;
  const add = (piece: string): void => {
    if (piece === "") return;
    text += piece;
    emit(piece);
  };
  for (;;) {
    const { done, value } = await generation.next();
    if (done) {
      add(characters.end());
      const tokensPerSecond = elapsed > 0 ? (tokens - 1) / (elapsed / 1000) : 0;
      return { text, finishReason: value, tokens, tokensPerSecond };
    }
    tokens++;
    elapsed = value.elapsed;
    add(characters.push(value.bytes));
  }
}

function decoded(bytes: Uint8Array | undefined): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function badTop(top: number): BadInputError {
  return new BadInputError({
    en: `top cannot be ${top}; give a whole number from 1.`,
    zh: `top 不能是 ${top}；请给出不小于 1 的整数。`,
  });
}
