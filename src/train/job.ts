import { createHash } from "node:crypto";
import { CHATML_TEMPLATE, END_OF_TEXT, TURN_END, TURN_START } from "../chat/chatml.ts";
import { BadFileError, BadInputError } from "../errors.ts";
import type { TextTokenizer } from "../formats/tokenizer/text-tokenizer.ts";
import { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import { printable } from "../printable.ts";
import type { FrozenParent } from "./adapter/frozen.ts";
import { type ModelConfig, qwen3Config } from "./arch/config.ts";
import type { BatchShape } from "./batch.ts";
import { packed } from "./data/packing.ts";
import {
  type DataCounts,
  type PreparedTexts,
  prepareConversations,
  preparePairs,
  prepareTexts,
} from "./data/prepare.ts";
import type { LayoutCounts } from "./data/use-conversations.ts";
import { type Batches, DocumentBatches } from "./documents.ts";
import { withTokens } from "./extend.ts";
import { fingerprint } from "./fingerprint.ts";
import type { HeldOut } from "./held-out.ts";
import { learnedFrom, newTokensOf } from "./learned.ts";
import { beginOf } from "./model-file.ts";
import { PackedBatches } from "./packed-batches.ts";
import { endOfDocument, openParent, type Parent } from "./parent.ts";
import type { Comparison } from "./preference/loss.ts";
import { packedPairs, segmentsOf } from "./preference/pair.ts";
import { Random } from "./random.ts";
import type { AdaptRecipe, DpoRecipe, PretrainRecipe, Recipe, SftRecipe, TuningRecipe } from "./recipe.ts";
import { pretrainedResults, type Results } from "./results.ts";
import { trainTokenizer } from "./tokenizer.ts";
import { initialWeights, type WeightValues } from "./trainer.ts";
import type { TunedRecord } from "./tuned-file.ts";

/** What a recipe comes down to: a model to start from and what to learn. */
export interface Job {
  readonly config: ModelConfig;
  /** Reads or makes what is learned, as it is at the start: all weights, or those of an adapter beside `frozen` ones. */
  readonly weights: () => WeightValues;
  readonly frozen?: FrozenParent;
  readonly tokenizer: TextTokenizer;
  readonly batches: Batches;
  /** What is measured but not learned from. */
  readonly heldOut?: HeldOut;
  readonly data: DataCounts;
  readonly fingerprint: string;
  readonly results: Results;
  /** The model that it starts from, where there is one. */
  readonly parent?: Parent;
  /** What laying conversations out showed. */
  readonly layout?: LayoutCounts;
  /** How answers are compared, where preferences are learned. */
  readonly comparison?: Comparison;
}

const CONTROL_TOKENS = [END_OF_TEXT, TURN_START, TURN_END];

/** Reads what the recipe names and lays it out. Throws BadFileError, BadInputError and what `openParent` throws. */
export function prepare(recipe: Recipe): Promise<Job> {
  switch (recipe.kind) {
    case "pretrain":
      return pretrainJob(recipe);
    case "adapt":
      return adaptJob(recipe);
    case "sft":
      return sftJob(recipe);
    case "dpo":
      return dpoJob(recipe);
  }
}

async function pretrainJob(recipe: PretrainRecipe): Promise<Job> {
  const texts = await prepareTexts(recipe, (all) => {
    const tokenizer = new Tokenizer(
      trainTokenizer(all, { ...recipe.tokenizer, controlTokens: CONTROL_TOKENS }),
    );
    return { tokenizer, end: tokenizer.controlId(END_OF_TEXT) };
  });
  const { vocabulary } = texts.encoding.tokenizer;
  const config = qwen3Config({ ...recipe.model, vocabularySize: vocabulary.tokens.length });
  return {
    ...textJob(recipe, texts),
    config,
    weights: () => initialWeights(config, new Random(recipe.seed), recipe),
    fingerprint: fingerprint(settings(recipe), ...textParts(texts)),
    results: pretrainedResults({
      ...labels(recipe),
      stage: "base",
      config,
      vocabulary,
      chatTemplate: CHATML_TEMPLATE,
      endToken: END_OF_TEXT,
    }),
  };
}

async function adaptJob(recipe: AdaptRecipe): Promise<Job> {
  const parent = await openFitting(recipe);
  const end = endOfDocument(parent);
  if (end === undefined) throw noEndOfText(parent.path);
  const encoding = { tokenizer: parent.tokenizer, begin: beginOf(parent.header.metadata), end };
  const texts = await prepareTexts(recipe, () => encoding);
  // Raw text teaches no turns: what the model was before, it is said to be still.
  const record = {
    ...labels(recipe),
    ...(parent.stage === undefined ? {} : { stage: parent.stage }),
    parent,
  };
  const learned = learnedFrom(parent, recipe, record);
  return {
    ...textJob(recipe, texts),
    ...learned,
    fingerprint: fingerprint(settings(recipe), parent.hash, ...textParts(texts)),
    parent,
  };
}

/** What pretraining and adapting have in common: rows of packed texts. */
function textJob(
  recipe: PretrainRecipe | AdaptRecipe,
  { encoding: { tokenizer, end }, streams, heldOut, data }: PreparedTexts<TextTokenizer>,
): Pick<Job, "tokenizer" | "batches" | "heldOut" | "data"> {
  const shape = stepShape(recipe);
  const perStep = shape.time * shape.batch;
  const batches = new DocumentBatches(streams, end, shape, recipe.seed);
  if (batches.stepsPerEpoch === 0) {
    throw new BadInputError({
      en: `The data holds ${data.tokens} tokens but one step needs ${perStep}; add text or lower batch.`,
      zh: `数据只有 ${data.tokens} 个词元，而每步需要 ${perStep} 个；请增加文本或减小 batch。`,
    });
  }
  return { tokenizer, batches, ...(heldOut === undefined ? {} : { heldOut }), data };
}

/** The texts as parts of a fingerprint. */
function textParts({ streams }: PreparedTexts<TextTokenizer>): (string | Uint8Array)[] {
  const weights = streams.map(({ weight }) => weight).join();
  return [
    ...(weights === "1" ? [] : [weights]),
    ...streams.map(({ stream }) => new Uint8Array(stream.buffer)),
  ];
}

async function sftJob(recipe: SftRecipe): Promise<Job> {
  const parent = await openFitting(recipe);
  const { portions, heldOut, turnEnd, data, counts } = await prepareConversations(recipe, parent);
  const dataHash = createHash("sha256").update(recipe.packing);
  for (const { items, weight } of portions) {
    dataHash.update(`${weight}`);
    for (const { ids, runs } of items) dataHash.update(ids).update(JSON.stringify(runs));
  }
  return {
    ...learnedFrom(parent, recipe, conversationRecord(recipe, parent, turnEnd)),
    tokenizer: parent.tokenizer,
    batches: new PackedBatches(portions, stepShape(recipe), recipe.seed, (samples, time, random) =>
      packed(samples, time, recipe.packing, random),
    ),
    ...(heldOut === undefined ? {} : { heldOut }),
    data,
    fingerprint: fingerprint(settings(recipe), parent.hash, dataHash.digest("hex")),
    parent,
    layout: counts,
  };
}

async function dpoJob(recipe: DpoRecipe): Promise<Job> {
  const parent = await openFitting(recipe);
  const { portions, heldOut, turnEnd, data, counts } = await preparePairs(recipe, parent);
  const dataHash = createHash("sha256");
  for (const { items, weight } of portions) {
    dataHash.update(`${weight}`);
    for (const { ids, runs } of items.flatMap(segmentsOf)) dataHash.update(ids).update(JSON.stringify(runs));
  }
  const comparison = comparisonOf(recipe);
  return {
    ...learnedFrom(parent, recipe, conversationRecord(recipe, parent, turnEnd)),
    tokenizer: parent.tokenizer,
    batches: new PackedBatches(portions, stepShape(recipe), recipe.seed, packedPairs),
    ...(heldOut === undefined ? {} : { heldOut }),
    data,
    fingerprint: fingerprint(
      settings(recipe),
      JSON.stringify(comparison),
      parent.hash,
      dataHash.digest("hex"),
    ),
    parent,
    layout: counts,
    comparison,
  };
}

/** Defaults: of DPO's paper, and SimPO's middle of what it recommends. */
function comparisonOf({ loss, beta, gamma = 1 }: DpoRecipe): Comparison {
  return loss === "simpo" ? { loss, beta: beta ?? 2, gamma } : { loss, beta: beta ?? 0.1 };
}

/** What a model says of itself that was tuned on answers to turns. */
function conversationRecord(
  recipe: SftRecipe | DpoRecipe,
  parent: Parent,
  turnEnd: string | undefined,
): TunedRecord {
  const { tokenizer, chatTemplate = CHATML_TEMPLATE } = parent;
  return {
    ...labels(recipe),
    stage: "instruct",
    parent,
    chatTemplate,
    ...(turnEnd === undefined ? {} : { endToken: tokenizer.controlId(turnEnd) }),
  };
}

/** The parent of a recipe, whose rows must fit its context; a row of preferences holds two answers. */
async function openFitting(recipe: TuningRecipe): Promise<Parent> {
  const { kind, from, output, batch } = recipe;
  const found = await openParent(from, output);
  const parent = await withTokens(found, newTokensOf(recipe), output);
  const { context } = parent.config;
  const most = kind === "dpo" ? 2 * context : context;
  if (batch.time <= most) return parent;
  throw new BadFileError(parent.path, {
    en: `${printable(from)} was made for ${context} tokens; lower batch.time to ${most}.`,
    zh: `${printable(from)} 的上下文为 ${context} 个词元；请将 batch.time 降到 ${most} 以内。`,
  });
}

function noEndOfText(path: string): BadFileError {
  const shown = printable(path);
  return new BadFileError(path, {
    en: `${shown} names no token that ends a text, so that documents cannot be told apart; take a model whose tokenizer has one.`,
    zh: `${shown} 没有结束文本的词元，无法分隔文档；请使用分词器含有该词元的模型。`,
  });
}

/** What one step reads. */
function stepShape({ batch: { time, batch, accumulate } }: Recipe): BatchShape {
  return { time, batch: batch * accumulate };
}

/** What decides the numbers of a run: not where its files lie or how often it saves. */
function settings(recipe: Recipe): string {
  const { kind, seed, steps, batch, optimizer, precision } = recipe;
  const own =
    recipe.kind === "pretrain" ? { inductionHeads: recipe.inductionHeads } : { adapter: recipe.adapter };
  return JSON.stringify({ kind, seed, steps, batch, ...own, optimizer, precision });
}

/** What a recipe says of the model that comes of it. */
function labels({ name, counterpart, license, languages }: Recipe) {
  return { name, ...(counterpart === undefined ? {} : { counterpart }), license, languages };
}
