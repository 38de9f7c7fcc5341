import { BadInputError } from "../../errors.ts";
import { Handle } from "../handle.ts";
import { nativeLibraries } from "../library.ts";
import { argmax } from "./argmax.ts";
import { llama } from "./bindings.ts";
import { Candidates } from "./candidates.ts";
import { complaint } from "./complaint.ts";
import { type LlamaContext, logitsIn, pointerOf } from "./context.ts";
import { noOutput } from "./error.ts";
import { type Vocabulary, pointerOf as vocabularyPointerOf } from "./vocabulary.ts";

/** How the next token is chosen among the likely ones. */
export interface Sampling {
  /** 0 always takes the most likely token. */
  readonly temperature: number;
  /** Only so many of the most likely tokens; 0 for all. */
  readonly topK: number;
  /** Only the most likely tokens that together reach this probability; 1 for all. */
  readonly topP: number;
  /** Only tokens at least this probable, relative to the most likely one; 0 for all. */
  readonly minP: number;
  /** Only the tokens of the most typical surprise that together reach this probability; 1 for all. */
  readonly typicalP: number;
  /** Divides the logits of tokens that were there lately; 1 changes nothing. */
  readonly repetitionPenalty: number;
  /** Taken off the logit of a token that was there lately. */
  readonly presencePenalty: number;
  /** Taken off the logit of a token for each time it was there lately. */
  readonly frequencyPenalty: number;
  /** Takes multiplier × base^(length - allowedLength) off a token that would make a repetition longer. */
  readonly dry?: { readonly multiplier: number; readonly base: number; readonly allowedLength: number };
  /** Added to the logits of tokens, by their ids. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** An unsigned 32-bit number; the same seed draws the same tokens. */
  readonly seed: number;
}

/** The library's own seed for "take one from the clock". */
const CLOCK_SEED = 0xffff_ffff;
/** What counts as lately for penalties, in tokens: llama.cpp's own default. */
const PENALTY_WINDOW = 64;
/** Repetitions do not go on across these. Source: the defaults of DRY's author, as in llama.cpp. */
const DRY_BREAKERS = ["\n", ":", '"', "*"];
/** Less likely ones than this, relative to the likeliest, underflow in the typical sampler, which then sorts NaN. */
const LEAST_TYPICAL = 1e-9;

/**
 * Chooses tokens by libllama's own chain of samplers, in llama.cpp's order: logit bias, penalties, DRY, top-k, typical,
 * top-p, min-p, temperature, a seeded draw. With a grammar, only tokens that it allows.
 */
export class LlamaSampler implements Disposable {
  readonly #context: LlamaContext;
  readonly #chain: Handle;
  readonly #grammar: GrammarSampler | undefined;
  /** Whether what is drawn depends on what was there before. */
  readonly #looksBack: boolean;
  /** Whether the likeliest token is all that matters. */
  readonly #isPlain: boolean;

  /**
   * @param context whose outputs it draws from.
   * @param grammar GBNF with a `root`, checked before: the library hangs on some. Throws BadInputError where it refuses it.
   */
  constructor(context: LlamaContext, sampling: Sampling, grammar?: string) {
    const native = llama();
    const { vocabulary, contextLength } = context;
    const { temperature, topK, topP, minP, typicalP, logitBias, seed } = sampling;
    const { repetitionPenalty, frequencyPenalty, presencePenalty, dry } = sampling;
    this.#context = context;
    // First, since it alone can fail.
    this.#grammar = grammar === undefined ? undefined : new GrammarSampler(vocabulary, grammar);
    const chain = native.chain({ no_perf: true });
    this.#chain = new Handle("sampler", chain, native.samplerFree);
    // The chain owns what is added to it.
    const add = (sampler: bigint): void => native.chainAdd(chain, sampler);
    if (logitBias.size > 0) add(native.logitBias(vocabulary.size, logitBias.size, biasRows(logitBias)));
    const isPenalized = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
    const isDry = dry !== undefined && dry.multiplier > 0;
    this.#looksBack = isPenalized || isDry;
    this.#isPlain = temperature <= 0 && grammar === undefined && logitBias.size === 0 && !this.#looksBack;
    if (isPenalized) {
      const penalties = [repetitionPenalty, frequencyPenalty, presencePenalty] as const;
      add(native.penalties(vocabulary.size, PENALTY_WINDOW, ...penalties));
    }
    if (isDry) {
      const { multiplier, base, allowedLength } = dry;
      const pointer = vocabularyPointerOf(vocabulary);
      const breakers = DRY_BREAKERS.length;
      add(native.dry(pointer, multiplier, base, allowedLength, contextLength, DRY_BREAKERS, breakers));
    }
    if (temperature <= 0) {
      add(native.greedy());
      return;
    }
    if (topK > 0) add(native.topK(topK));
    if (typicalP < 1) {
      add(native.minP(LEAST_TYPICAL, 1));
      add(native.typical(typicalP, 1));
    }
    if (topP < 1) add(native.topP(topP, 1));
    if (minP > 0) add(native.minP(minP, 1));
    add(native.temperature(temperature));
    add(native.seeded(seed === CLOCK_SEED ? 0 : seed));
  }

