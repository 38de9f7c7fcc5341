import { createHash } from "node:crypto";
import { CHATML_TEMPLATE, END_OF_TEXT, TURN_END, TURN_START } from "../chat/chatml.ts";
import { BadFileError, BadInputError } from "../errors.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import { printable } from "../printable.ts";
import { type ModelConfig, qwen3Config } from "./arch/config.ts";
import type { BatchShape } from "./batch.ts";
import { ConversationBatches } from "./conversations.ts";
import { type DataCounts, prepareConversations, prepareTexts } from "./data/prepare.ts";
import { type Batches, DocumentBatches } from "./documents.ts";
import type { ModelRecord } from "./export.ts";
import { fingerprint } from "./fingerprint.ts";
import type { HeldOut } from "./held-out.ts";
import { readModelFile, type TrainableModel } from "./model-file.ts";
import { Random } from "./random.ts";
import type { PretrainRecipe, Recipe, SftRecipe } from "./recipe.ts";
import { initialWeights, type WeightValues } from "./trainer.ts";

/** What a recipe comes down to: a model to start from and what to learn. */
export interface Job {
  readonly record: ModelRecord;
  readonly weights: WeightValues;
  readonly batches: Batches;
  /** What is measured but not learned from. */
  readonly heldOut?: HeldOut;
  readonly data: DataCounts;
  readonly fingerprint: string;
}

const CONTROL_TOKENS = [END_OF_TEXT, TURN_START, TURN_END];

/** Reads what the recipe names and lays it out. Throws BadFileError and BadInputError. */
export function prepare(recipe: Recipe): Promise<Job> {
  return recipe.kind === "pretrain" ? pretrainJob(recipe) : sftJob(recipe);
}

async function pretrainJob(recipe: PretrainRecipe): Promise<Job> {
  const { tokenizer, streams, heldOut, data } = await prepareTexts(recipe, CONTROL_TOKENS, END_OF_TEXT);
  const { vocabulary } = tokenizer;
  const shape = stepShape(recipe);
  const perStep = shape.time * shape.batch;
  const batches = new DocumentBatches(streams, tokenizer.controlId(END_OF_TEXT), shape, recipe.seed);
  if (batches.stepsPerEpoch === 0) {
    throw new BadInputError({
      en: `The data holds ${data.tokens} tokens but one step needs ${perStep}; add text or lower batch.`,
      zh: `数据只有 ${data.tokens} 个词元，而每步需要 ${perStep} 个；请增加文本或减小 batch。`,
    });
  }
  const config = qwen3Config({ ...recipe.model, vocabularySize: vocabulary.tokens.length });
  const weights = streams.map(({ weight }) => weight).join();
  return {
    record: modelRecord(recipe, "base", config, vocabulary, CHATML_TEMPLATE, END_OF_TEXT),
    weights: initialWeights(config, new Random(recipe.seed), recipe),
    batches,
    ...(heldOut === undefined ? {} : { heldOut }),
    data,
    fingerprint: fingerprint(
      settings(recipe),
      ...(weights === "1" ? [] : [weights]),
      ...streams.map(({ stream }) => new Uint8Array(stream.buffer)),
    ),
  };
}

async function sftJob(recipe: SftRecipe): Promise<Job> {
  const base = await readModelFile(recipe.from);
  requireOwnShape(recipe.from, base);
  if (recipe.batch.time > base.config.context) {
    throw new BadFileError(recipe.from, {
      en: `${recipe.from} was made for ${base.config.context} tokens; lower batch.time to that.`,
      zh: `${recipe.from} 的上下文为 ${base.config.context} 个词元；请将 batch.time 降到该值以内。`,
    });
  }
  const { portions, heldOut, turnEnd = TURN_END, data } = await prepareConversations(recipe, base);
  const dataHash = createHash("sha256").update(recipe.packing);
  for (const { items, weight } of portions) {
    dataHash.update(`${weight}`);
    for (const { ids, runs } of items) dataHash.update(ids).update(JSON.stringify(runs));
  }
  const weightsHash = createHash("sha256");
  for (const values of base.weights.values()) weightsHash.update(values);
  const { config, vocabulary, chatTemplate = CHATML_TEMPLATE } = base;
  return {
    record: modelRecord(recipe, "instruct", config, vocabulary, chatTemplate, turnEnd),
    weights: base.weights,
    batches: new ConversationBatches(portions, stepShape(recipe), recipe.seed, recipe.packing),
    ...(heldOut === undefined ? {} : { heldOut }),
    data,
    fingerprint: fingerprint(settings(recipe), weightsHash.digest("hex"), dataHash.digest("hex")),
  };
}

/** Tuning writes the one shape that pretraining makes: of any other model the file would say what is not so. */
function requireOwnShape(path: string, { config, header }: TrainableModel): void {
  const { architecture, tied, biases, ropeScaling, ropeFactors } = config;
  const split = header.metadata.string("tokenizer.ggml.pre");
  const isOwn =
    architecture === "qwen3" && tied && biases.length === 0 && ropeScaling.kind === "none" && !ropeFactors;
  if (isOwn && split === "qwen2") return;
  throw new BadFileError(path, {
    en: `${printable(path)} cannot be tuned yet (${architecture}, ${tied ? "tied" : "own"} head, text split as ${printable(split ?? "unknown")}); take a model that a pretrain recipe made, such as mini-base.`,
    zh: `暂时无法微调 ${printable(path)}（${architecture}，${tied ? "共享" : "独立"}输出层，文本切分方式为 ${printable(split ?? "未知")}）；请使用 pretrain 配方训练出的模型，例如 mini-base。`,
  });
}

/** What one step reads. */
function stepShape({ batch: { time, batch, accumulate } }: Recipe): BatchShape {
  return { time, batch: batch * accumulate };
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
  endToken: string,
): ModelRecord {
  return {
    name: recipe.name,
    stage,
    ...(recipe.counterpart === undefined ? {} : { counterpart: recipe.counterpart }),
    config,
    vocabulary,
    chatTemplate,
    endToken,
    license: recipe.license,
    languages: recipe.languages,
  };
}
