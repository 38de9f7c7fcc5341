import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportModel } from "../../../src/export/export.ts";
import { frontMatterOf } from "../../../src/model/card-facts.ts";
import { inspect } from "../../../src/model/inspect.ts";
import { openParent } from "../../../src/train/parent.ts";
import { train } from "../../../src/train/run/train.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { tinyAdaptation } from "../../support/tiny-adaptation.ts";
import { eventsOf, tinyRecipe } from "../../support/tiny-recipe.ts";

const folder = temporaryFolder();
beforeAll(() => {
  process.env.BASEWISE_HOME = join(folder, "home");
});
afterAll(() => {
  delete process.env.BASEWISE_HOME;
});

const hashOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

test("the card of an adapter says what it was made from, of what, how, and how well", async () => {
  const recipe = { ...tinyAdaptation(folder, "mini-base", "lora", "adapted"), languages: ["en"] };
  const events = await eventsOf(train(recipe));
  const path = events.flatMap((event) => (event.event === "done" ? [event.card] : []))[0] ?? "";
  const card = readFileSync(path, "utf8");
  const front = frontMatterOf(card);
  expect(Object.fromEntries(front)).toMatchObject({
    license: ["apache-2.0"],
    language: ["en"],
    base_model: ["basewise mini base"],
    base_model_relation: ["adapter"],
    pipeline_tag: ["text-generation"],
  });
  const parent = await openParent("mini-base", folder);
  expect(card).toContain(`SHA-256 of its weights: \`${parent.hash}\``);
  expect(card).toContain("**basewise mini base**, base, licence Apache-2.0");
  expect(card).toMatch(
    new RegExp(
      `^\\| texts\\.jsonl \\| 4 \\| 4 \\| \\d+ \\| \\d+ \\| \`${hashOf(recipe.data[0]?.path ?? "")}\` \\|$`,
      "m",
    ),
  );
  expect(card).toContain("rank: 4");
  expect(card).not.toContain(folder); // a card says nothing of this machine
  expect(card).toMatch(/The loss of each step, in nats: \d\.\d{3} → \d\.\d{3}\./);

  const output = join(folder, "merged");
  await exportModel(recipe.output, { to: "hf", output });
  const merged = readFileSync(join(output, "README.md"), "utf8");
  expect(Object.fromEntries(frontMatterOf(merged))).toMatchObject({ base_model_relation: ["finetune"] });
  expect((await inspect(output)).stage).toBe("base");
});

test("the card of a model made from nothing names no other, and what was held out", async () => {
  const evaluation = { share: 0.2, every: 6, samples: 0 };
  const recipe = tinyRecipe(folder, "from-nothing", { evaluation });
  await eventsOf(train(recipe));
  const card = readFileSync(join(recipe.output, "README.md"), "utf8");
  expect(card).not.toContain("base_model");
  expect(card).toContain("2 items were held out and never learned from.");
  expect(card).toMatch(/^\| after step \d+ \| \d\.\d{3} \| \d\.\d{3} \|$/m);
});
