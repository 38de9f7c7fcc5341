import { CHATML_TEMPLATE } from "../../chat/chatml.ts";
import { formatOf } from "../../formats/datasets/rows.ts";
import type { TextTokenizer } from "../../formats/tokenizer/text-tokenizer.ts";
import { type DocumentEnds, packDocuments } from "../documents.ts";
import { type HeldOut, heldOutConversations, heldOutPairs, heldOutTexts } from "../held-out.ts";
import { beginOf } from "../model-file.ts";
import type { Parent } from "../parent.ts";
import { type Pair, segmentsOf } from "../preference/pair.ts";
import { usePairs } from "../preference/use-pairs.ts";
import type { AdaptRecipe, DpoRecipe, PretrainRecipe, SftRecipe } from "../recipe.ts";
import { TextIndex } from "./duplicates.ts";
import type { Sample } from "./encode.ts";
import { type Held, holdOut } from "./hold-out.ts";
import { type MarkedSample, markedSample, spread } from "./marked.ts";
import type { Portion } from "./mixture.ts";
import { placedPrints, type SourceContent, USE_TEXTS } from "./read.ts";
import type { DataReport } from "./report.ts";
import { type ConversationLayout, type LayoutCounts, useConversations } from "./use-conversations.ts";

/** The report so far: epochs follow from the steps of the recipe. */
export type DataCounts = Omit<DataReport, "epochs">;

/** Texts as streams of tokens, one a source (or one for all that are read alike). */
export interface PreparedTexts<Kind extends TextTokenizer> {
  readonly encoding: TextEncoding<Kind>;
  readonly streams: readonly { readonly stream: Int32Array; readonly weight: number }[];
  readonly heldOut: HeldOut | undefined;
  readonly data: DataCounts;
}

/** Conversations as samples, or preferences as pairs of them, by source. */
export interface PreparedConversations<Item> {
  readonly portions: readonly Portion<Item>[];
  readonly heldOut: HeldOut | undefined;
  readonly counts: LayoutCounts;
  /** The token that ends most answers; undefined where none is ended by one. */
  readonly turnEnd: string | undefined;
  readonly data: DataCounts;
}

/** What turns texts into tokens, and what stands around each of them. */
export interface TextEncoding<Kind extends TextTokenizer> extends DocumentEnds {
  readonly tokenizer: Kind;
}

/**
 * Reads the texts of a recipe and turns them into tokens. Throws what `holdOut` throws.
 *
 * @param encodingFor what does so; it may be made from the texts to learn from.
 */
export async function prepareTexts<Kind extends TextTokenizer>(
  recipe: PretrainRecipe | AdaptRecipe,
  encodingFor: (texts: readonly string[]) => TextEncoding<Kind>,
): Promise<PreparedTexts<Kind>> {
  const held = await holdOut(recipe, USE_TEXTS);
  const encoding = encodingFor(held.kept.flatMap(({ items }) => items.map(({ value }) => value)));
  const { tokenizer, end } = encoding;
  const packed = held.kept.map(({ items, source, tally }) => {
    const stream = packDocuments(
      items.map(({ value }) => value),
      tokenizer,
      encoding,
    );
    countTexts(stream, end, (tokens) => tally.sample(tokens, tokens));
    return { stream, weight: source.weight };
  });
  const marked = held.kept.flatMap(({ source, items }) =>
    spread(items).map(({ value }) => markedSample(source.path, { ids: tokenizer.encode(value) }, tokenizer)),
  );
  return {
    encoding,
    // Rows may join texts of several files that are read alike.
    streams: packed.every(({ weight }) => weight === 1)
      ? [{ stream: joined(packed.map(({ stream }) => stream)), weight: 1 }]
      : packed,
    heldOut:
      held.heldOut.length === 0
        ? undefined
        : heldOutTexts(valuesOf(held.heldOut), tokenizer, encoding, recipe.batch.time),
    data: reportOf(held, marked),
  };
}

/** Reads the conversations of a recipe and lays them out for a model. Throws what `holdOut` and `useConversations` throw. */
export async function prepareConversations(
  recipe: SftRecipe,
  parent: Parent,
): Promise<PreparedConversations<Sample>> {
  const { use, counts } = useConversations({ ...layoutFor(recipe, parent), tooLong: recipe.tooLong });
  const held = await holdOut(recipe, use);
  const kept = samplesOf(held, ({ samples }) => samples, parent);
  return {
    portions: held.kept.map(({ source: { weight }, items }) => ({
      items: items.flatMap(({ value }) => value.samples),
      weight,
    })),
    heldOut:
      held.heldOut.length === 0 ? undefined : heldOutConversations(valuesOf(held.heldOut), parent.tokenizer),
    ...laidOutBy(counts),
    data: reportOf(held, kept),
  };
}

