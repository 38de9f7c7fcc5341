import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecipe } from "../../src/train/read-recipe.ts";
import { train } from "../../src/train/run/train.ts";
import { baseCard, instructCard, type Lesson } from "./card.ts";
import { writeBalance, writeConversations, writeDocuments } from "./data.ts";
import { evaluateChat, evaluateText } from "./evaluate.ts";

/**
 * Makes the miniature pair from nothing: text and conversations from the seeded generators, the base and the instruct
 * from the recipes beside this file, then the measurements and the model cards. What an interrupted run has
 * finished is not done again.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const models = join(here, "..");
const work = join(here, "../../build/mini");

const started = performance.now();
const say = (line: string) =>
  process.stderr.write(`${((performance.now() - started) / 60_000).toFixed(1)} min  ${line}\n`);

async function learn(name: "base" | "instruct" | "balance"): Promise<Lesson> {
  const recipe = await readRecipe(join(here, `${name}.yaml`));
  let parameters = 0;
  for await (const event of train(recipe)) {
    if (event.event === "start") {
      parameters = event.parameters;
      const { items, tokens, tooLong, epochs } = event.data;
      say(
        `${name}: ${parameters} parameters, ${items} items of ${tokens} tokens (${tooLong} too long), ` +
          `${recipe.steps} steps = ${epochs.toFixed(2)} epochs, from step ${event.resumedAt}`,
      );
    } else if (event.event === "step" && event.step % 50 === 0) {
      say(
        `${name}: step ${event.step}/${event.steps}  loss ${event.loss.toFixed(3)}  ` +
          `${Math.round(event.tokensPerSecond)} tokens/s  ${Math.ceil(event.secondsLeft / 60)} min left`,
      );
    }
  }
  const metrics = await readFile(join(recipe.output, "metrics.jsonl"), "utf8");
  const losses = metrics
    .trim()
    .split("\n")
    .map((line): number => JSON.parse(line).loss);
  return { recipe, parameters, losses };
}

await mkdir(work, { recursive: true });
say("writing texts and conversations");
await writeDocuments(join(work, "documents.jsonl"));
await writeConversations(join(work, "conversations.jsonl"));
await writeBalance(join(work, "balance.jsonl"));
const base = await learn("base");
const instruct = await learn("instruct");
const balance = await learn("balance");
for (const [name, { recipe }] of [
  ["base", base],
  ["instruct", balance],
] as const) {
  await copyFile(join(recipe.output, "model-q8_0.gguf"), join(models, `mini-${name}.gguf`));
}
say("measuring");
const tokensRead = base.recipe.steps * base.recipe.batch.time * base.recipe.batch.batch;
const failures: string[] = [];
const baseFile = join(models, "mini-base.gguf");
const evaluation = {
  bitsPerByte: await evaluateText(baseFile, join(work, "documents.jsonl"), tokensRead),
  ...(await evaluateChat(join(models, "mini-instruct.gguf"), baseFile, (line) => failures.push(line))),
};
await writeFile(join(work, "failures.txt"), `${failures.join("\n")}\n`);
await writeFile(join(models, "evaluation.json"), `${JSON.stringify(evaluation, undefined, 2)}\n`);
await writeFile(join(models, "mini-base.md"), baseCard(base, evaluation));
await writeFile(join(models, "mini-instruct.md"), instructCard(instruct, balance, evaluation));
say("done");
process.stdout.write(`${JSON.stringify(evaluation, undefined, 2)}\n`);
