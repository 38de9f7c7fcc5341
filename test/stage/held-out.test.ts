import { expect, test } from "vitest";
import { filesOfFolder } from "../../src/hub/model-files.ts";
import { readModelFolder } from "../../src/hub/model-folder.ts";
import { factsOfFolder } from "../../src/model/folder-facts.ts";
import { withReading } from "../../src/model/template-reading.ts";
import type { NameFact } from "../../src/stage/facts.ts";
import { judge } from "../../src/stage/judge.ts";
import type { Verdict } from "../../src/stage/verdict.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { HELD_OUT, type HeldOut } from "./held-out.ts";
import { MORE_SHAPES } from "./more-shapes.ts";

/** How many in a hundred may be wrong; the figures reached are in docs/log.md. */
const NAMED_MISSES = 0.03;
const NAMELESS_MISSES = 0.1;

async function judged({ files }: HeldOut, names: readonly NameFact[]): Promise<Verdict> {
  const texts = Object.entries(files).map(([file, content]): [string, string] => [
    file,
    typeof content === "string" ? content : JSON.stringify(content),
  ]);
  const folder = temporaryFolder(Object.fromEntries(texts));
  const facts = factsOfFolder("model", names, await readModelFolder(filesOfFolder(folder)));
  return judge(await withReading(facts));
}

async function misses(cases: readonly HeldOut[], named: boolean): Promise<string[]> {
  const answers = await Promise.all(
    cases.map(async (one) => {
      const verdict = await judged(one, named ? [{ from: "reference", name: one.name }] : []);
      const answer = verdict.kind ?? verdict.stage ?? "unknown";
      if (one.kinds.includes(answer)) return [];
      return [`${one.name} (${one.kinds.join(" or ")}): ${answer} ${verdict.probability?.toFixed(3)}`];
    }),
  );
  return answers.flat();
}

test("models that the evidence was not weighed by are judged rightly by name and files", async () => {
  const wrong = await misses(HELD_OUT, true);
  expect(wrong.length / HELD_OUT.length, wrong.join("\n")).toBeLessThanOrEqual(NAMED_MISSES);
});

test("and by their files alone", async () => {
  const telling = HELD_OUT.filter(({ needsName }) => needsName === undefined);
  const wrong = await misses(telling, false);
  expect(wrong.length / telling.length, wrong.join("\n")).toBeLessThanOrEqual(NAMELESS_MISSES);
});

test.each([
  ["by name and files", true],
  ["by files alone", false],
])("shapes of other families are judged rightly %s", async (_, named) => {
  expect(await misses(MORE_SHAPES, named)).toEqual([]);
});
