import { expect, test } from "vitest";
import { minimise } from "../../src/classify/lbfgs.ts";
import { LinearFit, type Matrix, outputsOf } from "../../src/classify/linear-fit.ts";
import {
  calibrationError,
  classifyReport,
  logLoss,
  probabilitiesOf,
  regressReport,
  temperatureFor,
} from "../../src/classify/measure.ts";

const settings = { mostSteps: 200, tolerance: 1e-9 };

test("L-BFGS finds the bottom of Rosenbrock's valley", async () => {
  const { x, value, steps } = await minimise(
    async ([a = 0, b = 0]) => ({
      value: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
      gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
    }),
    Float64Array.of(-1.2, 1),
    settings,
  );
  expect(value).toBeLessThan(1e-12);
  expect([...x]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
  expect(steps).toBeLessThan(60);
});

test("a fit that is done stays where it is", async () => {
  const flat = async () => ({ value: 1, gradient: Float64Array.of(0, 0) });
  expect(await minimise(flat, Float64Array.of(3, 4), settings)).toMatchObject({ value: 1, steps: 0 });
});

const rows = 12;
const features: Matrix = {
  rows,
  columns: 2,
  values: Float32Array.from({ length: 2 * rows }, (_, at) => {
    const [i, j] = [at >> 1, at & 1];
    return Number((((i * 7 + j * 11) % 13) / 13 + (i % 3) * (j === 0 ? 0.5 : -0.3)).toFixed(4));
  }),
};

test("multinomial logistic regression gives scikit-learn's probabilities", async () => {
  // LogisticRegression(C=1 / (12 · 0.05), tol=1e-10) of scikit-learn 1.9.1 on the standardised features
  const golden = [
    [0.986005, 0.013467, 0.000528],
    [0.143239, 0.505294, 0.351467],
    [0.271856, 0.418847, 0.309297],
    [0.74408, 0.210973, 0.044947],
    [0.116467, 0.69609, 0.187443],
    [0.006202, 0.198288, 0.79551],
    [0.657832, 0.316091, 0.026077],
    [0.148643, 0.38198, 0.469377],
    [0.007173, 0.388797, 0.60403],
    [0.778587, 0.160856, 0.060557],
    [0.13464, 0.586352, 0.279009],
    [0.005276, 0.122966, 0.871758],
  ];
  const targets = Int32Array.from({ length: rows }, (_, i) => i % 3);
  using fit = new LinearFit(features, { kind: "label", labels: 3, targets });
  const { head } = await fit.fit(0.05);
  const outputs = outputsOf(head, features);
  golden.forEach((expected, row) => {
    const said = probabilitiesOf(outputs.subarray(3 * row, 3 * row + 3), 1);
    expect([...said]).toEqual(expected.map((value) => expect.closeTo(value, 2)));
  });
});

test("linear regression finds the line, in units of the features as they are", async () => {
  const targets = Float32Array.from({ length: rows }, (_, i) => {
    const [a = 0, b = 0] = features.values.subarray(2 * i);
    return 2 * a - 3 * b + 5;
  });
  using fit = new LinearFit(features, { kind: "number", targets });
  const { head } = await fit.fit(0);
  expect([...head.weights]).toEqual([expect.closeTo(2, 1), expect.closeTo(-3, 1)]);
  expect(head.biases[0]).toBeCloseTo(5, 1);
  expect(regressReport(outputsOf(head, features), targets).r2).toBeGreaterThan(0.999);
});

test("a feature that is always the same has no weight", async () => {
  const constant: Matrix = { rows: 4, columns: 2, values: Float32Array.of(1, 7, 2, 7, 3, 7, 4, 7) };
  using fit = new LinearFit(constant, { kind: "number", targets: Float32Array.of(1, 2, 3, 4) });
  expect((await fit.fit(0)).head.weights[1]).toBe(0);
});

const logs = (...shares: number[]): Float64Array => Float64Array.from(shares, Math.log);

test("the report counts by hand", () => {
  // given: a, b, b, a; right: a, b, a, b
  const logits = logs(0.9, 0.1, 0.2, 0.8, 0.4, 0.6, 0.7, 0.3);
  const report = classifyReport(logits, Int32Array.of(0, 1, 0, 1), ["a", "b"], 1);
  expect(report).toMatchObject({
    rows: 4,
    accuracy: 0.5,
    macroF1: 0.5,
    confusion: [
      [1, 1],
      [1, 1],
    ],
  });
  expect(report.labels[0]).toEqual({ label: "a", rows: 2, precision: 0.5, recall: 0.5, f1: 0.5 });
  expect(report.loss).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8) + Math.log(0.4) + Math.log(0.3)) / 4, 10);
  // every row in a bin of its own: |0.9-1| + |0.8-1| + |0.6-0| + |0.7-0| over 4
  expect(report.calibrationError.before).toBeCloseTo((0.1 + 0.2 + 0.6 + 0.7) / 4, 10);
});

test("a temperature undoes what makes a head too sure", () => {
  const targets = Int32Array.from({ length: 100 }, (_, i) => (i % 10 < 8 ? 0 : 1));
  const sure = Float64Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 6 * Math.log(4) : 0));
  const temperature = temperatureFor(sure, targets, 2);
  expect(temperature).toBeCloseTo(6, 3); // 4 to 1, as it is
  expect(calibrationError(sure, targets, 2, temperature)).toBeLessThan(1e-4);
  expect(calibrationError(sure, targets, 2, 1)).toBeGreaterThan(0.19);
  expect(logLoss(sure, targets, 2, temperature)).toBeLessThan(logLoss(sure, targets, 2, 1));
});
