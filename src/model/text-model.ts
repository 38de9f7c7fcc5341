import { type FewShot, fewShotScaffold, type Scaffold } from "../chat/few-shot.ts";
import { type Prompt, textPromptOf } from "../chat/prompt.ts";
import type {
  Engine,
  GenerateOptions as EngineOptions,
  JsonSchema,
  Sampling,
  Speculation,
} from "../engine/engine.ts";
import type { Words } from "../engine/texts.ts";
import { BadInputError } from "../errors.ts";
import type { Text } from "../language.ts";
import { endKind } from "../stage/ends.ts";
import { fitsOf } from "../stage/fit.ts";
import type { Stage } from "../stage/stage.ts";
import { Generation, type GenerationResult } from "./generation.ts";
import { infillPrompt } from "./infill.ts";
import type { Inspection } from "./inspect.ts";
import { checkTogether, chooseMaxTokens, chooseSampling, samplingsOf } from "./sampling.ts";
import { type Score, scoreText } from "./score.ts";
import { nextServed, requireServed, scoreServed, writeServed } from "./served/write.ts";
import { generateUnder, requireStopRules, type StopRules, StopWatch } from "./stop-rules.ts";
import { decoded, writeOut } from "./write-out.ts";

/** How to generate. What is left out is as the model's files recommend, else as its stage suggests. */
export interface GenerateOptions extends StopRules {
  /** Most tokens to write. */
  readonly maxTokens?: number;
  /** How tokens are drawn; `{ temperature: 0 }` always takes the most likely one. */
  readonly sampling?: Partial<Sampling>;
  /** The adapter to write with, by the name under which the model was opened with it; none unless stated. */
  readonly adapter?: string;
  /** What is written is a sentence of this grammar, in GBNF with a rule `root`. */
  readonly grammar?: string;
  /** What is written is JSON of this schema, unless a limit cuts it. See `docs/sampling.md` for what is supported. */
  readonly jsonSchema?: JsonSchema;
  /** Tells how likely each token was, and so many of the most likely ones there, at most 100. */
  readonly logprobs?: number;
  /** How many texts to write, 1 unless stated; the prompt is read once. The others are the generation's `alternatives`. */
  readonly n?: number;
  /** Guesses several tokens at once, which makes text that repeats faster and changes none. */
  readonly speculation?: Speculation;
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

/** What every model that writes text is made of. */
export interface ModelParts {
  readonly engine: Engine;
  readonly inspection: Inspection;
  /** The sampling that the model's files recommend. */
  readonly recommended: Partial<Sampling>;
}

/** How to complete a text. */
export interface CompleteOptions extends GenerateOptions {
  /** A task shown by examples, of which the text is a new input. */
  readonly examples?: FewShot;
}

/** How to fill a gap. */
export interface InfillOptions extends GenerateOptions {}

/** What holds for a way of writing unless the caller says otherwise. */
interface Standard {
  readonly maxTokens: number;
  readonly stopTokens: readonly number[];
  readonly warnings: readonly Text[];
  /** What a server is given that lays out and tokenises by itself; without it, such a server is not asked. */
  readonly words?: Words;
  /** The rules of the caller, and others; those of the caller alone unless stated. */
  readonly rules?: StopRules;
  /** Control tokens that are written by their names. */
  readonly spells?: readonly string[];
  /** Whether white space at both ends of what is written is left out. */
  readonly trims?: boolean;
  /** The sampling that is recommended for this way of writing; that of the model's files unless stated. */
  readonly recommended?: Partial<Sampling>;
  /** Generates in place of the engine, with the control tokens that are written by their names. */
  readonly steer?: (
    prompt: Prompt,
    options: EngineOptions,
    spelled: ReadonlyMap<number, string>,
  ) => ReturnType<Engine["generate"]>;
}

const COMPLETION_TOKENS = 256;
const NEXT_TOKENS = 10;

/** A model that predicts text. Dispose it (`await using`) to free its memory. */
export abstract class TextModel implements AsyncDisposable {
  abstract readonly stage: Stage | null;
  /** The verdict on the model and all that follows from it. */
  readonly inspection: Inspection;
  protected readonly engine: Engine;
  /** The sampling that the model's files recommend. */
  protected readonly recommended: Partial<Sampling>;

