import { join } from "node:path";
import { type Row, type Segment, trainedTokensIn } from "../batch.ts";
import { held } from "../reading.ts";
import { readState, writeState } from "../run/state-file.ts";
import type { StepResult, Trainer } from "../trainer.ts";
import { type Comparison, type PairLoss, pairLoss } from "./loss.ts";
import { pairwise } from "./pair.ts";

/** What some pairs come to together. */
export interface PreferenceMeasure {
  /** Pairs. */
  readonly pairs: number;
  /** Mean loss of a pair, in nats. */
  readonly loss: number;
  /** Share of the pairs in which the better answer is worth more. */
  readonly accuracy: number;
  /** Mean of what the better answers are worth, and the worse ones: see `pairLoss`. */
  readonly chosenReward: number;
  readonly rejectedReward: number;
}

/** What a run on preferences takes that others do not. */
export interface PreferenceSetting {
  readonly comparison: Comparison;
  /** Identifies the run. */
  readonly fingerprint: string;
  /** Rows of pairs that the run will read, learned from or held out. */
  readonly rows: () => Iterable<Row>;
}

const FILE = "reference.safetensors";
/** Rows whose likelihoods are computed between two words of progress. */
const ROWS_AT_ONCE = 16;

/** Learns which of two answers is better. */
export class Preference {
  readonly #comparison: Comparison;
  /** ln p of each answer to the starting weights. */
  readonly #before: ReadonlyMap<Segment, number>;

  private constructor(comparison: Comparison, before: ReadonlyMap<Segment, number>) {
    this.#comparison = comparison;
    this.#before = before;
  }

  /**
   * Begins with weights that have learned nothing yet. How likely they find each answer is computed once, where the loss
   * asks for it, and kept in `folder`, so that no second copy of the weights is needed, and a resumed run goes on with the
   * same figures. Yields how many answers are done.
   */
  static async *begin(
    trainer: Trainer,
    folder: string,
    { comparison, fingerprint, rows }: PreferenceSetting,
  ): AsyncGenerator<{ readonly done: number; readonly total: number }, Preference> {
    if (comparison.loss === "simpo") return new Preference(comparison, new Map());
    const all = distinct(rows());
    const answers = all.flat();
    const values = await kept(join(folder, FILE), fingerprint, answers.length);
    if (values !== undefined) return new Preference(comparison, paired(answers, values));
    const computed: number[] = [];
    for (let start = 0; start < all.length; start += ROWS_AT_ONCE) {
      computed.push(...(await trainer.logLikelihoods(all.slice(start, start + ROWS_AT_ONCE))));
      yield { done: computed.length, total: answers.length };
    }
    const told = Float32Array.from(computed);
    await writeState(join(folder, FILE), { run: fingerprint }, [{ name: "before", ...held(told) }]);
    return new Preference(comparison, paired(answers, told));
  }

  /** Learns from rows of pairs. The loss is the mean over the pairs. */
  async step(
    trainer: Trainer,
    rows: readonly Row[],
    step: number,
    steps: number,
  ): Promise<StepResult & { readonly preference: PreferenceMeasure }> {
    const losses = await this.#judge(trainer, rows);
    const preference = summed(losses);
    const weights = losses.flatMap(({ chosenWeight, rejectedWeight }) => [chosenWeight, rejectedWeight]);
    let at = 0;
    const weighed = rows.map((row) =>
      row.map((segment) => weighedBy(segment, (weights[at++] ?? 0) / losses.length)),
    );
    const result = await trainer.step(weighed, step, steps, "sum");
    return { ...result, loss: preference.loss, preference };
  }

  /** What pairs come to that are not learned from. */
  async measure(trainer: Trainer, rows: readonly Row[]): Promise<PreferenceMeasure> {
    return summed(await this.#judge(trainer, rows));
  }

  async #judge(trainer: Trainer, rows: readonly Row[]): Promise<PairLoss[]> {
    const answers = rows.flat();
    const likelihoods = await trainer.logLikelihoods(rows);
    const told = answers.map((answer, i) => ({
      now: likelihoods[i] ?? Number.NaN,
      before: this.#before.get(answer) ?? 0,
      tokens: trainedTokensIn(answer),
    }));
    return pairwise(told).map(([chosen, rejected]) => pairLoss(this.#comparison, chosen, rejected));
  }
}

/** The rows with each answer once. */
function distinct(rows: Iterable<Row>): Row[] {
  const seen = new Set<Segment>();
  const result: Row[] = [];
  for (const row of rows) {
    const pairs = pairwise(row).filter(([chosen]) => !seen.has(chosen));
    for (const segment of pairs.flat()) seen.add(segment);
    if (pairs.length > 0) result.push(pairs.flat());
  }
  return result;
}

async function kept(path: string, fingerprint: string, count: number): Promise<Float32Array | undefined> {
  try {
    const { metadata, tensors } = await readState(path);
    const values = tensors.get("before");
    return metadata.run === fingerprint && values?.length === count ? values : undefined;
  } catch {
    // Missing or damaged: it is computed again.
    return undefined;
  }
}

function paired(answers: readonly Segment[], values: Float32Array): Map<Segment, number> {
  return new Map(answers.map((answer, i) => [answer, values[i] ?? Number.NaN]));
}

/** A segment whose trained tokens count so much; below 0 they become less likely. */
function weighedBy(segment: Segment, weight: number): Segment {
  return { ids: segment.ids, trained: (i) => segment.trained?.(i) ?? true, weight: () => weight };
}

function summed(losses: readonly PairLoss[]): PreferenceMeasure {
  const mean = (of: (one: PairLoss) => number): number =>
    losses.reduce((sum, one) => sum + of(one), 0) / Math.max(1, losses.length);
  return {
    pairs: losses.length,
    loss: mean(({ loss }) => loss),
    accuracy: mean(({ chosenReward, rejectedReward }) => (chosenReward > rejectedReward ? 1 : 0)),
    chosenReward: mean(({ chosenReward }) => chosenReward),
    rejectedReward: mean(({ rejectedReward }) => rejectedReward),
  };
}
