import { resolve } from "node:path";
import { prepareRendering } from "../chat/rendering.ts";
import { openFile } from "../formats/file-bytes.ts";
import { readGgufHeaderFrom } from "../formats/gguf/header.ts";
import { filesOfFolder, type ReadCost } from "../hub/model-files.ts";
import { readModelFolder } from "../hub/model-folder.ts";
import { type Lead, locate, nameOfPath, serverOf } from "../hub/reference.ts";
import type { HttpOptions } from "../hub/remote/http.ts";
import { isOffline } from "../hub/settings.ts";
import type { Text } from "../language.ts";
import { counterpartOf } from "../stage/counterpart.ts";
import { type EmbeddingSettings, embeddingSettings } from "../stage/embedding.ts";
import type { ModelFacts, NameFact } from "../stage/facts.ts";
import { type Fit, fitsOf, withCounterpart } from "../stage/fit.ts";
import { judge } from "../stage/judge.ts";
import { hasTurnTokens } from "../stage/rows.ts";
import type { Behaviour } from "../stage/signals/behaviour.ts";
import type { MatrixFacts } from "../stage/signals/weights.ts";
import type { Use } from "../stage/stage.ts";
import { disagreements, type Stops, stopsOf } from "../stage/stops.ts";
import { isBaseOrChatOpen, type Verdict } from "../stage/verdict.ts";
import { factsOfFolder } from "./folder-facts.ts";
import { factsOfGguf } from "./gguf-facts.ts";
import { publishedName } from "./published-name.ts";
import { withReading } from "./template-reading.ts";
import { measureFolder, measureGguf, weightFacts } from "./weight-rows.ts";

/** A verdict on a model, with all that follows from it. */
export type Inspection = Judgement & {
  /** The file or folder that the reference led to, or its address where it is not on this machine. */
  readonly path: string;
  /** How it is to be asked for vectors, and who says so; null where it was not trained to give any. */
  readonly embedding: EmbeddingSettings | null;
  /** What reading a model that is not on this machine took, and whether rows of its weights are part of it. */
  readonly read?: ReadCost & { readonly weights: boolean };
  /** Whether the hub was seen to have the counterpart; missing where it was not asked. */
  readonly counterpartSeen?: boolean;
};

/** A verdict and what follows from it, wherever the facts came from. */
export type Judgement = Verdict & {
  readonly reference: string;
  /** How the model fits each use. */
  readonly uses: Readonly<Record<Use, Fit>>;
  /** The reference of the same model at the other stage, or null where none is known. */
  readonly counterpart: string | null;
  /** What each file and runtime would stop generation on. */
  readonly stopTokens: readonly Stops[];
  /** In what those differ, as sentences; none where the model stops everywhere alike. */
  readonly stopDisagreements: readonly Text[];
};

/** What is known beside the files. */
export interface InspectOptions extends HttpOptions {
  /** What a probe measured with the loaded model; only this, or the weights, can make a verdict `verified`. */
  readonly behaviour?: Behaviour;
}

/**
 * Inspects a model by its headers, its small files and a few rows of its weights: one on this machine, and else one on
 * its hub, by range requests, where rows are read only if the rest leaves open whether it is a base; of one behind a
 * server (`http://host:port#model`), what the server tells. Throws what `locate`, `readGgufHeader`, `readModelFolder`,
 * `readRemoteFacts` and `connect` throw.
 */
export async function inspect(reference: string, options: InspectOptions = {}): Promise<Inspection> {
  const { behaviour, offline = isOffline(), ...http } = options;
  const server = serverOf(reference);
  if (server !== undefined) {
    const { connect } = await import("./served/connect.ts");
    return inspectFacts(server.url, { ...(await connect(reference, server)).facts, behaviour });
  }
  prepareRendering(); // nearly every model has a template, and the process starts while its files are read
  const found = await locate(reference);
  if (found.kind !== "absent") return inspectFacts(found.path, { ...(await readFacts(found)), behaviour });
  const { readRemoteFacts } = await import("./inspect-remote.ts");
  const { facts, address, cost, measure } = await readRemoteFacts(found, { ...http, offline });
  const read = { ...(await withReading(facts)), behaviour };
  const claimed = inspectFacts(address, read);
  // Rows of the weights take more requests than all the rest, so they are asked for where they can decide.
  if (!isBaseOrChatOpen(claimed) || !hasTurnTokens(facts))
    return { ...claimed, read: { ...cost(), weights: false } };
  const weights = await weightFacts(read, measure(read));
  return {
    ...inspectFacts(address, { ...read, ...weights }),
    read: { ...cost(), weights: weights.matrices.length > 0 },
  };
}

/** The facts of the model that a reference leads to on this machine. */
export async function readFacts(lead: Lead): Promise<ModelFacts> {
  const { kind, path, reference, published } = lead;
  const names: NameFact[] =
    published === undefined
      ? []
      : publishedName(reference.startsWith("ollama:") ? "ollama" : "hugging face", published);
  if (kind === "file") {
    const own: NameFact = { from: "file name", name: nameOfPath(path) };
    await using file = await openFile(path);
    const header = await readGgufHeaderFrom(file);
    const facts = factsOfGguf(reference, [...names, own], header);
    // Awaited here, while the file is open.
    return await withSights(facts, measureGguf(facts, header, file));
  }
  const own: NameFact = { from: "folder name", name: nameOfPath(resolve(path)) };
  const files = filesOfFolder(path);
  const facts = factsOfFolder(
    reference,
    published === undefined ? [own] : names,
    await readModelFolder(files),
  );
  return withSights(facts, measureFolder(facts, files));
}

/** The facts with what the template was seen to do and what was measured in the weights, both at once. */
async function withSights(facts: ModelFacts, measuring: Promise<MatrixFacts[]>): Promise<ModelFacts> {
  const [read, weights] = await Promise.all([withReading(facts), weightFacts(facts, measuring)]);
  return { ...read, ...weights };
}

/** The inspection that follows from facts already read. Pure. */
export function inspectFacts(path: string, facts: ModelFacts): Inspection {
  const verdict = judge(facts);
  const stopTokens = stopsOf(facts);
  const counterpart = counterpartOf(facts, verdict.stage);
  return {
    ...verdict,
    reference: facts.reference,
    path,
    uses: withCounterpart(fitsOf(verdict), verdict.stage, counterpart),
    counterpart,
    stopTokens,
    stopDisagreements: disagreements(stopTokens),
    embedding: verdict.stage === "embedding" ? embeddingSettings(facts, true) : null,
  };
}