/** Reads the preferences of a recipe, as `prepareConversations` does conversations. Throws what `holdOut` and `usePairs` throw. */
export async function preparePairs(recipe: DpoRecipe, parent: Parent): Promise<PreparedConversations<Pair>> {
  const { use, counts } = usePairs(layoutFor(recipe, parent), parent.config.context);
  const held = await holdOut(recipe, use);
  const kept = samplesOf(held, segmentsOf, parent);
  return {
    portions: held.kept.map(({ source: { weight }, items }) => ({
      items: items.map(({ value }) => value),
      weight,
    })),
    heldOut: held.heldOut.length === 0 ? undefined : heldOutPairs(valuesOf(held.heldOut), parent.tokenizer),
    ...laidOutBy(counts),
    data: reportOf(held, kept),
  };
}

/** How conversations are laid out for a model. */
function layoutFor(
  { batch: { time } }: SftRecipe | DpoRecipe,
  { header: { path, metadata }, vocabulary, tokenizer, chatTemplate = CHATML_TEMPLATE }: Parent,
): Omit<ConversationLayout, "tooLong"> {
  const text = (key: string): string => {
    const id = metadata.number(`tokenizer.ggml.${key}_token_id`);
    return id === undefined ? "" : (vocabulary.tokens[id] ?? "");
  };
  const tokens = { bos: text("bos"), eos: text("eos") };
  return { template: chatTemplate, tokens, reference: path, tokenizer, begin: beginOf(metadata), time };
}

function laidOutBy(counts: LayoutCounts) {
  const often = [...counts.ends].sort(([, one], [, other]) => other - one);
  return { counts, turnEnd: often.find(([end]) => end !== "")?.[0] };
}

/** Counts the samples of each file, and marks some of them to be shown. */
function samplesOf<Value>(
  { kept }: Held<Value>,
  of: (value: Value) => readonly Sample[],
  { tokenizer }: Parent,
): MarkedSample[] {
  return kept.flatMap(({ source, items, tally }) => {
    const samples = items.flatMap(({ value }) => of(value));
    for (const sample of samples) tally.sample(sample.ids.length, sample.trainedTokens);
    return spread(samples).map((one) => markedSample(source.path, one, tokenizer));
  });
}

function valuesOf<Value>(contents: readonly SourceContent<Value>[]) {
  return contents
    .map(({ source: { path }, items }) => ({ path, values: items.map(({ value }) => value) }))
    .filter(({ values }) => values.length > 0);
}

function reportOf({ kept, heldOut, heldRows }: Held<unknown>, marked: readonly MarkedSample[]): DataCounts {
  const sources = kept.map(({ source: { path, weight }, tally }) =>
    tally.report(path, formatOf(path), weight),
  );
  const sum = (of: (source: (typeof sources)[number]) => number) =>
    sources.reduce((all, one) => all + of(one), 0);
  const index = new TextIndex();
  const duplicates = index.add(kept.flatMap(placedPrints));
  return {
    items: sum(({ rows }) => rows) - heldRows,
    tokens: sum(({ tokens }) => tokens),
    trainedTokens: sum(({ trainedTokens }) => trainedTokens),
    tooLong: sum(({ droppedFor }) => droppedFor.find(({ id }) => id === "too-long")?.rows ?? 0),
    heldOut: heldOut.reduce((all, { items }) => all + items.length, 0),
    sources,
    duplicates,
    ...(heldOut.length === 0 ? {} : { overlap: index.overlap(heldOut.flatMap(placedPrints)) }),
    samples: spread(marked),
  };
}

function countTexts(stream: Int32Array, end: number, count: (tokens: number) => void): void {
  for (let from = 0; from < stream.length; ) {
    const to = stream.indexOf(end, from);
    count((to === -1 ? stream.length : to + 1) - from);
    from = to === -1 ? stream.length : to + 1;
  }
}

function joined(streams: readonly Int32Array[]): Int32Array {
  const [first] = streams;
  if (streams.length === 1 && first !== undefined) return first;
  const all = new Int32Array(streams.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const stream of streams) {
    all.set(stream, at);
    at += stream.length;
  }
  return all;
}
