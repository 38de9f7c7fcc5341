import { Handle } from "../handle.ts";
import { llama } from "./bindings.ts";
import { type LlamaContext, pointerOf } from "./context.ts";
import { noOutput } from "./error.ts";

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
  /** An unsigned 32-bit number; the same seed draws the same tokens. */
  readonly seed: number;
}

/** The library's own seed for "take one from the clock". */
const CLOCK_SEED = 0xffff_ffff;

/** Chooses tokens by libllama's own chain of samplers: top-k, top-p, min-p, temperature, a seeded draw. */
export class LlamaSampler implements Disposable {
  readonly #handle: Handle;

  constructor({ temperature, topK, topP, minP, seed }: Sampling) {
    const native = llama();
    const chain = native.chain({ no_perf: true });
    this.#handle = new Handle("sampler", chain, native.samplerFree);
    // The chain owns what is added to it.
    if (temperature <= 0) {
      native.chainAdd(chain, native.greedy());
      return;
    }
    if (topK > 0) native.chainAdd(chain, native.topK(topK));
    if (topP < 1) native.chainAdd(chain, native.topP(topP, 1));
    if (minP > 0) native.chainAdd(chain, native.minP(minP, 1));
    native.chainAdd(chain, native.temperature(temperature));
    native.chainAdd(chain, native.seeded(seed === CLOCK_SEED ? 0 : seed));
  }

  /** Chooses a token by the logits of an output of the last batch. Throws LlamaError where it was no output. */
  sample(context: LlamaContext, index: number): number {
    const native = llama();
    const sampler = this.#handle.pointer;
    const pointer = pointerOf(context);
    if (native.logits(pointer, index) === null) throw noOutput(index);
    return native.sample(sampler, pointer, index);
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