  constructor({ engine, inspection, recommended }: ModelParts) {
    this.engine = engine;
    this.inspection = inspection;
    this.recommended = recommended;
  }

  /** How many tokens the context holds, prompt and reply together. */
  get contextSize(): number {
    return this.engine.model.contextSize;
  }

  get reference(): string {
    return this.inspection.reference;
  }

  /**
   * Continues a text until the model ends it, a rule does, or the limit is reached (256 tokens unless stated). With
   * `examples`, the text is a new input of that task, and what is written its output. The iteration and the result
   * throw BadInputError for an empty text that nothing can begin and for rules that cannot be, and PromptTooLongError.
   */
  complete(text: string, { examples, ...options }: CompleteOptions = {}): Generation {
    const fit = fitsOf(this.inspection).complete;
    const scaffold = examples === undefined ? { text, until: [] } : fewShotScaffold(examples, text);
    return this.continueText(scaffold, options, {
      warnings: fit.fit === "suits" ? [] : [fit.reason],
      trims: examples !== undefined,
    });
  }

  /**
   * Writes what stands between two texts, by the infilling tokens of the model's vocabulary, in at most 256 tokens
   * unless stated. The iteration and the result throw NoInfillError where it has none, and what `complete` throws.
   */
  infill(prefix: string, suffix: string, options: InfillOptions = {}): Generation {
    const fit = fitsOf(this.inspection).infill;
    const prompt = async (): Promise<Prompt> => {
      // A server that keeps its tokens to itself refuses here, before infill tokens are missed.
      if (this.engine.texts !== undefined) await this.engine.tokenize("");
      return infillPrompt(this.engine, this.reference, prefix, suffix);
    };
    return this.generate(prompt, options, {
      maxTokens: COMPLETION_TOKENS,
      stopTokens: [...this.engine.model.endTokens, ...this.#textEnds()],
      warnings: fit.fit === "suits" ? [] : [fit.reason],
    });
  }

  /** Continues a scaffold; it ends before what ends the scaffold, and by the rules of the caller. */
  protected continueText(
    { text, until }: Scaffold,
    options: GenerateOptions,
    { warnings, trims }: { readonly warnings: readonly Text[]; readonly trims: boolean },
  ): Generation {
    return this.generate(() => textPromptOf(this.engine, text), options, {
      maxTokens: COMPLETION_TOKENS,
      stopTokens: [...this.engine.model.endTokens, ...this.#textEnds()],
      warnings,
      rules: { ...options, until: [...until, ...(options.until ?? [])] },
      trims,
      words: { text },
    });
  }

  /** The most likely tokens after a text, the likeliest first; 10 unless `top` says otherwise. */
  async next(
    text: string,
    { top = NEXT_TOKENS, adapter }: { readonly top?: number; readonly adapter?: string } = {},
  ): Promise<NextToken[]> {
    if (!Number.isSafeInteger(top) || top < 1) throw badTop(top);
    const { texts } = this.engine;
    if (texts !== undefined) {
      requireServed(texts, { text }, adapter === undefined ? {} : { adapter });
      return nextServed(texts, text, top);
    }
    const { tokens } = await textPromptOf(this.engine, text);
    return this.nextAfter(tokens, top, adapter);
  }

  /**
   * How likely the model finds a text. One that is longer than the context is read in windows that overlap; the score
   * says in which. Throws BadInputError for an empty text that nothing can begin.
   */
  score(text: string): Promise<Score> {
    const { texts } = this.engine;
    return texts === undefined ? scoreText(this.engine, text) : scoreServed(texts, text);
  }

  protected async nextAfter(prompt: readonly number[], top: number, adapter?: string): Promise<NextToken[]> {
    const { endTokens, vocabularySize } = this.engine.model;
    const { top: candidates } = await this.engine.next(prompt, {
      top: Math.min(top, vocabularySize),
      adapter,
    });
    return candidates.map(({ id, bytes, probability }) => ({
      id,
      text: decoded(bytes),
      probability,
      isEnd: endTokens.includes(id),
    }));
  }

  protected generate(
    prompt: () => Promise<Prompt>,
    options: GenerateOptions,
    standard: Standard,
  ): Generation {
    let laidOut: Promise<Prompt> | undefined;
    const prompted = (): Promise<Prompt> => {
      laidOut ??= prompt();
      return laidOut;
    };
    const [first = {}, ...rest] = samplingsOf(options.n, options.sampling);
    const write = (sampling: Partial<Sampling>, others?: readonly Generation[]): Generation =>
      new Generation(
        (emit, left) => this.write(prompted, { ...options, sampling }, standard, emit, left),
        others,
      );
    return write(
      first,
      rest.map((one) => write(one)),
    );
  }

  /** Writes until the model, a rule, a limit or a signal ends it. */
  protected async write(
    prompt: () => Promise<Prompt>,
    options: GenerateOptions,
    standard: Standard,
    emit: (piece: string) => void,
    left: AbortSignal,
  ): Promise<GenerationResult> {
    const { maxTokens, sampling, signal, adapter, grammar, jsonSchema, logprobs, speculation } = options;
    const chosen = chooseSampling(sampling ?? {}, standard.recommended ?? this.recommended);
    checkTogether(options, chosen);
    const limit = chooseMaxTokens(maxTokens, standard.maxTokens);
    const rules = standard.rules ?? options;
    requireStopRules(rules);
    const ends = signal === undefined ? left : AbortSignal.any([signal, left]);
    const { texts } = this.engine;
    return generateUnder(
      new StopWatch(rules, standard.trims),
      async (give, isEnded) => {
        if (texts !== undefined && standard.words !== undefined) {
          const { words } = standard;
          requireServed(texts, words, options);
          const constraint = {
            ...(grammar === undefined ? {} : { grammar }),
            ...(jsonSchema === undefined ? {} : { jsonSchema }),
          };
          const drawn = {
            maxTokens: limit,
            sampling: chosen,
            chosen: sampling ?? {},
            signal: isEnded,
            ...constraint,
          };
          return writeServed(texts, { ...standard, words, ...drawn, stage: this.stage }, give);
        }
        const laidOut = await prompt();
        const { tokens, warnings, stopTokens = [] } = laidOut;
        const drawing: EngineOptions = {
          maxTokens: limit,
          sampling: chosen,
          stopTokens: [...standard.stopTokens, ...stopTokens],
          ...(adapter === undefined ? {} : { adapter }),
          signal: isEnded,
          ...(grammar === undefined ? {} : { grammar }),
          ...(jsonSchema === undefined ? {} : { jsonSchema }),
          ...(logprobs === undefined ? {} : { logprobs }),
          ...(speculation === undefined ? {} : { speculation }),
        };
        const spelled = this.#idsOf(standard.spells ?? []);
        const generation =
          standard.steer?.(laidOut, drawing, spelled) ?? this.engine.generate(tokens, drawing);
        const written = await writeOut(generation, give, spelled);
        return {
          text: written.text,
          finishReason: written.finishReason,
          usage: {
            promptTokens: tokens.length,
            completionTokens: written.completionTokens,
            ...(speculation === undefined && !this.engine.model.drafts
              ? {}
              : { draftedTokens: written.draftedTokens }),
            ...(written.cachedTokens === undefined ? {} : { cachedTokens: written.cachedTokens }),
          },
          tokensPerSecond: written.tokensPerSecond,
          sampling: chosen,
          ...(written.tokens === undefined ? {} : { tokens: written.tokens }),
          stage: this.stage,
          warnings: [...standard.warnings, ...warnings],
        };
      },
      emit,
      ends,
    );
  }

  /** Tokens that end a text by their name, also where the library does not know them. */
  #textEnds(): number[] {
    return [...this.engine.model.addedTokens]
      .filter(([text]) => endKind(text) === "end of text")
      .map(([, id]) => id);
  }

  #idsOf(names: readonly string[]): ReadonlyMap<number, string> {
    return new Map(
      names.flatMap((name) => {
        const id = this.engine.model.addedTokens.get(name);
        return id === undefined ? [] : [[id, name]];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
  }
}

function badTop(top: number): BadInputError {
  return new BadInputError({
    en: `top cannot be ${top}; give a whole number from 1.`,
    zh: `top 不能是 ${top}；请给出不小于 1 的整数。`,
  });
}
