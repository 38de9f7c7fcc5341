import { join } from "node:path";
import { exportGguf } from "../export.ts";
import type { HeldOut } from "../held-out.ts";
import type { Job } from "../job.ts";
import type { Trainer, WeightValues } from "../trainer.ts";
import type { Progress } from "./checkpoint.ts";
import type { EvaluationEvent } from "./events.ts";
import { writeSamples } from "./samples.ts";
import { readState, writeState } from "./state-file.ts";

/** The measurements of one run on held-out data, and the best weights that they found. */
export class Evaluation {
  readonly #folder: string;
  readonly #job: Job;
  readonly #heldOut: HeldOut;
  readonly #samples: number;
  #progress: Progress;

  /** @param folder where the best weights are kept. */
  constructor(folder: string, job: Job, heldOut: HeldOut, samples: number, progress: Progress) {
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
    const { rows, bytes, prompts } = this.#heldOut;
    const { nats, tokens } = await trainer.measure(rows);
    const loss = nats / Math.max(1, tokens);
    const { best, sinceBest } = this.#progress;
    const isBest = best === undefined || loss < best.loss;
    this.#progress = isBest ? { best: { step, loss }, sinceBest: 0 } : { best, sinceBest: sinceBest + 1 };
    if (isBest) await this.#keep(step, trainer.weights());
    const asked = prompts.slice(0, this.#samples);
    const samples = asked.length === 0 ? [] : await writeSamples(await this.#export(trainer), asked);
    const bitsPerByte = nats / Math.LN2 / Math.max(1, bytes);
    return { event: "evaluation", step, loss, bitsPerByte, tokens, isBest, samples, time: Date.now() };
  }

  /** The best weights and their step; none where nothing was measured yet. Throws BadFileError. */
  async best(): Promise<{ readonly step: number; readonly weights: WeightValues } | undefined> {
    const { best } = this.#progress;
    if (best === undefined) return undefined;
    const { tensors } = await readState(this.#bestFile);
    return { step: best.step, weights: tensors };
  }

  get #bestFile(): string {
    return join(this.#folder, "best.safetensors");
  }

  async #keep(step: number, weights: WeightValues): Promise<void> {
    const tensors = [...weights].map(([name, values]) => ({ name, values }));
    await writeState(this.#bestFile, { step, run: this.#job.fingerprint }, tensors);
  }

  async #export(trainer: Trainer): Promise<string> {
    const file = join(this.#folder, "samples.gguf");
    await exportGguf(file, this.#job.record, trainer.weights(), "f32");
    return file;
  }
}
