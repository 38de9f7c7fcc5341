import { basename, join } from "node:path";
import { BadFileError } from "../errors.ts";
import type { RepresentingModel } from "../model/embedding-model.ts";
import { open } from "../model/open.ts";
import { printable } from "../printable.ts";
import { featuresOf } from "./features.ts";
import { type HeadFacts, readHead } from "./head-file.ts";
import { outputsOf } from "./linear-fit.ts";
import { highestOf, probabilitiesOf, rowOf } from "./measure.ts";

/** What a head says of a text: a label with its probability, or a number. */
export type Classified =
  | {
      readonly kind: "classify";
      readonly label: string;
      readonly probability: number;
      /** Every label, the likeliest first. */
      readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
    }
  | { readonly kind: "regress"; readonly value: number };

/**
 * What a head that `trainHead` wrote says of texts, in their order. Throws what `open` throws, NotFoundError and
 * BadFileError for the head, also where the model is no longer the one whose vectors it learned, and the signal's reason.
 *
 * @example
 * const [said] = await classify("out/intents", ["Where is my card?"]);
 */
export async function classify(
  folder: string,
  texts: readonly string[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Classified[]> {
  const { facts, head } = await readHead(folder);
  if (texts.length === 0) return [];
  // a file beside the head, whatever its name says
  const adapter = facts.adapter === undefined ? undefined : join(folder, basename(facts.adapter));
  await using model = await open(facts.from, { for: "embed", ...(adapter === undefined ? {} : { adapter }) });
  requireParent(folder, facts, model);
  const features = await featuresOf(model, texts, {
    pooling: facts.pooling,
    ...(adapter === undefined ? {} : { normalize: false }),
    signal,
  });
  const outputs = outputsOf(head, features);
  return texts.map((_, row) => said(facts, rowOf(outputs, row, head.biases.length)));
}

function said({ kind, labels, temperature }: HeadFacts, outputs: Float64Array): Classified {
  if (kind === "regress") return { kind, value: outputs[0] ?? Number.NaN };
  const all = probabilitiesOf(outputs, temperature);
  const place = highestOf(all);
  return {
    kind,
    label: labels[place] ?? "",
    probability: all[place] ?? 0,
    probabilities: labels
      .map((label, i) => ({ label, probability: all[i] ?? 0 }))
      .toSorted((one, other) => other.probability - one.probability),
  };
}

function requireParent(folder: string, { from, identity }: HeadFacts, model: RepresentingModel): void {
  if (model.identity === identity) return;
  const [shown, parent] = [printable(folder, 300), printable(from, 300)];
  throw new BadFileError(folder, {
    en: `The head ${shown} learned the vectors of ${parent} as it was then; that model, or how it is asked, has changed since: train the head again.`,
    zh: `分类头 ${shown} 是在当时的 ${parent} 的向量上训练的；该模型或其用法已改变：请重新训练。`,
  });
}
