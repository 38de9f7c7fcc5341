// A model from nothing in a few seconds: a recipe is data, a run tells of every step, and what comes out is a file that
// says of itself that it is a base. (It learns one sentence by heart; a useful recipe is models/make/base.yaml.)
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, open, readRecipe, train } from "basewise";

const folder = mkdtempSync(join(tmpdir(), "basewise-"));
const sentence = "The red cat sleeps on the blue chair and the dog runs. ";
writeFileSync(join(folder, "text.txt"), sentence.repeat(60));
writeFileSync(
  join(folder, "recipe.yaml"),
  `kind: pretrain
name: my-tiny
license: Apache-2.0
seed: 1
threads: 1
steps: 60
data: [text.txt]
output: run
tokenizer: { vocabularySize: 280 }
model: { hiddenSize: 32, layers: 1, heads: 2, kvHeads: 1, headSize: 32, feedForwardSize: 64, context: 64 }
batch: { time: 32, batch: 4 }
optimizer: { learningRate: 0.01, warmupSteps: 5 }
`,
);
try {
  let file = "";
  for await (const event of train(await readRecipe(join(folder, "recipe.yaml")))) {
    if (event.event === "step" && (event.step === 1 || event.step % 20 === 0)) {
      console.log(`step ${event.step}  loss ${event.loss.toFixed(2)}`);
    }
    if (event.event === "done") file = event.files.find((one) => one.includes("f32")) ?? "";
  }
  console.log(`stage: ${(await inspect(file)).stage}`);
  await using model = await open(file, { for: "complete" });
  const { text } = await model.complete("The red cat", { maxTokens: 16, sampling: { temperature: 0 } })
    .result;
  console.log(`The red cat${text}`);
} finally {
  rmSync(folder, { recursive: true });
}
