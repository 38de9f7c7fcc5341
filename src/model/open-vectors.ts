import { dirname } from "node:path";
import type { AdapterChoice } from "../engine/llama/adapters.ts";
import { LlamaEngine } from "../engine/llama/llama-engine.ts";
import { LlamaVectorEngine } from "../engine/llama/vector-engine.ts";
import { filesOfFolder } from "../hub/model-files.ts";
import { jsonObjectOf, readModelFolder } from "../hub/model-folder.ts";
import type { Lead } from "../hub/reference.ts";
import { embeddingSettings } from "../stage/embedding.ts";
import type { ModelFacts } from "../stage/facts.ts";
import { MissingTemplateError } from "./chat-model.ts";
import {
  EmbeddingModel,
  type RepresentingModel,
  type RepresentingParts,
  UnprovenEmbeddingModel,
} from "./embedding-model.ts";
import { fileFactsOfFolder } from "./file-facts.ts";
import { factsOfFolder } from "./folder-facts.ts";
import type { Inspection } from "./inspect.ts";
import { chatPair, plainPair, templatePair } from "./pair-prompt.ts";
import { PairRanker } from "./pair-ranker.ts";
import { HeadScorer, type PairScorer, YesNoScorer } from "./pair-scorer.ts";
import {
  type RankingModel,
  type RankingParts,
  RerankerModel,
  UnprovenRerankerModel,
} from "./reranker-model.ts";
import { readRunnable } from "./runnable.ts";
import { TokenVectors } from "./text-vectors.ts";

const MAX_SETTINGS_BYTES = 2 ** 20;

/** Opens a model for vectors or for ranks. Throws what `LlamaVectorEngine.load` and `readRunnable` throw. */
export async function openForVectors(
  use: "embed" | "rerank",
  lead: Lead,
  facts: ModelFacts,
  inspection: Inspection,
  adapter?: AdapterChoice,
): Promise<RepresentingModel | RankingModel> {
  return use === "rerank"
    ? openReranker(lead, facts, inspection)
    : openEmbedding(lead, facts, inspection, adapter);
}

/** Opens a model for vectors. */
export async function openEmbedding(
  lead: Lead,
  facts: ModelFacts,
  inspection: Inspection,
  adapter?: AdapterChoice,
): Promise<RepresentingModel> {
  await readRunnable(lead);
  const { stage } = inspection;
  const settings = embeddingSettings(await withFolder(lead, facts), stage === "embedding");
  const vectors = new TokenVectors(await LlamaVectorEngine.load(lead.path, "vectors", adapter), settings);
  return representing({ vectors, inspection, settings });
}

/** A model for vectors, by its stage. */
export function representing(parts: RepresentingParts): RepresentingModel {
  const { stage } = parts.inspection;
  return stage === "embedding" ? new EmbeddingModel(parts) : new UnprovenEmbeddingModel(parts, stage);
}

/** A model for ranks, by its stage. */
export function ranking(parts: RankingParts): RankingModel {
  const { stage } = parts.inspection;
  return stage === "reranker" ? new RerankerModel(parts) : new UnprovenRerankerModel(parts, stage);
}

/** The facts, with what sentence-transformers' files beside a GGUF say where the reference was their folder. */
async function withFolder({ reference, path }: Lead, facts: ModelFacts): Promise<ModelFacts> {
  if (reference === path || facts.files === undefined) return facts;
  const files = filesOfFolder(dirname(path));
  const folder = await readModelFolder(files);
  const name = "sentence_bert_config.json";
  const source = await files.text(name, MAX_SETTINGS_BYTES);
  const beside = factsOfFolder(reference, [], folder);
  const { sentence } = fileFactsOfFolder(folder, {
    tokenizer: undefined,
    sentenceBert: source === undefined ? undefined : jsonObjectOf(`${files.path}/${name}`, source),
    templates: [],
    tensors: undefined,
    headEqualsEmbedding: undefined,
  });
  return {
    ...facts,
    pooling: facts.pooling ?? beside.pooling,
    modules: beside.modules,
    files: { ...facts.files, sentence },
  };
}

async function openReranker(lead: Lead, facts: ModelFacts, inspection: Inspection): Promise<RankingModel> {
  return ranking({ ranker: new PairRanker(await scorerFor(lead, facts, inspection)), inspection });
}

async function scorerFor(lead: Lead, facts: ModelFacts, { stage }: Inspection): Promise<PairScorer> {
  const { reference, path } = lead;
  const { header, template } = await readRunnable(lead);
  if (facts.hasScoreHead) {
    const engine = await LlamaVectorEngine.load(path, "scores");
    const layout = header.metadata.string("tokenizer.chat_template.rerank");
    const prompt =
      layout === undefined ? plainPair(engine, reference) : templatePair(engine, reference, layout);
    return new HeadScorer(engine, prompt, facts.labels ?? []);
  }
  if (stage !== "reranker" && template === undefined) throw new MissingTemplateError(reference);
  const engine = await LlamaEngine.load(path);
  try {
    if (stage === "reranker" || template === undefined) {
      return await YesNoScorer.of(engine, templatePair(engine, reference), path, {
        yes: ["yes"],
        no: ["no"],
      });
    }
    const prompt = chatPair(engine, template, stage === "hybrid");
    return await YesNoScorer.of(engine, prompt, path, { yes: ["Yes", "yes"], no: ["No", "no"] });
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
