import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { filesOfFolder } from "../src/hub/model-files.ts";
import { readModelFolder } from "../src/hub/model-folder.ts";
import type { inspect } from "../src/index.ts";
import { factsOfFolder } from "../src/model/folder-facts.ts";
import { withReading } from "../src/model/template-reading.ts";
import { blankFacts, type NameFact } from "../src/stage/facts.ts";
import { judge } from "../src/stage/judge.ts";
import type { Verdict } from "../src/stage/verdict.ts";
import {
  isRight,
  LABELLED_FOLDER,
  type LabelledModel,
  labelledModels,
  namedModels,
  withoutNames,
} from "../test/support/labelled.ts";
import { whole } from "./measure.ts";

/**
 * Judges the labelled metadata of real models, with their names and with every name removed: how many verdicts are
 * right, how well the probabilities keep their word, and how many verdicts a second. `npm run bench:verdicts`.
 */
const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "10" } } });

/** How often each folder is copied, to have many models that were never seen. */
const COPIES = 10;
const BINS = [
  [0, 0.3],
  [0.3, 0.5],
  [0.5, 0.7],
  [0.7, 0.8],
  [0.8, 0.9],
  [0.9, 0.95],
  [0.95, 0.99],
  [0.99, 2],
] as const;

/** The built program's library, as it runs at its users'. */
const built: { readonly inspect: typeof inspect } = await import(
  new URL("../dist/index.js", import.meta.url).href
);

if (LABELLED_FOLDER === undefined) {
  console.log("skipped: the labelled metadata (../shared/data/metadata) is not there");
} else {
  const nameless = mkdtempSync(join(tmpdir(), "basewise-verdicts-"));
  try {
    await measure(labelledModels(LABELLED_FOLDER), nameless);
  } finally {
    rmSync(nameless, { recursive: true });
  }
}

interface Judged {
  readonly model: LabelledModel;
  readonly verdict: Verdict;
}

async function measure(models: readonly LabelledModel[], nameless: string): Promise<void> {
  report("names alone, of the Qwen family", judgeNames());
  const named = await Promise.all(models.map((model) => judgeAs(model, model.folder, model.name)));
  report("names visible", named);
  for (const model of models) {
    mkdirSync(join(nameless, model.slug));
    withoutNames(model.folder, join(nameless, model.slug));
  }
  report(
    "every name removed",
    await Promise.all(models.map((model) => judgeAs(model, join(nameless, model.slug), undefined))),
  );
  const folders = models.map(({ folder }) => folder);
  await measureSpeed(folders, copiesOf(folders, join(nameless, "copies")));
}

/** Copies of the folders whose templates nobody has seen: each ends in a comment of its own. */
function copiesOf(folders: readonly string[], place: string): string[] {
  return Array.from({ length: COPIES }, (_, copy) => copy).flatMap((copy) =>
    folders.map((folder, at) => {
      const path = join(place, `${copy}-${at}`);
      cpSync(folder, path, { recursive: true });
      const comment = `{# ${copy}-${at} #}`;
      const jinja = join(path, "chat_template.jinja");
      if (existsSync(jinja)) writeFileSync(jinja, readFileSync(jinja, "utf8") + comment);
      const settings = join(path, "tokenizer_config.json");
      if (existsSync(settings)) {
        const read = JSON.parse(readFileSync(settings, "utf8"));
        if (typeof read.chat_template === "string") read.chat_template += comment;
        writeFileSync(settings, JSON.stringify(read));
      }
      return path;
    }),
  );
}

async function measureSpeed(seen: readonly string[], copies: readonly string[]): Promise<void> {
  const perSecond = async (folders: readonly string[], rounds: number): Promise<string> => {
    const start = performance.now();
    const cpu = process.cpuUsage();
    for (let round = 0; round < rounds; round++)
      await Promise.all(folders.map((folder) => built.inspect(folder)));
    const count = rounds * folders.length;
    const { user, system } = process.cpuUsage(cpu);
    return `${whole((1000 * count) / (performance.now() - start))} (${((user + system) / 1000 / count).toFixed(1)} ms of a core each)`;
  };
  // The first pass starts the process that renders, meets every template anew, and has its code compiled.
  console.log(`\nverdicts a second (target 300): in the first pass ${await perSecond(seen, 1)}`);
  console.log(`then of ${copies.length} models with templates never seen ${await perSecond(copies, 1)}`);
  console.log(`then, every template known, ${await perSecond(seen, Number(options.rounds))}`);
}

function judgeNames(): Judged[] {
  const named = LABELLED_FOLDER === undefined ? [] : namedModels(LABELLED_FOLDER);
  return named.map(({ id, stages }) => ({
    model: { slug: id, folder: "", name: id, kind: stages.join("/"), stages, detail: /./, traps: [] },
    verdict: judge({
      ...blankFacts(id, "Hugging Face folder"),
      names: [{ from: "reference", name: id }],
    }),
  }));
}

async function judgeAs(model: LabelledModel, folder: string, name: string | undefined): Promise<Judged> {
  const names: NameFact[] = name === undefined ? [] : [{ from: "reference", name }];
  const facts = factsOfFolder(name ?? "model", names, await readModelFolder(filesOfFolder(folder)));
  return { model, verdict: judge(await withReading(facts)) };
}

function right({ model, verdict }: Judged): boolean {
  return isRight(model, verdict);
}

function report(title: string, judged: readonly Judged[]): void {
  const correct = judged.filter(right);
  const sure = judged.filter(({ verdict }) => (verdict.probability ?? 0) >= 0.9);
  const surelyWrong = sure.filter((one) => !right(one));
  console.log(`\n## ${title}`);
  console.log(
    `${correct.length} of ${judged.length} right (${percent(correct.length / judged.length)}); ` +
      `${surelyWrong.length} of ${sure.length} wrong among those given with 0.9 or more (${percent(surelyWrong.length / Math.max(1, sure.length))})`,
  );
  console.log("probability  verdicts  right");
  for (const [from, to] of BINS) {
    const inBin = judged.filter(
      ({ verdict }) => (verdict.probability ?? 0) >= from && (verdict.probability ?? 0) < to,
    );
    if (inBin.length === 0) continue;
    const share = inBin.filter(right).length / inBin.length;
    console.log(
      `${from.toFixed(2)}–${Math.min(1, to).toFixed(2)}    ${String(inBin.length).padStart(8)}  ${percent(share).padStart(5)}`,
    );
  }
  for (const one of judged) if (!right(one)) printMiss(one);
}

function printMiss({ model, verdict }: Judged): void {
  const given = verdict.stage === null ? "unknown" : `${verdict.stage} ${verdict.probability.toFixed(3)}`;
  console.log(
    `  ${model.slug} (${model.kind}${model.traps.length > 0 ? `; ${model.traps.join(", ")}` : ""}): ${given}, ${verdict.detail.en}`,
  );
  for (const { weight, says, fitsToo, source, text } of verdict.evidence) {
    console.log(
      `      ${weight.toFixed(1).padStart(5)} ${[says, ...fitsToo].join("/")} by ${source}: ${text.en}`,
    );
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
