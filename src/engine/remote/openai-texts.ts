import { NotFoundError } from "../../errors.ts";
import { grammarOfSchema } from "../../formats/grammar/json-schema.ts";
import { isJsonObject, type JsonObject } from "../../hub/model-folder.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { FinishReason, Sampling } from "../engine.ts";
import type {
  Constraint,
  ScoredText,
  ServedTalk,
  TalkOption,
  TextCandidate,
  TextEnd,
  TextEngine,
  Words,
  WriteOptions,
} from "../texts.ts";
import { type Answers, listOf, numberOf, textOf } from "./ask/answers.ts";
import type { ServerConnection } from "./connection.ts";
import { ServerError, UnsupportedByServerError } from "./errors.ts";
import { Calls, Thoughts } from "./fields.ts";
import { Pace } from "./pace.ts";

const COMPLETIONS = "/v1/completions";
const CHAT = "/v1/chat/completions";
/** OpenAI's own host refuses what it does not know; the free servers take all of these. */
const STRICT_HOST = "api.openai.com";

const STANDARD = [
  "temperature",
  "topP",
  "presencePenalty",
  "frequencyPenalty",
  "logitBias",
  "seed",
] as const satisfies (keyof Sampling)[];

/**
 * Any OpenAI-compatible server, by `/v1/completions` and `/v1/chat/completions`. Sources: the OpenAI API reference, and
 * the protocols of vLLM and llama-server, which add top_k, min_p and ids of tokens.
 */
export class OpenAITexts implements TextEngine {
  readonly takes: readonly (keyof Sampling)[];
  readonly talks: readonly TalkOption[];
  readonly #server: ServerConnection;
  readonly #program: Answers["program"];
  readonly #model: string | undefined;

  constructor(server: ServerConnection, { program, model }: Pick<Answers, "program" | "model">) {
    this.#server = server;
    this.#program = program;
    this.#model = model;
    this.takes =
      program === "OpenAI-compatible" ? STANDARD : [...STANDARD, "topK", "minP", "repetitionPenalty"];
    this.talks = program === "OpenAI-compatible" ? ["tools"] : ["tools", "thinking"];
  }

  /** OpenAI's own interface knows schemas for conversations alone. */
  constrains(words: Words): readonly Constraint[] {
    if (this.#program !== "OpenAI-compatible") return ["grammar", "jsonSchema"];
    return "messages" in words ? ["jsonSchema"] : [];
  }

  async *write(words: Words, options: WriteOptions): AsyncGenerator<string, TextEnd> {
    const { maxTokens, sampling, signal } = options;
    const isChat = "messages" in words;
    const path = isChat ? CHAT : COMPLETIONS;
    const limit = isChat && this.#server.host === STRICT_HOST ? "max_completion_tokens" : "max_tokens";
    const body = {
      ...this.#named(),
      ...(isChat ? talkOf(words) : { prompt: words.text }),
      [limit]: maxTokens,
      ...this.#sampling(sampling),
      ...this.#constraint(options),
      stream: true,
      stream_options: { include_usage: true },
    };
    const pace = new Pace();
    const thoughts = new Thoughts();
    const calls = new Calls();
    let finish: string | undefined;
    let usage: JsonObject = {};
    for await (const event of this.#events(path, body, maxTokens, signal)) {
      if (isJsonObject(event.usage)) usage = event.usage;
      const choice = listOf(event.choices)[0];
      if (!isJsonObject(choice)) continue;
      const delta = isJsonObject(choice.delta) ? choice.delta : choice;
      const piece = thoughts.piece(
        textOf(delta.reasoning_content) ?? textOf(delta.reasoning) ?? "",
        textOf(delta.content) ?? textOf(delta.text) ?? "",
      );
      calls.take(delta.tool_calls);
      finish = textOf(choice.finish_reason) ?? finish;
      if (piece === "") continue;
      pace.came();
      yield piece;
    }
    if (finish === undefined) throw cutShort(this.#server, path);
    const rest = thoughts.end() + calls.end();
    if (rest !== "") yield rest;
    const completionTokens = numberOf(usage.completion_tokens);
    return {
      finishReason: reasonOf(finish),
      promptTokens: numberOf(usage.prompt_tokens),
      completionTokens,
      tokensPerSecond: pace.tokensPerSecond(completionTokens),
      warnings: finishWarnings(finish),
    };
  }

  async next(text: string, top: number): Promise<TextCandidate[]> {
    const told = await this.#logprobs({
      prompt: text,
      max_tokens: 1,
      temperature: 0,
      logprobs: top,
      ...(this.#program === "vLLM" ? { return_tokens_as_token_ids: true } : {}),
    });
    const [first] = listOf(told.top_logprobs);
    if (!isJsonObject(first)) throw this.#withholds();
    const candidates = Object.entries(first).flatMap(([token, value]) => {
      const logProbability = numberOf(value);
      return logProbability === undefined ? [] : [{ token, probability: Math.exp(logProbability) }];
    });
    // vLLM gives the drawn token beside as many as were asked for.
    const likely = candidates.sort((one, other) => other.probability - one.probability).slice(0, top);
    return Promise.all(
      likely.map(async ({ token, probability }) => ({ ...(await this.#tokenOf(token)), probability })),
    );
  }

  async score(text: string): Promise<ScoredText[]> {
    const told = await this.#logprobs({
      prompt: text,
      max_tokens: 1,
      temperature: 0,
      logprobs: 1,
      echo: true,
    });
    const tokens = listOf(told.tokens);
    const values = listOf(told.token_logprobs);
    const scored: ScoredText[] = [];
    let echoed = "";
    for (const [i, token] of tokens.entries()) {
      // What follows the text is the one token that had to be generated.
      if (echoed.length >= text.length || typeof token !== "string") break;
      echoed += token;
      scored.push({ text: token, logProbability: numberOf(values[i]) ?? null });
    }
    // A server that ignores `echo` would score its own continuation in the text's place.
    if (!echoed.endsWith(text)) throw this.#withholds();
    return scored;
  }

  /** `token_id:123`, as vLLM writes it on demand, or the text itself. */
  async #tokenOf(token: string): Promise<{ readonly id: number | null; readonly text: string }> {
    const id = /^token_id:(\d{1,9})$/.exec(token)?.[1];
    if (id === undefined) return { id: null, text: token };
    const told = await this.#server.post("/detokenize", { ...this.#named(), tokens: [Number(id)] });
    return { id: Number(id), text: (isJsonObject(told) ? textOf(told.prompt) : undefined) ?? "" };
  }

  async #logprobs(body: object): Promise<JsonObject> {
    let answer: unknown;
    try {
      answer = await this.#server.post(COMPLETIONS, { ...this.#named(), ...body });
    } catch (error) {
      // A server without the route, or that refuses what was asked for, does not give it.
      if (error instanceof NotFoundError) throw this.#withholds();
      if (error instanceof ServerError && error.status === 400) throw this.#withholds(error.said);
      throw error;
    }
    const choice = isJsonObject(answer) ? listOf(answer.choices)[0] : undefined;
    if (!isJsonObject(choice) || !isJsonObject(choice.logprobs)) throw this.#withholds();
    return choice.logprobs;
  }

  async *#events(
    path: string,
    body: object,
    maxTokens: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<JsonObject> {
    yield* this.#server.events(path, body, { maxTokens, signal });
  }

  #named(): { readonly model?: string } {
    return this.#model === undefined ? {} : { model: this.#model };
  }

