import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BadInputError } from "../errors.ts";
import type { RepresentingModel } from "../model/embedding-model.ts";
import { open } from "../model/open.ts";
import { initialAdapter, learnedSpecs } from "../train/adapter/adapter.ts";
import type { Row } from "../train/batch.ts";
import { packed } from "../train/data/packing.ts";
import { fingerprint } from "../train/fingerprint.ts";
import { HEAD_BIAS, HEAD_WEIGHT, headSpecs, type TextHead } from "../train/head/head.ts";
import { LabelledText } from "../train/head/layout.ts";
import { PackedBatches } from "../train/packed-batches.ts";
import { openParent, type Parent } from "../train/parent.ts";
import { checkMemory, foreseenBytes, processMemory } from "../train/preflight/memory.ts";
import { requireNoStops } from "../train/preflight/preflight.ts";
import { Random } from "../train/random.ts";
import { readerOf } from "../train/reading.ts";
import { adapterResults } from "../train/results.ts";
import { BestWeights } from "../train/run/best.ts";
import { loadCheckpoint } from "../train/run/checkpoint.ts";
import { collectGarbage } from "../train/run/collect.ts";
import { requireRunSpace } from "../train/run/disk-plan.ts";
import { beginningsOf } from "../train/run/diverged.ts";
import type { EvaluationEvent } from "../train/run/events.ts";
import { learn } from "../train/run/learn.ts";
import { Trainer } from "../train/trainer.ts";
import type { TunedRecord } from "../train/tuned-file.ts";
import type { HeadEvent } from "./events.ts";
import type { HeadEmbedding } from "./features.ts";
import type { LinearHead } from "./linear-fit.ts";
import type { TunedHeadRecipe } from "./recipe.ts";
import type { Headed, Parts } from "./run-head.ts";
import type { Task } from "./task.ts";

/** What comes of it: the head as it was fitted, the step that did best on what was held out, and the adapter's files. */
export interface TunedHead {
  readonly head: LinearHead;
  readonly step: number;
  readonly files: readonly string[];
}

/** How vectors of a model that is tuned are pooled: as the recipe says, or as the model was trained. Throws BadInputError. */
export function poolingToTune(
  { pooling }: TunedHeadRecipe,
  { settings }: RepresentingModel,
): TextHead["pooling"] {
  const chosen = pooling ?? settings.pooling.value;
  if (chosen === "mean" || chosen === "last") return chosen;
  throw new BadInputError({
    en: `The model pools by "${chosen}", which cannot be tuned here; say pooling: mean or pooling: last in the recipe.`,
    zh: `该模型的池化方式是“${chosen}”，此处无法训练；请在配方中写 pooling: mean 或 pooling: last。`,
  });
}

/**
 * Learns an adapter and the head together, from the head that did best on the vectors as they were ("linear probing, then
 * fine-tuning", Kumar et al. 2022: a random head would first distort them). Gives nothing where it was stopped.
 */