  /** Counts tokens that stand before the first that is drawn: penalties and DRY look back at them. */
  lookBackAt(tokens: readonly number[]): void {
    if (!this.#looksBack) return;
    const native = llama();
    for (const token of tokens) native.accept(this.#chain.pointer, token);
  }

  /**
   * Chooses a token by the logits of an output of the last batch; undefined where the grammar allows none, or only an
   * end. Throws LlamaError where it was no output.
   */
  sample(index: number): number | undefined {
    const native = llama();
    const chain = this.#chain.pointer;
    if (this.#isPlain) return argmax(logitsIn(this.#context, index));
    if (this.#grammar !== undefined) return this.#grammar.sample(chain, this.#context.logits(index));
    const pointer = pointerOf(this.#context);
    if (native.logits(pointer, index) === null) throw noOutput(index);
    return native.sample(chain, pointer, index);
  }

  [Symbol.dispose](): void {
    this.#chain[Symbol.dispose]();
    this.#grammar?.[Symbol.dispose]();
  }
}

/** Draws tokens from a chain, of which a grammar allows each. */
class GrammarSampler implements Disposable {
  readonly #handle: Handle;
  readonly #candidates: Candidates;
  readonly #vocabulary: Vocabulary;
  /** Control tokens write nothing, but the library would take their names for text that the grammar allows. */
  readonly #forbidden: ReadonlySet<number>;

  constructor(vocabulary: Vocabulary, grammar: string) {
    nativeLibraries().takeComplaints();
    const pointer = llama().grammar(vocabularyPointerOf(vocabulary), grammar, "root");
    if (pointer === null) throw refused(complaint());
    this.#handle = new Handle("grammar", pointer, llama().samplerFree);
    this.#candidates = new Candidates(vocabulary.size);
    this.#vocabulary = vocabulary;
    const ids = Array.from({ length: vocabulary.size }, (_, id) => id);
    this.#forbidden = new Set(
      ids.filter((id) => vocabulary.kindOf(id) === "control" && !vocabulary.isEnd(id)),
    );
  }

  /**
   * Draws first and asks the grammar about that one token, since asking about the whole vocabulary takes long; only
   * where it refuses, it draws among those that it allows. Source: llama.cpp's `common_sampler_sample`.
   */
  sample(chain: bigint, logits: Float32Array): number | undefined {
    const native = llama();
    const grammar = this.#handle.pointer;
    const candidates = this.#candidates;
    candidates.fill(logits, this.#forbidden);
    native.apply(chain, candidates.pointer);
    let token = candidates.selected;
    candidates.fillOne(token);
    native.apply(grammar, candidates.pointer);
    if (candidates.compact() === 0) {
      candidates.fill(logits, this.#forbidden);
      native.apply(grammar, candidates.pointer);
      if (candidates.compact() === 0) return undefined;
      native.apply(chain, candidates.pointer);
      token = candidates.selected;
    }
    if (this.#vocabulary.isEnd(token)) return undefined;
    native.accept(grammar, token);
    native.accept(chain, token);
    return token;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
    this.#candidates[Symbol.dispose]();
  }
}

/** An array of `llama_logit_bias`: an id and a number each. */
function biasRows(biases: ReadonlyMap<number, number>): Uint8Array {
  const rows = new DataView(new ArrayBuffer(8 * biases.size));
  [...biases].forEach(([id, bias], at) => {
    rows.setInt32(8 * at, id, true);
    rows.setFloat32(8 * at + 4, bias, true);
  });
  return new Uint8Array(rows.buffer);
}

function refused(reason: string): BadInputError {
  return new BadInputError({
    en: `The native library refuses the grammar (${reason}); make it simpler.`,
    zh: `原生库拒绝该语法（${reason}）；请将其简化。`,
  });
}
