import { NotFoundError } from "../../errors.ts";
import { nameOfPath } from "../../hub/reference.ts";
import { withReading } from "../../model/template-reading.ts";
import { printable } from "../../printable.ts";
import { blankFacts, type ModelFacts, type NameFact } from "../../stage/facts.ts";
import type { Reply, ServerFacts } from "../../stage/symptoms/patient.ts";
import { renderFixtures } from "../fixtures.ts";
import { replyIn } from "../output.ts";
import { type Answers, numberOf } from "./answers.ts";
import { AskedServer } from "./ask.ts";
import { askLlamaServer } from "./llama-server.ts";
import { askOllama } from "./ollama.ts";
import { askOpenAI } from "./openai.ts";

/** A cold model has to be loaded before its first word. */
const HELLO_MILLISECONDS = 30_000;
const HELLO_TOKENS = 48;
const POOLINGS: readonly NonNullable<ModelFacts["pooling"]>[] = ["none", "mean", "cls", "last", "rank"];

/** What a server told, and what it lets one know of the model behind it. */
export interface ServerStudy {
  readonly server: ServerFacts;
  /** As far as a server tells; much is left open. */
  readonly facts: ModelFacts;
}

/**
 * Asks a running server what it is and what it serves, and for a short answer to "Hello". At most 50 seconds.
 * Throws BadInputError for an address that is none, NotFoundError where no server answers or it serves no model.
 */
export async function readServer(url: string, wanted: string | undefined): Promise<ServerStudy> {
  const asked = new AskedServer(url);
  await asked.reach();
  const answers =
    (await askOllama(asked, wanted)) ?? (await askLlamaServer(asked)) ?? (await askOpenAI(asked, wanted));
  if (answers === undefined || (answers.models.length === 0 && answers.model === undefined)) {
    throw new NotFoundError(url, {
      en: `The server at ${printable(url)} names no model (/v1/models, /props, /api/tags). Check the address, or that it needs no key.`,
      zh: `${printable(url)} 上的服务器没有给出任何模型（/v1/models、/props、/api/tags）。请检查地址，以及它是否需要密钥。`,
    });
  }
  const { template, bos, eos } = answers;
  const [rendered, hello] = await Promise.all([
    template === undefined ? undefined : renderFixtures(template, { bos: bos ?? "", eos: eos ?? "" }),
    writesText(answers) ? sayHello(asked, answers.model) : undefined,
  ]);
  const facts = await withReading(factsOf(url, answers));
  return {
    facts,
    server: {
      url,
      program: answers.program,
      model: answers.model,
      models: answers.models,
      template,
      rendered,
      goTemplate: answers.goTemplate,
      hasFileTemplate: answers.hasFileTemplate,
      stops: answers.stops,
      bos,
      eos,
      temperature: answers.temperature,
      topP: answers.topP,
      topK: answers.topK,
      repetitionPenalty: answers.repetitionPenalty,
      context: answers.context,
      trainedContext: answers.trainedContext,
      capabilities: answers.capabilities,
      pooling: facts.pooling,
      hello,
    },
  };
}

function writesText({ capabilities }: Answers): boolean {
  return capabilities === undefined || capabilities.length === 0 || capabilities.includes("completion");
}

async function sayHello(asked: AskedServer, model: string | undefined): Promise<Reply | undefined> {
  const body = {
    model: model ?? "default",
    messages: [{ role: "user", content: "Hello" }],
    max_tokens: HELLO_TOKENS,
    temperature: 0,
    stream: false,
  };
  const answer = await asked.json("/v1/chat/completions", body, HELLO_MILLISECONDS);
  return answer === undefined ? undefined : replyIn(`${asked.url} (Hello)`, answer, JSON.stringify(answer));
}

/** The model behind a server, as a GGUF of which only some keys are known. */
function factsOf(url: string, answers: Answers): ModelFacts {
  const { model, file, root, metadata = {}, architecture, template, eos } = answers;
  const own = [model, root, file === undefined ? undefined : nameOfPath(file)].filter(
    (name) => name !== undefined,
  );
  const names: NameFact[] = [...new Set(own)].map((name) => ({ from: "reference", name }));
  const general = metadata["general.name"];
  const pooling = numberOf(metadata[`${architecture}.pooling_type`]);
  return {
    ...blankFacts(model ?? url, "GGUF"),
    names: typeof general === "string" ? [...names, { from: "general.name", name: general }] : names,
    architecture,
    template,
    edges: {
      ...(answers.bos === undefined ? {} : { begin: answers.bos }),
      ...(eos === undefined ? {} : { end: eos }),
    },
    pooling: pooling === undefined ? undefined : POOLINGS[pooling],
    ends:
      eos === undefined
        ? []
        : [{ from: "GGUF", key: "tokenizer.ggml.eos_token_id", id: undefined, text: eos }],
  };
}
