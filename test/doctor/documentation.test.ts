import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SYMPTOMS } from "../../src/stage/symptoms/diagnose.ts";
import { SYMPTOM_IDS } from "../../src/stage/symptoms/symptom.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test("every name has one rule, in the order of the list, said in both languages", () => {
  expect(SYMPTOMS.map(({ id }) => id)).toEqual([...SYMPTOM_IDS]);
  for (const { cause, fix, from } of SYMPTOMS) {
    expect(from.length).toBeGreaterThan(0);
    for (const { en, zh } of [cause, fix]) {
      expect(en).toMatch(/^[A-Z].*\.$/s);
      expect(zh).toMatch(/\p{Script=Han}.*。$/su);
    }
  }
});

test("docs/symptoms.md is the rules", async () => {
  const rows = SYMPTOMS.map(({ id, decidedBy, from, cause, fix }) => {
    const ways = from.map((way) => way.join(" + ")).join("; ");
    return `| \`${id}\` | ${decidedBy} | ${ways} | ${cause.en} | ${fix.en} |`.replaceAll("<", "&lt;");
  });
  const table = [
    "| symptom | decided by | recognised from | cause | fix |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ];
  const head = readFileSync(root("test/doctor/symptoms-head.md"), "utf8");
  await expect(`${head}${table.join("\n")}\n`).toMatchFileSnapshot(root("docs/symptoms.md"));
});
