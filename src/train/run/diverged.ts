import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { TextTokenizer } from "../../formats/tokenizer/text-tokenizer.ts";
import { printable } from "../../printable.ts";
import type { Row } from "../batch.ts";

/** What is known where a run left the rails. */
export interface Divergence {
  /** Counts from 1. */
  readonly step: number;
  /** Not a number, or far above what it was. */
  readonly loss: number;
  /** How the rows of that step begin. */
  readonly rows: readonly string[];
  /** The step of the newest checkpoint; 0 where there is none. */
  readonly checkpoint: number;
}

/** The loss is no longer a number, or explodes: the run cannot go on from here. */
export class DivergedError extends BasewiseError {
  override readonly name = "DivergedError";
  readonly exitCode: ExitCode = EXIT.failed;
  /** The step at which the loss was no number any more. */
  readonly step: number;
  /** The loss of that step. */
  readonly loss: number;
  /** The rows it was computed from. */
  readonly rows: readonly string[];
  /** The step of the newest checkpoint; 0 where there is none. */
  readonly checkpoint: number;

  constructor({ step, loss, rows, checkpoint }: Divergence) {
    const begins = rows.map((row) => `"${printable(row, 40)}"`).join(", ");
    const isNumber = Number.isFinite(loss);
    const keptEn =
      checkpoint === 0 ? "there is no checkpoint yet" : `the checkpoint of step ${checkpoint} is kept`;
    const keptZh = checkpoint === 0 ? "尚无检查点" : `第 ${checkpoint} 步的检查点已保留`;
    super({
      en: `The loss ${isNumber ? `exploded to ${loss.toFixed(1)}` : "is not a number"} at step ${step}${rows.length === 0 ? "" : `, whose rows begin ${begins}`}; ${keptEn}. Look at those rows, lower optimizer.learningRate or lengthen warmupSteps, and train into another output folder.`,
      zh: `第 ${step} 步的损失${isNumber ? `激增到 ${loss.toFixed(1)}` : "不是有效数字"}${rows.length === 0 ? "" : `，该步各行的开头为 ${begins}`}；${keptZh}。请检查这些数据，降低 optimizer.learningRate 或增加 warmupSteps，并换一个 output 文件夹重新训练。`,
    });
    this.step = step;
    this.loss = loss;
    this.rows = rows;
    this.checkpoint = checkpoint;
  }
}

const REMEMBERED = 20;

/** Tells when a loss explodes: far above a uniform guess, and above what the last steps gave. */
export class LossWatch {
  readonly #ceiling: number;
  readonly #recent: number[] = [];

  /** @param ignorance the loss of a uniform guess. */
  constructor(ignorance: number) {
    this.#ceiling = 2 * ignorance;
  }

  explodes(loss: number): boolean {
    const sorted = this.#recent.toSorted((one, other) => one - other);
    const usual = sorted[Math.floor(sorted.length / 2)];
    const isFar = usual !== undefined && this.#recent.length >= REMEMBERED / 2 && loss > 3 * usual;
    if (isFar && loss > this.#ceiling) return true;
    this.#recent.push(loss);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    return false;
  }
}

const SHOWN_ROWS = 4;
const SHOWN_TOKENS = 16;

/** How rows begin, to find them in the data. */
export function beginningsOf(rows: readonly Row[], tokenizer: TextTokenizer): string[] {
  return rows.slice(0, SHOWN_ROWS).flatMap(([segment]) => {
    if (segment === undefined) return [];
    return [tokenizer.decode(Array.from(segment.ids).slice(0, SHOWN_TOKENS))];
  });
}
