import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CHATML_TEMPLATE, END_OF_TEXT, TURN_END, TURN_START } from "../chat/chatml.ts";
import { BadFileError, BadInputError } from "../errors.ts";
import { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import { type ModelConfig, qwen3Config } from "./arch/config.ts";
import { placesOf } from "./batch.ts";
import { fingerprint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { ConversationBatches, conversationSegment } from "./conversations.ts";
import { readConversations, readDocuments } from "./data.ts";
import { type Batches, DocumentBatches, packDocuments } from "./documents.ts";
import { exportGguf, type ModelRecord } from "./export.ts";
import { readModelFile } from "./model-file.ts";
import { Random } from "./random.ts";
import type { PretrainRecipe, Recipe, SftRecipe } from "./recipe.ts";
import { trainTokenizer } from "./tokenizer.ts";
import { initialWeights, Trainer, type WeightValues } from "./trainer.ts";

/** What a run tells while it goes on. */
export type TrainEvent =
  | {
      readonly event: "start";
      readonly parameters: number;
      readonly steps: number;
      /** Steps that an earlier, interrupted start of this run had done. */
      readonly resumedAt: number;
      readonly data: DataReport;
      /** Bytes of native memory. */
      readonly memoryBytes: number;
    }
  | {
      readonly event: "step";
      /** Counts from 1. */
      readonly step: number;
      readonly steps: number;
      /** Mean loss over trained tokens, in nats. */
      readonly loss: number;
      readonly gradientNorm: number;
      readonly learningRate: number;
      readonly trainedTokens: number;
      readonly tokensPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly event: "checkpoint"; readonly step: number }
  | { readonly event: "done"; readonly step: number; readonly files: readonly string[] };

/** What became of the data: every item is used or counted as left out, with the reason. */
export interface DataReport {
  readonly items: number;
  readonly tokens: number;
  readonly trainedTokens: number;
  /** Conversations longer than a row. */
  readonly tooLong: number;
  readonly epochs: number;
}

/** What a recipe comes down to: a model to start from and what to learn. */
interface Job {
  readonly record: ModelRecord;
  readonly weights: WeightValues;
  readonly batches: Batches;
  readonly data: Omit<DataReport, "epochs">;
  readonly fingerprint: string;
}

const CONTROL_TOKENS = [END_OF_TEXT, TURN_START, TURN_END];

/**
 * Runs a recipe from its last checkpoint or from the start, and writes `model-f32.gguf` and `model-q8_0.gguf` into its
 * output folder. Aborting saves a checkpoint; the same call then goes on to the same losses, bit by bit.
 */
export async function* train(
  recipe: Recipe,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<TrainEvent> {
  await mkdir(recipe.output, { recursive: true });
  const job =
    recipe.kind === "pretrain" ? await prepareDocuments(recipe) : await prepareConversations(recipe);
  const checkpoints = join(recipe.output, "checkpoint");
  const saved = await loadCheckpoint(checkpoints, job.fingerprint);
  using trainer = new Trainer({
    config: job.record.config,
    weights: job.weights,
    optimizer: recipe.optimizer,
    shape: recipe.batch,
    precision: recipe.precision,
    threads: recipe.threads,
  });
  if (saved !== undefined) trainer.restore(saved.state);
  const resumedAt = saved?.step ?? 0;
  const epochs = recipe.steps / job.batches.stepsPerEpoch;
  const parameters = [...job.weights.values()].reduce((sum, values) => sum + values.length, 0);
  const memoryBytes = trainer.byteCount;
  yield {
    event: "start",
    parameters,
    steps: recipe.steps,
    resumedAt,
    data: { ...job.data, epochs },
    memoryBytes,
  };

  const metrics = join(recipe.output, "metrics.jsonl");
  await keepLines(metrics, resumedAt);
  const started = performance.now();
  for (let step = resumedAt; step < recipe.steps; step++) {
    const before = performance.now();
    const result = await trainer.step(job.batches.at(step), step, recipe.steps);
    const now = performance.now();
    const event: TrainEvent = {
      event: "step",
      step: step + 1,
      steps: recipe.steps,
      ...result,
      tokensPerSecond: (recipe.batch.time * recipe.batch.batch * 1000) / (now - before),
      secondsLeft: ((now - started) / 1000 / (step + 1 - resumedAt)) * (recipe.steps - step - 1),
    };
    await appendFile(metrics, `${JSON.stringify(event)}\n`);
    yield event;
    const stopped = signal?.aborted ?? false;
    if (stopped || (step + 1) % recipe.checkpointEvery === 0 || step + 1 === recipe.steps) {
      await saveCheckpoint(checkpoints, job.fingerprint, step + 1, trainer.state());
      yield { event: "checkpoint", step: step + 1 };
    }
    if (stopped) return;
  }

  const files = [];
  for (const type of ["f32", "q8_0"] as const) {
    const path = join(recipe.output, `model-${type}.gguf`);
    await exportGguf(path, job.record, trainer.weights(), type);
    files.push(path);
  }
  yield { event: "done", step: recipe.steps, files };
}

/** Drops the lines of steps that come after the checkpoint: they are done again. */
async function keepLines(path: string, count: number): Promise<void> {
  const text = count === 0 ? "" : await readFile(path, "utf8");
  const kept = text.split("\n").slice(0, count);
  await writeFile(path, kept.map((line) => `${line}\n`).join(""));
}

async function prepareDocuments(recipe: PretrainRecipe): Promise<Job> {
  const texts = (await Promise.all(recipe.data.map(readDocuments))).flat();
  const vocabulary = trainTokenizer(texts, { ...recipe.tokenizer, controlTokens: CONTROL_TOKENS });
  const tokenizer = new Tokenizer(vocabulary);
  const endOfText = tokenizer.controlId(END_OF_TEXT);
  const stream = packDocuments(texts, tokenizer, endOfText);
  const perStep = recipe.batch.time * recipe.batch.batch;
  if (stream.length <= perStep) {
    throw new BadInputError({
      en: `The data holds ${stream.length} tokens but one step needs ${perStep}; add text or lower batch.`,
      zh: `数据只有 ${stream.length} 个词元，而每步需要 ${perStep} 个；请增加文本或减小 batch。`,
    });
  }
  const config = qwen3Config({ ...recipe.model, vocabularySize: vocabulary.tokens.length });
  return {
    record: modelRecord(recipe, "base", config, vocabulary, CHATML_TEMPLATE),
    weights: initialWeights(config, new Random(recipe.seed), recipe),
    batches: new DocumentBatches(stream, endOfText, recipe.batch, recipe.seed),
    data: { items: texts.length, tokens: stream.length, trainedTokens: stream.length, tooLong: 0 },
    fingerprint: fingerprint(settings(recipe), new Uint8Array(stream.buffer)),
  };
}

async function prepareConversations(recipe: SftRecipe): Promise<Job> {
  const base = await readModelFile(recipe.from);
  const tokenizer = new Tokenizer(base.vocabulary);
  const conversations = (await Promise.all(recipe.data.map(readConversations))).flat();
  const all = conversations.map((messages) => conversationSegment(messages, tokenizer));
  const segments = all.filter((segment) => placesOf(segment) <= recipe.batch.time);
  if (segments.length === 0) {
    throw new BadInputError({
      en: `None of the ${all.length} conversations fits a row of ${recipe.batch.time} tokens; raise batch.time or shorten them.`,
      zh: `${all.length} 个对话都超过一行的 ${recipe.batch.time} 个词元；请增大 batch.time 或缩短对话。`,
    });
  }
  if (recipe.batch.time > base.config.context) {
    throw new BadFileError(recipe.from, {
      en: `${recipe.from} was made for ${base.config.context} tokens; lower batch.time to that.`,
      zh: `${recipe.from} 的上下文为 ${base.config.context} 个词元；请将 batch.time 降到该值以内。`,
    });
  }
  const trainedTokens = segments.reduce(
    (sum, { ids, trained }) => sum + Array.from(ids).filter((_, i) => trained?.(i)).length,
    0,
  );
  const weightsHash = createHash("sha256");
  for (const values of base.weights.values()) weightsHash.update(values);
  return {
    record: modelRecord(
      recipe,
      "instruct",
      base.config,
      base.vocabulary,
      base.chatTemplate ?? CHATML_TEMPLATE,
    ),
    weights: base.weights,
    batches: new ConversationBatches(segments, recipe.batch, recipe.seed),
    data: {
      items: all.length,
      tokens: segments.reduce((sum, { ids }) => sum + ids.length, 0),
      trainedTokens,
      tooLong: all.length - segments.length,
    },
    fingerprint: fingerprint(settings(recipe), weightsHash.digest("hex"), JSON.stringify(conversations)),
  };
}

/** What decides the numbers of a run: not where its files lie or how often it saves. */
function settings(recipe: Recipe): string {
  const { kind, seed, steps, batch, optimizer, precision } = recipe;
  const inductionHeads = recipe.kind === "pretrain" ? recipe.inductionHeads : undefined;
  return JSON.stringify({ kind, seed, steps, batch, inductionHeads, optimizer, precision });
}

function modelRecord(
  recipe: Recipe,
  stage: "base" | "instruct",
  config: ModelConfig,
  vocabulary: Vocabulary,
  chatTemplate: string,
): ModelRecord {
  return {
    name: recipe.name,
    stage,
    ...(recipe.counterpart === undefined ? {} : { counterpart: recipe.counterpart }),
    config,
    vocabulary,
    chatTemplate,
    endToken: stage === "base" ? END_OF_TEXT : TURN_END,
    license: recipe.license,
    languages: recipe.languages,
  };
}
