import type { TextLoss } from "../evaluate.ts";
import type { HeldOut } from "../held-out.ts";
import type { Job } from "../job.ts";
import type { Preference } from "../preference/preference.ts";
import { readerOf } from "../reading.ts";
import type { Trainer } from "../trainer.ts";
import type { BestWeights } from "./best.ts";
import type { EvaluationEvent, SourceLoss, TextLossFigures } from "./events.ts";
import { writeSamples } from "./samples.ts";

/** The measurements of one run on held-out data. */
export class Evaluation {
  readonly #folder: string;
  readonly #job: Job;
  readonly #heldOut: HeldOut;
  readonly #samples: number;
  readonly #best: BestWeights;
  readonly #preference: Preference | undefined;

  /** @param folder where samples are tried; @param preference what compares answers, where that is learned. */
  constructor(
    folder: string,
    job: Job,
    heldOut: HeldOut,
    samples: number,
    best: BestWeights,
    preference?: Preference,
  ) {
    this.#preference = preference;
    this.#folder = folder;
    this.#job = job;
    this.#heldOut = heldOut;
    this.#samples = samples;
    this.#best = best;
  }

  /** Measures the weights as they are after so many steps, and keeps them where they are the best so far. */
  async at(step: number, trainer: Trainer): Promise<EvaluationEvent> {
    const { sources, prompts } = this.#heldOut;
    const measured: Measured[] = [];
    for (const { path, rows, bytes } of sources)
      measured.push({ path, bytes, ...(await trainer.measure(rows)) });
    const preference = await this.#preference?.measure(
      trainer,
      sources.flatMap(({ pairs = [] }) => pairs),
    );
    const figures = figuresOf(measured);
    const loss = preference?.loss ?? figures.loss;
    const isBest = await this.#best.note(step, loss, trainer.weights());
    const asked = prompts.slice(0, this.#samples);
    const samples =
      asked.length === 0
        ? []
        : await writeSamples(await this.#job.results.trial(this.#folder, readerOf(trainer.weights())), asked);
    return {
      event: "evaluation",
      step,
      ...figures,
      loss,
      ...(preference === undefined ? {} : { preference }),
      isBest,
      samples,
      time: Date.now(),
    };
  }
}

/** What was measured on one held-out file. */
export interface Measured extends TextLoss {
  readonly path: string;
  readonly bytes: number;
}

/** What was measured, all together and by file. */
export function figuresOf(
  measured: readonly Measured[],
): TextLossFigures & { readonly sources: readonly SourceLoss[] } {
  // one file is the whole
  const sources = measured.length === 1 ? [] : measured.map((one) => ({ path: one.path, ...lossOf([one]) }));
  return { ...lossOf(measured), sources };
}

/** The loss of all of them together: in nats a token, and in bits a byte of what is written. */
function lossOf(measured: readonly Measured[]): TextLossFigures {
  const sum = (of: (one: Measured) => number): number => measured.reduce((all, one) => all + of(one), 0);
  const [nats, tokens] = [sum((one) => one.nats), sum((one) => one.tokens)];
  const bytes = sum((one) => one.bytes);
  return { tokens, loss: nats / Math.max(1, tokens), bitsPerByte: nats / Math.LN2 / Math.max(1, bytes) };
}
