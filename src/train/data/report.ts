import {
  DROPPED,
  type DropReason,
  type Outcome,
  OutcomeCounter,
  REPAIRED,
  type Repair,
} from "../../formats/datasets/outcomes.ts";
import type { DataFormat } from "../../formats/datasets/rows.ts";
import type { Shape } from "../../formats/datasets/shapes.ts";
import type { Text } from "../../language.ts";
import type { Repeats } from "./duplicates.ts";
import type { MarkedSample } from "./marked.ts";

/** What became of the rows of one data file: each is kept, changed or dropped, and counted. */
export interface SourceReport {
  /** The file. */
  readonly path: string;
  /** What it was read as. */
  readonly format: DataFormat;
  /** How often its samples are drawn in an epoch. */
  readonly weight: number;
  /** Rows by shape. */
  readonly shapes: Readonly<Partial<Record<Shape, number>>>;
  /** Rows that it has. */
  readonly rows: number;
  /** Rows used as they are. */
  readonly kept: number;
  /** Rows used after something was mended or cut. */
  readonly changed: number;
  /** Rows that were mended, by what was wrong. */
  readonly repaired: readonly Outcome<Repair>[];
  /** Rows that were cut, and what that cost. */
  readonly truncated: Truncation;
  /** Rows not used. */
  readonly dropped: number;
  /** Rows that were left out, by the reason. */
  readonly droppedFor: readonly Outcome<DropReason>[];
  /** What the rows became: texts, or laid-out conversations. */
  readonly samples: number;
  /** Tokens of the samples that are left. */
  readonly tokens: number;
  /** Tokens that are learnt in one pass. */
  readonly trainedTokens: number;
  /** Tokens of a sample: half are not longer, and the longest. */
  readonly medianTokens: number;
  /** Tokens of the longest. */
  readonly longestTokens: number;
}

/** What became of all data of a recipe. */
export interface DataReport {
  /** Samples that are learned from. */
  readonly items: number;
  /** Tokens that they have. */
  readonly tokens: number;
  /** Tokens of those that the loss counts. */
  readonly trainedTokens: number;
  /** Rows left out because they are longer than a row of the batch. */
  readonly tooLong: number;
  /** Items that are measured and not learned from. */
  readonly heldOut: number;
  /** How often the run sees each sample, on average. */
  readonly epochs: number;
  /** What became of each file. */
  readonly sources: readonly SourceReport[];
  /** Samples that are there more than once. */
  readonly duplicates: Repeats;
  /** Items held out that training has too, where some are held out. */
  readonly overlap?: Repeats;
  /** Samples to be looked at. */
  readonly samples: readonly MarkedSample[];
}

/** What cutting at the length of a row cost. */
export interface Truncation {
  readonly rows: number;
  readonly tokens: number;
  readonly trainedTokens: number;
}

/** Counts the rows of one file while they are read. */
export class SourceTally {
  readonly #dropped = new OutcomeCounter<DropReason>(DROPPED);
  readonly #repaired = new OutcomeCounter<Repair>(REPAIRED);
  readonly #shapes: Partial<Record<Shape, number>> = {};
  readonly #lengths: number[] = [];
  #droppedRows = 0;
  #changedRows = 0;
  #keptRows = 0;
  #trained = 0;
  #truncated = { rows: 0, tokens: 0, trainedTokens: 0 };

  drop(row: number, reason: DropReason, detail?: string): void {
    this.#droppedRows++;
    this.#dropped.add(reason, row, detail);
  }

  use(row: number, shape: Shape, repairs: Iterable<Repair>, cost?: Omit<Truncation, "rows">): void {
    this.#shapes[shape] = (this.#shapes[shape] ?? 0) + 1;
    const all = new Set(repairs);
    for (const repair of all) this.#repaired.add(repair, row);
    if (cost !== undefined) {
      this.#truncated.rows++;
      this.#truncated.tokens += cost.tokens;
      this.#truncated.trainedTokens += cost.trainedTokens;
    }
    if (all.size > 0 || cost !== undefined) this.#changedRows++;
    else this.#keptRows++;
  }

  sample(tokens: number, trainedTokens: number): void {
    this.#lengths.push(tokens);
    this.#trained += trainedTokens;
  }

  get rows(): number {
    return this.#keptRows + this.#changedRows + this.#droppedRows;
  }

  get droppedRows(): number {
    return this.#droppedRows;
  }

  get droppedFor(): Outcome<DropReason>[] {
    return this.#dropped.outcomes();
  }

  report(path: string, format: DataFormat, weight: number): SourceReport {
    const sorted = Float64Array.from(this.#lengths).sort();
    return {
      path,
      format,
      weight,
      shapes: this.#shapes,
      rows: this.rows,
      kept: this.#keptRows,
      changed: this.#changedRows,
      repaired: this.#repaired.outcomes(),
      truncated: this.#truncated,
      dropped: this.#droppedRows,
      droppedFor: this.droppedFor,
      samples: sorted.length,
      tokens: sorted.reduce((sum, length) => sum + length, 0),
      trainedTokens: this.#trained,
      medianTokens: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
      longestTokens: sorted.at(-1) ?? 0,
    };
  }
}

/** The reasons of an outcome in words: `3 × without text`. */
export function outcomeWords(outcomes: readonly Outcome<string>[]): Text {
  const words = (language: "en" | "zh", joint: string): string =>
    outcomes.map(({ text, rows }) => `${rows} × ${text[language]}`).join(joint);
  return { en: words("en", ", "), zh: words("zh", "，") };
}
