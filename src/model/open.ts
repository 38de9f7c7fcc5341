import { dirname } from "node:path";
import type { Engine } from "../engine/engine.ts";
import type { AdapterChoice } from "../engine/llama/adapters.ts";
import { LlamaEngine } from "../engine/llama/llama-engine.ts";
import type { LlamaEngineOptions } from "../engine/llama/options.ts";
import { UnsupportedByServerError } from "../engine/remote/errors.ts";
import { filesOfFolder } from "../hub/model-files.ts";
import { readModelFolder } from "../hub/model-folder.ts";
import { type Lead, resolveReference, serverOf } from "../hub/reference.ts";
import type { ModelFacts } from "../stage/facts.ts";
import { type Judged, requireFit } from "../stage/mismatch.ts";
import type { Use } from "../stage/stage.ts";
import { BaseModel, OtherModel, UnknownModel } from "./base-model.ts";
import {
  type ChatParts,
  HybridModel,
  InstructModel,
  MissingTemplateError,
  ThinkingModel,
  UnprovenChatModel,
} from "./chat-model.ts";
import type { EmbeddingModel, RepresentingModel } from "./embedding-model.ts";
import { type GuardModel, InertModel, type RewardModel } from "./inert-model.ts";
import { type Inspection, inspectFacts, readFacts } from "./inspect.ts";
import { openForVectors } from "./open-vectors.ts";
import { measureBehaviour } from "./probe.ts";
import { measureNearness } from "./probe-vectors.ts";
import type { RankingModel, RerankerModel } from "./reranker-model.ts";
import { type Runnable, readRunnable } from "./runnable.ts";
import { recommendedSampling } from "./sampling.ts";

/** A model that holds a conversation. */
export type ChatModel = InstructModel | ThinkingModel | HybridModel | UnprovenChatModel;
/** A model that continues text. */
export type CompletingModel =
  | BaseModel
  | InstructModel
  | ThinkingModel
  | HybridModel
  | OtherModel
  | UnknownModel;
/** Any model; its `stage` says which. */
export type Model = CompletingModel | EmbeddingModel | RerankerModel | RewardModel | GuardModel;

/** What the model is wanted for; without it, any model opens. */
export interface OpenOptions {
  /** Decides the type that `open` gives, and refuses a model whose stage is not for it. */
  readonly for?: Use;
  /** How the model is loaded and run, where it is run on this machine. */
  readonly engine?: LlamaEngineOptions;
}

/** A model wanted for chat. */
export interface OpenForChat {
  /** The use. */
  readonly for: "chat";
  /** Goes ahead with a model that is not for chat; every reply says so. */
  readonly force?: boolean;
  /** How to run it. */
  readonly engine?: LlamaEngineOptions;
}

/** A model wanted for vectors. */
export interface OpenForVectors {
  /** The use. */
  readonly for: "embed";
  /** A LoRA that all vectors are made with. */
  readonly adapter?: AdapterChoice;
}

/**
 * Opens a model as what its stage says it is. With `for`, it opens only if its stage is for that use, and
 * StageMismatchError tells otherwise, before any weight is loaded. Where the files do not tell the stage, the loaded
 * model's behaviour is measured. Dispose the model (`await using`) to free its memory; several may be open at once, each
 * in a process of its own.
 *
 * A model on this machine, or one behind a server: `http://host:port`, with `#model` where the server serves several.
 * What a server cannot give throws UnsupportedByServerError, and what of a request it does not take is a warning in the
 * result.
 *
 * Throws what `inspect` throws, BadFileError for a folder without a model that can be run, MissingTemplateError
 * for a chat without a template, and what `LlamaEngine.load` throws; for a server BadInputError where it serves several
 * models and none is named, NotFoundError where it or the model is not there, and ServerError for all else that goes
 * wrong with it, here and in every call of the model.
 *
 * @example
 * await using model = await open("mini-base");
 * if (model.stage === "base") for await (const piece of model.complete("Once")) process.stdout.write(piece);
 */
