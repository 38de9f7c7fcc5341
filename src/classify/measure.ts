/** How a head does on one label. */
export interface LabelReport {
  /** The label. */
  readonly label: string;
  /** Rows that have it. */
  readonly rows: number;
  /** Of the rows that were given it, those that have it; null where none was given it. */
  readonly precision: number | null;
  /** Of the rows that have it, those that were given it; null where none has it. */
  readonly recall: number | null;
  /** Harmonic mean of precision and recall, 0 to 1. */
  readonly f1: number;
}

/** How a classifier does on rows that it did not learn from. */
export interface ClassifyReport {
  /** Tells reports apart. */
  readonly kind: "classify";
  /** Examples that were judged. */
  readonly rows: number;
  /** Share of them that were judged right, 0 to 1. */
  readonly accuracy: number;
  /** The mean of the labels' F1, each label counting the same. */
  readonly macroF1: number;
  /** Mean -ln p of the right label, in nats; after calibration. */
  readonly loss: number;
  /** Expected calibration error, before and after the temperature. */
  readonly calibrationError: { readonly before: number; readonly after: number };
  /** What was reached for each label. */
  readonly labels: readonly LabelReport[];
  /** Rows by the label that they have, then by the label that they were given; in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
}

/** How a regression does on rows that it did not learn from. */
export interface RegressReport {
  /** Tells reports apart. */
  readonly kind: "regress";
  /** Examples that were judged. */
  readonly rows: number;
  /** Root of the mean squared error, in the unit of the values. */
  readonly rmse: number;
  /** Mean distance from the true value, in the unit of the values. */
  readonly meanAbsoluteError: number;
  /** The share of the variance that is told; below 0 where the mean would do better. */
  readonly r2: number;
}

/** Probabilities of one row of logits at a temperature (softmax). */
export function probabilitiesOf(logits: Float64Array, temperature: number): Float64Array {
  const highest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = logits.map((value) => Math.exp((value - highest) / temperature));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

export function rowOf(values: Float64Array, row: number, columns: number): Float64Array {
  return values.subarray(row * columns, (row + 1) * columns);
}

/** The place of the highest value. */
export function highestOf(values: Float64Array): number {
  return values.reduce(
    (best, value, i) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? i : best),
    0,
  );
}

/** Mean -ln p of the right labels. */
export function logLoss(
  logits: Float64Array,
  targets: Int32Array,
  labels: number,
  temperature: number,
): number {
  let sum = 0;
  targets.forEach((target, row) => {
    const probability = probabilitiesOf(rowOf(logits, row, labels), temperature)[target] ?? 0;
    sum -= Math.log(Math.max(1e-300, probability));
  });
  return sum / targets.length;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature with the least loss on held-out rows (Guo et al. 2017), between 1/20 and 20: golden-section search
 * over its logarithm, in which the loss has one minimum.
 */
export function temperatureFor(logits: Float64Array, targets: Int32Array, labels: number): number {
  const loss = (log: number): number => logLoss(logits, targets, labels, Math.exp(log));
  let [low, high] = [-Math.log(20), Math.log(20)];
  for (let i = 0; i < 40; i++) {
    const [one, other] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (loss(one) < loss(other)) high = other;
    else low = one;
  }
  return Math.exp((low + high) / 2);
}

const BINS = 15;

/** Expected calibration error with 15 bins of equal width (Guo et al. 2017): |confidence - accuracy|, weighted by rows. */
export function calibrationError(
  logits: Float64Array,
  targets: Int32Array,
  labels: number,
  temperature: number,
): number {
  const bins = Array.from({ length: BINS }, () => ({ rows: 0, right: 0, confidence: 0 }));
  targets.forEach((target, row) => {
    const probabilities = probabilitiesOf(rowOf(logits, row, labels), temperature);
    const given = highestOf(probabilities);
    const confidence = probabilities[given] ?? 0;
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    if (bin === undefined) return;
    bin.rows++;
    bin.confidence += confidence;
    if (given === target) bin.right++;
  });
  return bins.reduce((sum, { right, confidence }) => sum + Math.abs(confidence - right), 0) / targets.length;
}

export function classifyReport(
  logits: Float64Array,
  targets: Int32Array,
  names: readonly string[],
  temperature: number,
): ClassifyReport {
  const count = names.length;
  const confusion = names.map(() => names.map(() => 0));
  targets.forEach((target, row) => {
    const line = confusion[target];
    const given = highestOf(rowOf(logits, row, count));
    if (line !== undefined) line[given] = (line[given] ?? 0) + 1;
  });
  const labels = names.map((label, i): LabelReport => {
    const right = confusion[i]?.[i] ?? 0;
    const rows = (confusion[i] ?? []).reduce((sum, value) => sum + value, 0);
    const given = confusion.reduce((sum, line) => sum + (line[i] ?? 0), 0);
    return {
      label,
      rows,
      precision: given === 0 ? null : right / given,
      recall: rows === 0 ? null : right / rows,
      f1: rows + given === 0 ? 0 : (2 * right) / (rows + given),
    };
  });
  const present = labels.filter(({ rows }) => rows > 0);
  const right = confusion.reduce((sum, line, i) => sum + (line[i] ?? 0), 0);
  return {
    kind: "classify",
    rows: targets.length,
    accuracy: right / targets.length,
    macroF1: present.reduce((sum, { f1 }) => sum + f1, 0) / Math.max(1, present.length),
    loss: logLoss(logits, targets, count, temperature),
    calibrationError: {
      before: calibrationError(logits, targets, count, 1),
      after: calibrationError(logits, targets, count, temperature),
    },
    labels,
    confusion,
  };
}

export function regressReport(said: Float64Array, targets: Float32Array): RegressReport {
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length;
  let [squares, absolute, variance] = [0, 0, 0];
  targets.forEach((target, i) => {
    const apart = (said[i] ?? 0) - target;
    squares += apart * apart;
    absolute += Math.abs(apart);
    variance += (target - mean) ** 2;
  });
  return {
    kind: "regress",
    rows: targets.length,
    rmse: Math.sqrt(squares / targets.length),
    meanAbsoluteError: absolute / targets.length,
    r2: variance === 0 ? 0 : 1 - squares / variance,
  };
}
