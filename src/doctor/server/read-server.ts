import type { Answers } from "../../engine/remote/ask/answers.ts";
import { askServer } from "../../engine/remote/ask/ask-server.ts";
import { ServerConnection } from "../../engine/remote/connection.ts";
import { factsOfServer } from "../../model/served/server-facts.ts";
import type { ModelFacts } from "../../stage/facts.ts";
import type { Reply, ServerFacts } from "../../stage/symptoms/patient.ts";
import { renderFixtures } from "../fixtures.ts";
import { replyIn } from "../output.ts";

/** A cold model has to be loaded before its first word. */
const HELLO_MILLISECONDS = 30_000;
const HELLO_TOKENS = 48;

/** What a server told, and what it lets one know of the model behind it. */
export interface ServerStudy {
  readonly server: ServerFacts;
  /** As far as a server tells; much is left open. */
  readonly facts: ModelFacts;
}

/**
 * Asks a running server what it is and what it serves, and for a short answer to "Hello". At most 50 seconds.
 * Throws BadInputError for an address that is none, and what `askServer` throws.
 */
export async function readServer(url: string, wanted: string | undefined): Promise<ServerStudy> {
  const asked = new ServerConnection(url);
  const answers = await askServer(asked, wanted);
  const { template, bos, eos } = answers;
  const [rendered, hello] = await Promise.all([
    template === undefined ? undefined : renderFixtures(template, { bos: bos ?? "", eos: eos ?? "" }),
    writesText(answers) ? sayHello(asked, answers.model) : undefined,
  ]);
  const facts = await factsOfServer(url, answers);
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

async function sayHello(asked: ServerConnection, model: string | undefined): Promise<Reply | undefined> {
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