export function open(reference: string, options: OpenForChat): Promise<ChatModel>;
export function open(
  reference: string,
  options: OpenOptions & { readonly for: "complete" | "infill" },
): Promise<CompletingModel>;
export function open(reference: string, options: OpenForVectors): Promise<RepresentingModel>;
export function open(reference: string, options: { readonly for: "rerank" }): Promise<RankingModel>;
export function open(reference: string, options?: OpenOptions): Promise<Model>;
export async function open(
  reference: string,
  options: OpenOptions | OpenForChat | OpenForVectors = {},
): Promise<Model | ChatModel | RepresentingModel | RankingModel> {
  const isForced = "force" in options && options.force === true;
  const pass = (inspection: Inspection): void => {
    if (options.for !== undefined && !isForced) requireFit(judged(inspection), options.for);
  };
  const source = await sourceOf(reference);
  const { facts } = source;
  const inspection = inspectFacts(source.path, facts);
  pass(inspection);
  const isForChat = options.for === "chat";
  const forVectors = isForChat ? undefined : vectorUse(options.for, inspection);
  const adapter = "adapter" in options ? options.adapter : undefined;
  if (forVectors !== undefined) return source.openVectors(forVectors, inspection, adapter);
  const inert = isForChat ? undefined : inertModel(inspection);
  if (inert !== undefined) return inert;
  if (isForChat && !source.laysOut && facts.template === undefined) throw new MissingTemplateError(reference);
  const loaded = await source.load(inspection, "engine" in options ? options.engine : undefined);
  try {
    pass(loaded.inspection);
    return modelOf(loaded, isForChat);
  } catch (error) {
    await loaded.engine[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Inspects a model, and loads it to measure its behaviour, which can verify the verdict.
 * Throws what `inspect` and `LlamaEngine.load` throw, and BadFileError for a folder without
 * a model that can be run.
 */
export async function probe(reference: string): Promise<Inspection> {
  const { facts, path, start, openVectors } = await sourceOf(reference);
  const claimed = inspectFacts(path, facts);
  if (claimed.stage === "embedding") {
    await using model = await openVectors("embed", claimed);
    const nearness = "embed" in model ? await measureNearness(model) : [];
    return inspectFacts(path, { ...facts, behaviour: { nearness } });
  }
  const { engine, template } = await start();
  try {
    const behaviour = await measureBehaviour(engine, template);
    return inspectFacts(path, { ...facts, behaviour });
  } finally {
    await engine[Symbol.asyncDispose]();
  }
}

/** Where a model is: files on this machine, or a server. */
interface Source {
  readonly facts: ModelFacts;
  /** The file or folder, or the server's address. */
  readonly path: string;
  /** Whether conversations can be laid out by something else than the template that is known. */
  readonly laysOut: boolean;
  start(): Promise<Pick<Started, "engine" | "template">>;
  /** Starts it as what it was judged to be; where that is unknown, its behaviour is measured if that can be done. */
  load(inspection: Inspection, options: LlamaEngineOptions | undefined): Promise<ChatParts>;
  openVectors(
    use: "embed" | "rerank",
    inspection: Inspection,
    adapter?: AdapterChoice,
  ): Promise<RepresentingModel | RankingModel>;
}

async function sourceOf(reference: string): Promise<Source> {
  const server = serverOf(reference);
  if (server === undefined) {
    const lead = await resolveReference(reference);
    const facts = await readFacts(lead);
    const { path } = lead;
    return {
      facts,
      path,
      laysOut: false,
      start: () => start(lead),
      load: (inspection, options) => load(lead, facts, inspection, options),
      openVectors: (use, inspection, adapter) => openForVectors(use, lead, facts, inspection, adapter),
    };
  }
  const { connect, openServed } = await import("./served/connect.ts");
  const served = await connect(reference, server);
  const { facts, program, recommended, start: startServed } = served;
  return {
    facts,
    path: server.url,
    laysOut: true,
    start: startServed,
    load: async (inspection, options) => {
      if (options !== undefined && Object.keys(options).length > 0) {
        throw new UnsupportedByServerError(program, {
          en: "a choice of context, cache or adapters",
          zh: "上下文、缓存或适配器的选择",
        });
      }
      const started = await startServed();
      const known = started.template === undefined ? {} : chatFacts(facts);
      // Only a server that speaks in tokens can be measured.
      if (inspection.status !== "unknown" || started.engine.texts !== undefined) {
        return { ...started, ...known, inspection, recommended };
      }
      const behaviour = await measureBehaviour(started.engine, started.template);
      const measured = inspectFacts(server.url, { ...facts, behaviour });
      return { ...started, ...known, inspection: measured, recommended };
    },
    openVectors: async (use, inspection, adapter) => {
      if (adapter !== undefined) throw new UnsupportedByServerError(program, CHOICE_OF_ADAPTER);
      return openServed(use, served, inspection);
    },
  };
}

const CHOICE_OF_ADAPTER = { en: "a choice of adapter", zh: "适配器的选择" };

async function load(
  lead: Lead,
  facts: ModelFacts,
  inspection: Inspection,
  engineOptions: LlamaEngineOptions | undefined,
): Promise<ChatParts> {
  const { engine, header, ...templates } = await start(lead, engineOptions);
  try {
    const folder =
      lead.reference === lead.path ? undefined : await readModelFolder(filesOfFolder(dirname(lead.path)));
    const recommended = recommendedSampling(header.metadata, folder?.generationConfig);
    const parts = { engine, ...templates, recommended, ...chatFacts(facts) };
    if (inspection.status !== "unknown") return { ...parts, inspection };
    const behaviour = await measureBehaviour(engine, templates.template);
    return { ...parts, inspection: inspectFacts(lead.path, { ...facts, behaviour }) };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a model for chat needs to know beside its engine. */
function chatFacts({
  reading,
  names,
}: ModelFacts): Pick<ChatParts, "thinkingSwitch" | "thinksUnasked" | "names"> {
  return {
    thinkingSwitch: reading?.thinkingSwitch,
    thinksUnasked: reading?.thinksUnasked,
    names: names.map(({ name }) => name),
  };
}

interface Started extends Runnable {
  readonly engine: Engine;
}

async function start(lead: Lead, options?: LlamaEngineOptions): Promise<Started> {
  const runnable = await readRunnable(lead);
  const { draft, ...rest } = options ?? {};
  const engineOptions = draft === undefined ? rest : { ...rest, draft: await runnablePath(draft) };
  return { ...runnable, engine: await LlamaEngine.load(lead.path, engineOptions) };
}

async function runnablePath(reference: string): Promise<string> {
  const lead = await resolveReference(reference);
  await readRunnable(lead);
  return lead.path;
}

function judged(inspection: Inspection): Judged {
  const { reference, counterpart } = inspection;
  return { reference, verdict: inspection, counterpart };
}

function modelOf(loaded: ChatParts, isForChat: boolean): CompletingModel | UnprovenChatModel {
  const { stage } = loaded.inspection;
  switch (stage) {
    case "instruct":
      return new InstructModel(loaded);
    case "thinking":
      return new ThinkingModel(loaded);
    case "hybrid":
      return new HybridModel(loaded);
  }
  if (isForChat) return new UnprovenChatModel(loaded, stage);
  switch (stage) {
    case "base":
      return new BaseModel(loaded);
    case null:
      return new UnknownModel(loaded);
    default:
      return new OtherModel(loaded);
  }
}

/** Whether the model is opened for vectors or ranks: because that is wanted, or because it is for nothing else. */
function vectorUse(wanted: Use | undefined, { stage }: Inspection): "embed" | "rerank" | undefined {
  if (wanted === "embed" || wanted === "rerank") return wanted;
  if (wanted !== undefined) return undefined;
  return stage === "embedding" ? "embed" : stage === "reranker" ? "rerank" : undefined;
}

/** A model that is not loaded, because its stage writes no text; undefined for all others. */
function inertModel(inspection: Inspection): RewardModel | GuardModel | undefined {
  switch (inspection.stage) {
    case "reward":
      return new InertModel("reward", inspection);
    case "guard":
      return new InertModel("guard", inspection);
    default:
      return undefined;
  }
}
