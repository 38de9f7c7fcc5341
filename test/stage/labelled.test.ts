import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesOfFolder } from "../../src/hub/model-files.ts";
import { readModelFolder } from "../../src/hub/model-folder.ts";
import { factsOfFolder } from "../../src/model/folder-facts.ts";
import { withReading } from "../../src/model/template-reading.ts";
import type { NameFact } from "../../src/stage/facts.ts";
import { judge } from "../../src/stage/judge.ts";
import { readName } from "../../src/stage/signals/name.ts";
import { temporaryFolder } from "../support/gguf.ts";
import {
  isRight,
  LABELLED_FOLDER,
  type LabelledModel,
  labelledModels,
  namedModels,
  withoutNames,
} from "../support/labelled.ts";

async function judged(model: LabelledModel, folder: string, name: string | undefined) {
  const names: NameFact[] = name === undefined ? [] : [{ from: "reference", name }];
  const facts = factsOfFolder("model", names, await readModelFolder(filesOfFolder(folder)));
  return { model, verdict: judge(await withReading(facts)) };
}

function misses(all: readonly Awaited<ReturnType<typeof judged>>[]): string[] {
  return all
    .filter(({ model, verdict }) => !isRight(model, verdict))
    .map(({ model, verdict }) => `${model.slug} (${model.kind}): ${verdict.stage} ${verdict.probability}`);
}

function surelyWrong(all: readonly Awaited<ReturnType<typeof judged>>[]): string[] {
  return misses(all.filter(({ verdict }) => (verdict.probability ?? 0) >= 0.9));
}

describe.skipIf(LABELLED_FOLDER === undefined)(
  "labelled metadata of real models (skipped where it is not there)",
  () => {
    const models = LABELLED_FOLDER === undefined ? [] : labelledModels(LABELLED_FOLDER);

    test("with names, at least 97 in 100 are right, and of those that are sure at most 2 in 100 are wrong", async () => {
      const all = await Promise.all(models.map((model) => judged(model, model.folder, model.name)));
      expect(misses(all).length / all.length, misses(all).join("\n")).toBeLessThanOrEqual(0.03);
      expect(surelyWrong(all).length / all.length, surelyWrong(all).join("\n")).toBeLessThanOrEqual(0.02);
    });

    test("with every name removed, at least 90 in 100", async () => {
      const root = temporaryFolder();
      const all = await Promise.all(
        models.map((model) => {
          const folder = join(root, model.slug);
          mkdirSync(folder);
          withoutNames(model.folder, folder);
          return judged(model, folder, undefined);
        }),
      );
      expect(misses(all).length / all.length, misses(all).join("\n")).toBeLessThanOrEqual(0.1);
      expect(surelyWrong(all).length / all.length, surelyWrong(all).join("\n")).toBeLessThanOrEqual(0.02);
    });
  },
);

describe.skipIf(LABELLED_FOLDER === undefined)(
  "labelled names of the Qwen family (skipped where they are not there)",
  () => {
    test("are read rightly", () => {
      const named = LABELLED_FOLDER === undefined ? [] : namedModels(LABELLED_FOLDER);
      const wrong = named.flatMap(({ id, stages }) => {
        const says = readName(id)?.says;
        return says !== undefined && stages.includes(says) ? [] : [`${id} (${stages.join("/")}): ${says}`];
      });
      expect(named.length).toBeGreaterThan(100);
      expect(wrong).toEqual([]);
    });
  },
);
