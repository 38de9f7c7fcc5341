import { createHash } from "node:crypto";
import { CHATML_TEMPLATE, END_OF_TEXT, TURN_END, TURN_START } from "../chat/chatml.ts";
import { BadFileError, BadInputError } from "../errors.ts";
import { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import { type ModelConfig, qwen3Config } from "./arch/config.ts";
import { type BatchShape, placesOf } from "./batch.ts";
import { ConversationBatches, conversationSegment } from "./conversations.ts";
import { readConversations, readDocuments } from "./data.ts";
import { type Batches, DocumentBatches, packDocuments } from "./documents.ts";
import type { ModelRecord } from "./export.ts";
import { fingerprint } from "./fingerprint.ts";
import { type HeldOut, heldOutConversations, heldOutDocuments, holdOut } from "./held-out.ts";
import { readModelFile } from "./model-file.ts";
import { Random } from "./random.ts";
import type { PretrainRecipe, Recipe, SftRecipe } from "./recipe.ts";
import { trainTokenizer } from "./tokenizer.ts";
import { initialWeights, type WeightValues } from "./trainer.ts";

/** What became of the data: every item is used or counted as left out, with the reason. */
export interface DataReport {
  readonly items: number;
  readonly tokens: number;
  readonly trainedTokens: number;
  /** Conversations longer than a row. */
  readonly tooLong: number;
  /** Items that are measured but not learned from. */
  readonly heldOut: number;
  readonly epochs: number;
}

/** What a recipe comes down to: a model to start from and what to learn. */
export interface Job {
  readonly record: ModelRecord;
  readonly weights: WeightValues;
  readonly batches: Batches;
  /** What is measured but not learned from. */
  readonly heldOut?: HeldOut;
  readonly data: Omit<DataReport, "epochs">;
  readonly fingerprint: string;
}

const CONTROL_TOKENS = [END_OF_TEXT, TURN_START, TURN_END];

/** Reads what the recipe names and lays it out. Throws BadFileError and BadInputError. */
export function prepare(recipe: Recipe): Promise<Job> {
  return recipe.kind === "pretrain" ? prepareDocuments(recipe) : prepareConversations(recipe);
}

async function prepareDocuments(recipe: PretrainRecipe): Promise<Job> {
  const { kept: texts, heldOut } = await holdOut(recipe, readDocuments);
  const vocabulary = trainTokenizer(texts, { ...recipe.tokenizer, controlTokens: CONTROL_TOKENS });
  const tokenizer = new Tokenizer(vocabulary);
  const endOfText = tokenizer.controlId(END_OF_TEXT);
  const stream = packDocuments(texts, tokenizer, endOfText);
  const shape = stepShape(recipe);
  const perStep = shape.time * shape.batch;
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
    batches: new DocumentBatches(stream, endOfText, shape, recipe.seed),
    data: {
      items: texts.length,
      tokens: stream.length,
      trainedTokens: stream.length,
      tooLong: 0,
      heldOut: heldOut.length,
    },
    ...(heldOut.length === 0
      ? {}
      : { heldOut: heldOutDocuments(heldOut, tokenizer, endOfText, recipe.batch.time) }),
    fingerprint: fingerprint(settings(recipe), new Uint8Array(stream.buffer)),
  };
}

async function prepareConversations(recipe: SftRecipe): Promise<Job> {
  const base = await readModelFile(recipe.from);
  const tokenizer = new Tokenizer(base.vocabulary);
  const { kept: conversations, heldOut } = await holdOut(recipe, readConversations);
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
    batches: new ConversationBatches(segments, stepShape(recipe), recipe.seed),
    data: {
      items: all.length,
      tokens: segments.reduce((sum, { ids }) => sum + ids.length, 0),
      trainedTokens,
      tooLong: all.length - segments.length,
      heldOut: heldOut.length,
    },
    ...(heldOut.length === 0 ? {} : { heldOut: heldOutConversations(heldOut, tokenizer, recipe.batch.time) }),
    fingerprint: fingerprint(settings(recipe), weightsHash.digest("hex"), JSON.stringify(conversations)),
  };
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
