import { join } from "node:path";
import type { TextLoss } from "../evaluate.ts";
import type { HeldOut } from "../held-out.ts";
import type { Job } from "../job.ts";
import type { Preference } from "../preference/preference.ts";
import { type Readings, readerOf } from "../reading.ts";
import type { Trainer } from "../trainer.ts";
import type { Progress } from "./checkpoint.ts";
import type { EvaluationEvent } from "./events.ts";
import { writeSamples } from "./samples.ts";
import { openState, writeState } from "./state-file.ts";

/** The measurements of one run on held-out data, and the best weights that they found. */
export class Evaluation {
  readonly #folder: string;
  readonly #job: Job;
  readonly #heldOut: HeldOut;
  readonly #samples: number;
  readonly #preference: Preference | undefined;
  #progress: Progress;

  /** @param folder where the best weights are kept; @param preference what compares answers, where that is learned. */
  constructor(
    folder: string,
    job: Job,
    heldOut: HeldOut,
    samples: number,
    progress: Progress,
    preference?: Preference,
  ) {
    this.#preference = preference;
    this.#folder = folder;
    this.#job = job;
    this.#heldOut = heldOut;
    this.#samples = samples;
    this.#progress = progress;
  }

  get progress(): Progress {
    return this.#progress;
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
    const { best, sinceBest } = this.#progress;
    const isBest = best === undefined || loss < best.loss;
    this.#progress = isBest ? { best: { step, loss }, sinceBest: 0 } : { best, sinceBest: sinceBest + 1 };
    if (isBest) await this.#keep(step, trainer.weights());
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

  /** The best weights and their step; none where nothing was measured yet. Throws BadFileError. */
  async best(): Promise<{ readonly step: number; readonly weights: Readings } | undefined> {
    const { best } = this.#progress;
    if (best === undefined) return undefined;
    const { tensors } = await openState(this.#bestFile);
    return { step: best.step, weights: tensors };
  }

  get #bestFile(): string {
    return join(this.#folder, "best.safetensors");
  }

  async #keep(step: number, weights: Readings): Promise<void> {
    const tensors = [...weights].map(([name, reading]) => ({ name, ...reading }));
    await writeState(this.#bestFile, { step, run: this.#job.fingerprint }, tensors);
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
): Pick<EvaluationEvent, "loss" | "bitsPerByte" | "tokens" | "sources"> {
  // one file is the whole
  const sources = measured.length === 1 ? [] : measured.map((one) => ({ path: one.path, ...lossOf([one]) }));
  return { ...lossOf(measured), sources };
}

/** The loss of all of them together: in nats a token, and in bits a byte of what is written. */
function lossOf(measured: readonly Measured[]): { tokens: number; loss: number; bitsPerByte: number } {
  const sum = (of: (one: Measured) => number): number => measured.reduce((all, one) => all + of(one), 0);
  const [nats, tokens] = [sum((one) => one.nats), sum((one) => one.tokens)];
  const bytes = sum((one) => one.bytes);
  return { tokens, loss: nats / Math.max(1, tokens), bitsPerByte: nats / Math.LN2 / Math.max(1, bytes) };
}
