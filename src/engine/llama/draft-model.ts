import { sliceFor } from "../../catalog/slice.ts";
import { LlamaContext } from "../../native/llama/context.ts";
import { LlamaError } from "../../native/llama/error.ts";
import { LlamaModel } from "../../native/llama/model.ts";
import { LlamaSampler } from "../../native/llama/sampler.ts";
import { cannotDraft } from "./draft-plan.ts";
import type { Drafter } from "./prompt-lookup.ts";
import { commonLength } from "./sequences.ts";

export interface DraftModelOptions {
  /** Tokens that all sequences together hold. */
  readonly contextLength: number;
  readonly sequences: number;
  readonly threads: number;
  readonly gpuLayers?: number | undefined;
  /** The context that it guesses for, whose threads it computes with; to be disposed after it. */
  readonly beside: LlamaContext;
}

interface Slot {
  readonly id: number;
  /** What was read. It stays when a text ends, for the next one that begins alike. */
  readonly read: number[];
  isTaken: boolean;
}

/**
 * A small model that guesses what a large one will write, greedily: the large one draws each token itself, and where it
 * draws what was guessed, it has that token without a step of its own. So what is written, greedy or drawn, is what it
 * would have written alone. Source: Leviathan et al. 2023; llama.cpp's `speculative.cpp` confirms likewise.
 */
export class DraftModel implements Disposable {
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #sampler: LlamaSampler;
  readonly #slice: number;
  readonly #slots: readonly Slot[];

  /** Throws BadFileError where the library refuses the file, or its memory cannot take a guess back. */
  constructor(path: string, options: DraftModelOptions) {
    const { contextLength, sequences, threads, beside } = options;
    this.#model = new LlamaModel(path, options.gpuLayers);
    if (this.#model.isRecurrent || !this.#model.generates) {
      this.#model[Symbol.dispose]();
      throw cannotDraft(path);
    }
    const slice = sliceFor(this.#model.parameterCount);
    this.#context = new LlamaContext(this.#model, {
      contextLength,
      batchLength: slice,
      outputs: 1,
      sequences,
      shared: true,
      threads,
      threadsOf: beside,
    });
    this.#sampler = new LlamaSampler(this.#context, GREEDY);
    this.#slice = slice;
    this.#slots = Array.from({ length: sequences }, (_, id) => ({ id, read: [], isTaken: false }));
  }

  /** Guesses for one text; nothing where it guesses for as many as it can. Dispose it when the text has ended. */
  drafter(prompt: readonly number[]): (Drafter & Disposable) | undefined {
    const common = ({ read }: Slot): number => commonLength(read, prompt, prompt.length);
    const [slot] = this.#slots
      .filter(({ isTaken }) => !isTaken)
      .sort((one, other) => common(other) - common(one) || one.read.length - other.read.length);
    if (slot === undefined) return undefined;
    slot.isTaken = true;
    return {
      propose: (tokens, most) => this.#propose(slot, tokens, most),
      [Symbol.dispose]: () => {
        slot.isTaken = false;
      },
    };
  }

  #propose(slot: Slot, tokens: readonly number[], most: number): number[] {
    if (most <= 0) return [];
    this.#forget(slot, commonLength(slot.read, tokens, tokens.length - 1));
    const unread = tokens.slice(slot.read.length);
    if (unread.some((token) => token >= this.#model.vocabulary.size)) return [];
    try {
      // Of a long prompt it reads one slice a step, so that nobody waits long for a guess.
      if (unread.length > this.#slice) {
        if (this.#hasRoom(slot, this.#slice)) this.#read(slot, unread.slice(0, this.#slice));
        return [];
      }
      if (!this.#hasRoom(slot, unread.length + most)) return [];
      const guess = [this.#next(slot, unread)];
      while (guess.length < most) guess.push(this.#next(slot, guess.slice(-1)));
      return guess;
    } catch (error) {
      // Without a guess the text is the same.
      if (!(error instanceof LlamaError)) throw error;
      this.#forget(slot, 0);
      return [];
    }
  }

  /** The likeliest token after all that was read and these. */
  #next(slot: Slot, tokens: readonly number[]): number {
    this.#read(slot, tokens);
    const token = this.#sampler.sample(tokens.length - 1);
    if (token === undefined) throw new RangeError("a draft has no grammar");
    return token;
  }

  /** Reads tokens, the last one for the sake of its output. */
  #read({ id, read }: Slot, tokens: readonly number[]): void {
    this.#context.decode(
      tokens.map((token, i) => ({
        token,
        position: read.length + i,
        sequence: id,
        output: i === tokens.length - 1,
      })),
    );
    read.push(...tokens);
  }

  #forget({ id, read }: Slot, from: number): void {
    if (from >= read.length) return;
    this.#context.forgetFrom(id, from);
    read.length = from;
  }

  /** Whether so many tokens can be read; those of texts that have ended give way. */
  #hasRoom(slot: Slot, tokens: number): boolean {
    const held = (): number => this.#slots.reduce((sum, { read }) => sum + read.length, 0);
    const { contextLength } = this.#context;
    if (slot.read.length + tokens > contextLength) return false;
    for (const other of this.#slots) {
      if (held() + tokens <= contextLength) return true;
      if (!other.isTaken) this.#forget(other, 0);
    }
    return held() + tokens <= contextLength;
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
    this.#context[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}

const GREEDY = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map<number, number>(),
  seed: 0,
} as const;
