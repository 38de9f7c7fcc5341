import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { oraclePython } from "./python.ts";

/* The golden losses, logits and gradients that `npm test` compares with are what the reference computes today. */

const python = await oraclePython();
const script = fileURLToPath(new URL("train_models.py", import.meta.url));
const fixtures = fileURLToPath(new URL("../fixtures/train", import.meta.url));

/** Every number in a nest, by the path to it. */
function numbersIn(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, `${path}.${key}`));
}

describe.skipIf(python === undefined)("transformers and PEFT", () => {
  test("give the goldens of training again", async () => {
    const folder = temporaryFolder();
    await promisify(execFile)(python ?? "", [script, folder], {
      env: { ...process.env, HF_HUB_OFFLINE: "1" },
    });
    const names = readdirSync(fixtures);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
    for (const name of names) {
      const read = (place: string) => numbersIn(JSON.parse(readFileSync(join(place, name), "utf8")));
      const [committed, now] = [read(fixtures), new Map(read(folder))];
      expect(now.size).toBe(committed.length);
      const off = committed.filter(
        ([path, value]) =>
          !(Math.abs(value - (now.get(path) ?? Number.NaN)) <= 1e-5 + 1e-4 * Math.abs(value)),
      );
      expect(off.slice(0, 5)).toEqual([]);
    }
  });
});
