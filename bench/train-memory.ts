import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkRecipe } from "../src/train/read-recipe.ts";
import { train } from "../src/train/run/train.ts";

/** What a run is foreseen to take of memory, beside the most that its process has taken. */
const folder = await mkdtemp(join(tmpdir(), "basewise-memory-"));
const words = ["red", "green", "blue", "cat", "dog", "runs", "sleeps", "小猫", "喜欢", "苹果"];
const texts = Array.from({ length: 400 }, (_, i) => ({
  text: Array.from({ length: 200 }, (_, k) => words[(k * k + 3 * k + i) % words.length]).join(" "),
}));
const data = join(folder, "texts.jsonl");
await writeFile(data, texts.map((row) => JSON.stringify(row)).join("\n"));

const common = {
  name: "memory",
  license: "Apache-2.0",
  seed: 1,
  steps: 3,
  threads: 1,
  data: [data],
  optimizer: { learningRate: 0.001, warmupSteps: 1 },
};
const model = (hiddenSize: number, layers: number) => ({
  hiddenSize,
  layers,
  heads: hiddenSize / 64,
  kvHeads: hiddenSize / 128,
  headSize: 64,
  feedForwardSize: 3 * hiddenSize,
  context: 512,
});
const tokenizer = { vocabularySize: 300 };
const runs = [
  { kind: "pretrain", tokenizer, model: model(256, 4), batch: { time: 256, batch: 8 } },
  { kind: "pretrain", tokenizer, model: model(512, 8), batch: { time: 256, batch: 4 } },
  { kind: "pretrain", tokenizer, model: model(512, 8), batch: { time: 256, batch: 1, accumulate: 4 } },
  { kind: "pretrain", tokenizer, model: model(512, 8), batch: { time: 512, batch: 4 }, checkpointing: true },
  { kind: "adapt", from: "mini-base", batch: { time: 512, batch: 8 } },
  { kind: "adapt", from: "mini-base", adapter: { rank: 16 }, batch: { time: 512, batch: 8 } },
  {
    kind: "adapt",
    from: "mini-base",
    adapter: { rank: 16 },
    batch: { time: 512, batch: 8 },
    evaluation: { share: 0.02, every: 3, samples: 0 },
  },
];
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
for (const [i, run] of runs.entries()) {
  const recipe = checkRecipe({ ...common, ...run, output: join(folder, `run-${i}`) }, "bench");
  let foreseen = 0;
  for await (const event of train(recipe)) {
    if (event.event === "start") foreseen = event.memoryBytes ?? 0;
    if (event.event === "done") {
      const error = ((foreseen / event.peakBytes - 1) * 100).toFixed(1);
      const { kind, batch } = recipe;
      const shape = `${batch.time} x ${batch.batch}`;
      process.stdout.write(
        `${i} ${kind} ${shape}: foreseen ${mebibytes(foreseen)} MiB, taken ${mebibytes(event.peakBytes)} MiB (${error} %)\n`,
      );
    }
  }
}
await rm(folder, { recursive: true, force: true });
