import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crc32c, fileVersion, scalarsRecord } from "../../../src/train/run/tensorboard.ts";
import { train } from "../../../src/train/run/train.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { eventsOf, tinyRecipe } from "../../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

test("the checksum is CRC-32C", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283); // the check value of its definition
});

test("records are byte by byte those of TensorBoard's own writer", () => {
  // RecordWriter of tensorboard 2.21.0, of the same two events
  const golden =
    "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b3531102b00000000" +
    "000000861bc34b0900002040fc54d94110ac022a1d0a110a0a747261696e2f6c6f7373150000c03f0a080a0162" +
    "15acc5a7b77b9c42fe";
  const time = 1_700_000_000_500;
  const values = { "train/loss": 1.5, b: -2e-5 };
  const ours = Buffer.concat([fileVersion(time), scalarsRecord({ step: 300, time, values })]);
  expect(ours.toString("hex")).toBe(golden);
});

const PYTHON = process.env.BASEWISE_PYTHON ?? "python3";
const hasTensorboard = spawnSync(PYTHON, ["-c", "import tensorboard"]).status === 0;

test.skipIf(!hasTensorboard)(
  "TensorBoard reads a run (skipped where Python has no tensorboard)",
  async () => {
    const recipe = tinyRecipe(folder, "board", { evaluation: { share: 0.2, every: 6, samples: 0 } });
    const events = await eventsOf(train(recipe));
    const script = fileURLToPath(new URL("../../oracle/tensorboard_file.py", import.meta.url));
    const { stdout } = spawnSync(PYTHON, [script, join(recipe.output, "tensorboard")], { encoding: "utf8" });
    const read: Record<string, [number, number, number][]> = JSON.parse(stdout);
    const steps = events.flatMap((event) => (event.event === "step" ? [event] : []));
    expect(read["train/loss"]?.map(([step, loss]) => [step, loss])).toEqual(
      steps.map(({ step, loss }) => [step, Math.fround(loss)]),
    );
    expect(read["held-out/loss"]?.map(([step]) => step)).toEqual([6, 12]);
    expect(readFileSync(join(recipe.output, "metrics.jsonl"), "utf8").trim().split("\n")).toHaveLength(14);
  },
);