  #sampling(sampling: Sampling): object {
    const all = {
      temperature: sampling.temperature,
      top_p: sampling.topP,
      presence_penalty: sampling.presencePenalty,
      frequency_penalty: sampling.frequencyPenalty,
      logit_bias: sampling.logitBias,
      seed: sampling.seed,
    };
    if (this.#program === "OpenAI-compatible") return all;
    const penalty = this.#program === "llama-server" ? "repeat_penalty" : "repetition_penalty";
    return { ...all, top_k: sampling.topK, min_p: sampling.minP, [penalty]: sampling.repetitionPenalty };
  }

  /**
   * llama-server gets a schema as the grammar that this machine would use. vLLM takes grammars as `structured_outputs`, up
   * to 0.11 as `guided_grammar`; each version passes over the other's field.
   */
  #constraint({ grammar, jsonSchema }: WriteOptions): object {
    if (this.#program === "llama-server") {
      const rules = jsonSchema === undefined ? grammar : grammarOfSchema(jsonSchema);
      return rules === undefined ? {} : { grammar: rules };
    }
    if (jsonSchema !== undefined) {
      const json_schema = { name: "answer", strict: true, schema: jsonSchema };
      return { response_format: { type: "json_schema", json_schema } };
    }
    return grammar === undefined ? {} : { structured_outputs: { grammar }, guided_grammar: grammar };
  }

  #withholds(said?: string): UnsupportedByServerError {
    const why = said === undefined ? "" : printable(said, 200);
    return new UnsupportedByServerError(this.#program, {
      en: `the probabilities of tokens that were asked for${why === "" ? "" : ` (${why})`}`,
      zh: `所请求的词元概率${why === "" ? "" : `（${why}）`}`,
    });
  }
}

/**
 * A conversation as a request has it. The switch of thinking is a variable of the template, which Qwen3, GLM and SmolLM3
 * call `enable_thinking`, and DeepSeek V3.1 and Granite `thinking`; a template passes over the other one.
 */
function talkOf({ messages, tools, thinking }: ServedTalk): object {
  return {
    messages,
    ...(tools === undefined ? {} : { tools }),
    ...(thinking === undefined ? {} : { chat_template_kwargs: { enable_thinking: thinking, thinking } }),
  };
}

/** Content filters and tools end a reply as its model does; what is new to us counts as an end, and is told. */
function reasonOf(finish: string): FinishReason {
  return finish === "length" ? "length" : "stop";
}

function finishWarnings(finish: string): Text[] {
  if (["stop", "length", "tool_calls"].includes(finish)) return [];
  const shown = printable(finish);
  return [
    {
      en: `The server ended the text for a reason of its own: ${shown}.`,
      zh: `服务器因其自身原因结束了文本：${shown}。`,
    },
  ];
}

export function cutShort(server: ServerConnection, path: string): ServerError {
  return server.broken(
    path,
    "it ended before the text did, without saying why",
    "在文本结束之前中断，且未说明原因",
  );
}
