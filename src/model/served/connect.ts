import { promptOf } from "../../chat/prompt.ts";
import { ChatTemplate, TemplateError } from "../../chat/template.ts";
import type { Engine, Sampling } from "../../engine/engine.ts";
import type { Answers } from "../../engine/remote/ask/answers.ts";
import { askServer } from "../../engine/remote/ask/ask-server.ts";
import { ServerConnection } from "../../engine/remote/connection.ts";
import { ServerError } from "../../engine/remote/errors.ts";
import { LlamaServerEngine } from "../../engine/remote/llama-server.ts";
import { OllamaTexts } from "../../engine/remote/ollama-texts.ts";
import { OpenAITexts } from "../../engine/remote/openai-texts.ts";
import { TextServer } from "../../engine/remote/text-server.ts";
import { BadInputError, NotFoundError } from "../../errors.ts";
import type { ServerReference } from "../../hub/parse-reference.ts";
import { printable } from "../../printable.ts";
import { embeddingSettings } from "../../stage/embedding.ts";
import { LLAMA_STOPS } from "../../stage/ends.ts";
import type { ModelFacts } from "../../stage/facts.ts";
import type { RepresentingModel } from "../embedding-model.ts";
import { INFILL_TOKENS } from "../infill.ts";
import type { Inspection } from "../inspect.ts";
import { ranking, representing } from "../open-vectors.ts";
import type { RankingModel } from "../reranker-model.ts";
import { factsOfServer } from "./server-facts.ts";
import { ServedRanker, ServedVectors } from "./vectors.ts";

/** Enough names for a sentence. */
const MAX_LISTED = 12;
/** What control tokens look like in the source of a template. */
const CONTROL_TOKEN = /<[|｜]?[^\s<>'"{}]{1,40}[|｜]?>|\[\/?[A-Z_]{2,24}\]/gu;
const MAX_NAMES = 128;
/** A conversation in which texts stand in every place that templates have for them. */
const SPECIMEN = [
  { role: "user", content: "Hello there" },
  { role: "assistant", content: "Good morning." },
  { role: "user", content: "And you?" },
] as const;

/** A model behind a server: what is known of it, and how to run it. */
export interface ServedModel {
  readonly facts: ModelFacts;
  readonly program: string;
  /** What the server draws with when it is told nothing. */
  readonly recommended: Partial<Sampling>;
  start(): Promise<{ readonly engine: Engine; readonly template: ChatTemplate | undefined }>;
  readonly server: ServerConnection;
  /** What it tells of the model. */
  readonly answers: Answers;
}

/**
 * Finds out what a server serves. Throws what `askServer` throws, BadInputError where it serves several models and none
 * is named, and NotFoundError where it does not serve the one that is.
 */
export async function connect(reference: string, { url, model }: ServerReference): Promise<ServedModel> {
  const server = new ServerConnection(url);
  const answers = await askServer(server, model);
  const chosen = choose(reference, url, answers, model);
  return {
    facts: { ...(await factsOfServer(url, chosen)), reference },
    program: chosen.program,
    recommended: recommendedBy(chosen),
    start: () => start(reference, server, chosen),
    server,
    answers: chosen,
  };
}

/** The model for vectors or ranks. Nothing is asked of the server before the first text. */
export function openServed(
  use: "embed" | "rerank",
  { server, answers, facts }: ServedModel,
  inspection: Inspection,
): RepresentingModel | RankingModel {
  if (use === "rerank") return ranking({ ranker: new ServedRanker(server, answers), inspection });
  const settings = embeddingSettings(facts, inspection.stage === "embedding");
  return representing({ vectors: new ServedVectors(server, answers), inspection, settings });
}

/** The answers for the model that is meant. */
function choose(reference: string, url: string, answers: Answers, wanted: string | undefined): Answers {
  const { models, model, program } = answers;
  if (wanted === undefined) {
    if (models.length <= 1) return answers;
    throw new BadInputError({
      en: `${printable(url)} serves ${models.length} models: ${listed(models)}. Name one, such as ${printable(url)}#${printable(models[0] ?? "")}.`,
      zh: `${printable(url)} 提供 ${models.length} 个模型：${listed(models)}。请指定其一，例如 ${printable(url)}#${printable(models[0] ?? "")}。`,
    });
  }
  const isThere = models.includes(wanted) || model === wanted || models.includes(`${wanted}:latest`);
  if (!isThere) {
    throw new NotFoundError(reference, {
      en: `${printable(url)} does not serve ${printable(wanted)}. It serves ${listed(models)}.`,
      zh: `${printable(url)} 没有提供 ${printable(wanted)}。它提供的是 ${listed(models)}。`,
    });
  }
  return program === "Ollama" ? answers : { ...answers, model: wanted };
}

function listed(models: readonly string[]): string {
  const shown = models.slice(0, MAX_LISTED).map((name) => printable(name));
  return models.length > MAX_LISTED ? `${shown.join(", ")}, …` : shown.join(", ");
}

async function start(
  reference: string,
  server: ServerConnection,
  answers: Answers,
): Promise<{ readonly engine: Engine; readonly template: ChatTemplate | undefined }> {
  const { program, model, bos = "", eos = "" } = answers;
  if (program === "Ollama" && model !== undefined) {
    return { engine: new TextServer(answers, new OllamaTexts(server, model)), template: undefined };
  }
  const texts = new TextServer(answers, new OpenAITexts(server, answers));
  if (program !== "llama-server") return { engine: texts, template: undefined };
  const template = templateOf(reference, answers.template, { bos, eos });
  const named = [...(answers.template ?? "").matchAll(CONTROL_TOKEN)].map(([name]) => name);
  const ends = [...new Set([eos, ...LLAMA_STOPS])].filter((name) => name !== "");
  const all = [...new Set([bos, ...ends, ...INFILL_TOKENS, ...named])]
    .filter((name) => name !== "")
    .slice(0, MAX_NAMES);
  const engine = await LlamaServerEngine.connect(server, answers, { all, ends });
  if (template === undefined) return { engine, template };
  return (await laysOutAlike(engine, template))
    ? { engine, template }
    : { engine: texts, template: undefined };
}

function templateOf(
  reference: string,
  source: string | undefined,
  tokens: { readonly bos: string; readonly eos: string },
): ChatTemplate | undefined {
  if (source === undefined) return undefined;
  try {
    return new ChatTemplate(reference, source, tokens);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/**
 * Whether a conversation becomes the very tokens that the server itself would make of it. Only then are conversations
 * laid out here, where no message can forge a control token; else the server does it.
 */
async function laysOutAlike(engine: LlamaServerEngine, template: ChatTemplate): Promise<boolean> {
  try {
    const [own, theirs] = await Promise.all([promptOf(engine, template, SPECIMEN), engine.layOut(SPECIMEN)]);
    return own.tokens.join() === theirs.join();
  } catch (error) {
    if (error instanceof TemplateError || error instanceof ServerError || error instanceof NotFoundError) {
      return false;
    }
    throw error;
  }
}

function recommendedBy({ temperature, topP, topK }: Answers): Partial<Sampling> {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
  };
}
