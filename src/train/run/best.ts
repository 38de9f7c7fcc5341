import { join } from "node:path";
import type { Readings } from "../reading.ts";
import type { Progress } from "./checkpoint.ts";
import { openState, writeState } from "./state-file.ts";

/** The weights of a run that did best on held-out data, on disk. */
export class BestWeights {
  readonly #path: string;
  readonly #run: string;
  #progress: Progress;

  /** @param progress as the checkpoint has it that the run goes on from. */
  constructor(folder: string, run: string, progress: Progress) {
    this.#path = join(folder, "best.safetensors");
    this.#run = run;
    this.#progress = progress;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Notes the held-out loss of the weights as they are after so many steps, and keeps them if it is the least. */
  async note(step: number, loss: number, weights: Readings): Promise<boolean> {
    const { best, sinceBest } = this.#progress;
    const isBest = best === undefined || loss < best.loss;
    this.#progress = isBest ? { best: { step, loss }, sinceBest: 0 } : { best, sinceBest: sinceBest + 1 };
    if (isBest) {
      const tensors = [...weights].map(([name, reading]) => ({ name, ...reading }));
      await writeState(this.#path, { step, run: this.#run }, tensors);
    }
    return isBest;
  }

  /** The best weights and their step; none where nothing was measured yet. Throws BadFileError. */
  async read(): Promise<{ readonly step: number; readonly weights: Readings } | undefined> {
    const { best } = this.#progress;
    if (best === undefined) return undefined;
    const { tensors } = await openState(this.#path);
    return { step: best.step, weights: tensors };
  }
}