export async function* tuneHead(
  recipe: TunedHeadRecipe,
  beginning: {
    readonly task: Task;
    readonly parts: Parts;
    readonly pooling: HeadEmbedding["pooling"];
    readonly alone: Headed;
  },
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<HeadEvent, TunedHead | undefined> {
  const { task, parts, alone } = beginning;
  const { adapter, batch, steps, output } = recipe;
  const pooling = beginning.pooling === "last" ? "last" : "mean";
  const head: TextHead = { kind: task.kind, outputs: alone.began.biases.length, pooling };
  const parent = await openParent(recipe.from, output);
  const { config } = parent;
  const tokens = await tokensOf(recipe, parts.texts.learned);
  const texts = tokens.ids.map((ids, place) => new LabelledText(ids, head, task.wanted(place)));
  const some = (places: readonly number[]) => places.flatMap((place) => texts[place] ?? []);
  const run = fingerprint(
    JSON.stringify([
      adapter,
      batch,
      steps,
      recipe.optimizer,
      recipe.precision,
      recipe.seed,
      head,
      parts.fitted,
    ]),
    parent.hash,
    digestOf(texts),
    new Uint8Array(alone.began.weights.buffer),
  );
  const folder = join(output, "checkpoint");
  const { checkpoint, unusable } = await loadCheckpoint(folder, run);
  const specs = [...learnedSpecs(config, adapter), ...headSpecs(config.hiddenSize, head)];
  const parameters = countOf(specs);
  const results = adapterResults(parent, adapter, recordOf(recipe, parent));
  await requireRunSpace(output, parameters, recipe.keep, results.fileBytes);
  await mkdir(folder, { recursive: true });

  let memoryBytes = 0;
  const fits = (native: number): void => {
    const before = processMemory();
    memoryBytes = foreseenBytes(
      native,
      { learned: parameters, frozen: countOf(parent.stored.values()) },
      before,
    );
    requireNoStops(checkMemory(recipe, memoryBytes, before));
  };
  using trainer = headTrainer(recipe, parent, head, alone.began, fits);
  const resumedAt = checkpoint?.step ?? 0;
  yield {
    event: "start",
    parameters,
    steps,
    resumedAt,
    memoryBytes,
    unusable,
    alone: alone.report,
    cut: tokens.cut,
  };
  if (checkpoint !== undefined) trainer.restore(checkpoint.state);
  collectGarbage();
  const best = new BestWeights(folder, run, checkpoint?.progress ?? { sinceBest: 0 });
  const { time } = batch;
  const rowsOfStep = batch.batch * batch.accumulate;
  const inRows = (items: readonly LabelledText[], random: Random): Row[] =>
    packed(items, time, "in-order", random);
  const heldOut = inRows(some(parts.choosing), new Random(recipe.seed));
  const evaluate = async (step: number): Promise<EvaluationEvent> => {
    const { nats, tokens: count } = await trainer.measure(heldOut);
    const loss = nats / count;
    const isBest = await best.note(step, loss, trainer.weights());
    const none = { bitsPerByte: null, sources: [], samples: [] };
    return { event: "evaluation", step, loss, ...none, tokens: count, isBest, time: Date.now() };
  };
  if (resumedAt === 0) yield await evaluate(0);
  const batches = new PackedBatches(
    [{ items: some(parts.fitted), weight: 1 }],
    { time, batch: rowsOfStep },
    recipe.seed,
    (items, _, random) => inRows(items, random),
  );
  const done = yield* learn(
    {
      steps,
      batches,
      places: time * rowsOfStep,
      step: (rows, step) => trainer.step(rows, step, steps),
      beginnings: (rows) => beginningsOf(rows.map(withoutAnswers), parent.tokenizer),
      ignorance: head.kind === "classify" ? Math.log(head.outputs) : 1,
      evaluation: { every: recipe.checkpointEvery, patience: Number.POSITIVE_INFINITY, at: evaluate },
      best,
      output,
      folder,
      fingerprint: run,
      checkpointEvery: recipe.checkpointEvery,
      keep: recipe.keep,
    },
    trainer,
    resumedAt,
    signal,
  );
  if (done === undefined) return undefined;
  const kept = await best.read();
  const learned = readerOf(kept?.weights ?? trainer.weights());
  const files = await results.write(output, learned);
  const [weights, biases] = [learned.get(HEAD_WEIGHT), learned.get(HEAD_BIAS)];
  if (weights === undefined || biases === undefined) throw new RangeError("the head was not kept");
  return { head: { weights, biases }, step: kept?.step ?? done, files };
}

/** What learns: an adapter that changes nothing yet, and the head that did best without one. */
function headTrainer(
  recipe: TunedHeadRecipe,
  { config, stored }: Parent,
  head: TextHead,
  began: LinearHead,
  fits: (native: number) => void,
): Trainer {
  const { adapter, batch, optimizer, precision, checkpointing, threads, seed } = recipe;
  return new Trainer({
    config,
    head,
    weights: new Map([
      ...initialAdapter(config, adapter, notAsked, new Random(seed)),
      [HEAD_WEIGHT, began.weights],
      [HEAD_BIAS, began.biases],
    ]),
    frozen: { weights: stored, adapter },
    optimizer,
    shape: batch,
    accumulate: batch.accumulate,
    precision,
    checkpointing,
    threads,
    also: { measures: true },
    fits,
  });
}

/** The tokens of texts as their vectors are made of them; those that are longer than a row are cut. */
async function tokensOf({ from, batch }: TunedHeadRecipe, texts: readonly string[]) {
  await using model = await open(from, { for: "embed" });
  const whole = await model.tokens(texts);
  const cut = whole.filter(({ length }) => length > batch.time).length;
  return { ids: cut === 0 ? whole : await model.tokens(texts, batch.time), cut };
}

/** What the adapter says of itself: it changes vectors, and leaves the rest to its parent. */
function recordOf({ name }: TunedHeadRecipe, parent: Parent): TunedRecord {
  return {
    name,
    ...(parent.stage === undefined ? {} : { stage: parent.stage }),
    license: parent.header.metadata.string("general.license") ?? "other",
    languages: [],
    parent: { name: parent.name, hash: parent.hash },
  };
}

/** The last id of a text is what to say of it, and no token. */
function withoutAnswers(row: Row): Row {
  return row.map(({ ids }) => ({ ids: Array.from(ids).slice(0, -1) }));
}

function digestOf(texts: readonly LabelledText[]): string {
  const hash = createHash("sha256");
  for (const { ids, value } of texts) hash.update(`${ids.length} ${value} `).update(ids);
  return hash.digest("hex");
}

function countOf(weights: Iterable<{ readonly sizes: readonly number[] }>): number {
  return [...weights].reduce((sum, { sizes }) => sum + sizes.reduce((product, size) => product * size, 1), 0);
}

/** Only DoRA, and rows of tokens, begin with what the model has; a head's adapter has neither. */
function notAsked(weight: string): never {
  throw new RangeError(`the adapter of a head begins with nothing of ${weight}`);
}
