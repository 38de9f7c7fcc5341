import { isJsonObject, type JsonObject } from "../../hub/model-folder.ts";
import type { Sampling } from "../engine.ts";
import type {
  Constraint,
  ScoredText,
  ServedMessage,
  ServedTalk,
  TalkOption,
  TextCandidate,
  TextEnd,
  TextEngine,
  Words,
  WriteOptions,
} from "../texts.ts";
import { listOf, numberOf, textOf } from "./ask/answers.ts";
import type { ServerConnection } from "./connection.ts";
import { UnsupportedByServerError } from "./errors.ts";
import { Calls, Thoughts } from "./fields.ts";
import { cutShort } from "./openai-texts.ts";

const GENERATE = "/api/generate";
const CHAT = "/api/chat";
const MOST_CANDIDATES = 20;

/**
 * Ollama by its own routes: `/api/generate` in raw mode continues a text as it is, which its OpenAI routes never do
 * (ollama#12636), and both tell their speed. A prompt that is too long is refused instead of losing its front.
 * Source: its `docs/api.md` and `api/types.go`.
 */
export class OllamaTexts implements TextEngine {
  readonly takes: readonly (keyof Sampling)[] = [
    "temperature",
    "topP",
    "topK",
    "minP",
    "typicalP",
    "repetitionPenalty",
    "presencePenalty",
    "frequencyPenalty",
    "seed",
  ];
  readonly talks: readonly TalkOption[] = ["tools", "thinking"];
  readonly #server: ServerConnection;
  readonly #model: string;

  constructor(server: ServerConnection, model: string) {
    this.#server = server;
    this.#model = model;
  }

  constrains(): readonly Constraint[] {
    return ["jsonSchema"];
  }

  async *write(
    words: Words,
    { maxTokens, sampling, signal, jsonSchema }: WriteOptions,
  ): AsyncGenerator<string, TextEnd> {
    const isChat = "messages" in words;
    const path = isChat ? CHAT : GENERATE;
    const body = {
      model: this.#model,
      ...(isChat ? talkOf(words) : { prompt: words.text, raw: true }),
      options: { ...optionsOf(sampling), num_predict: maxTokens },
      ...(jsonSchema === undefined ? {} : { format: jsonSchema }),
      // Without these the front of a long prompt is cut in silence, as by versions that do not know them.
      truncate: false,
      shift: false,
      stream: true,
    };
    const thoughts = new Thoughts();
    const calls = new Calls();
    let end: JsonObject | undefined;
    for await (const event of this.#server.events(path, body, { maxTokens, signal })) {
      const told = isChat ? (isJsonObject(event.message) ? event.message : {}) : event;
      const piece = thoughts.piece(
        textOf(told.thinking) ?? "",
        textOf(isChat ? told.content : told.response) ?? "",
      );
      calls.take(told.tool_calls);
      if (piece !== "") yield piece;
      if (event.done !== true) continue;
      end = event;
      break;
    }
    if (end === undefined) throw cutShort(this.#server, path);
    const rest = thoughts.end() + calls.end();
    if (rest !== "") yield rest;
    const completionTokens = numberOf(end.eval_count);
    const nanoseconds = numberOf(end.eval_duration);
    return {
      finishReason: end.done_reason === "length" ? "length" : "stop",
      promptTokens: numberOf(end.prompt_eval_count),
      completionTokens,
      tokensPerSecond:
        completionTokens === undefined || nanoseconds === undefined || nanoseconds <= 0
          ? undefined
          : completionTokens / (nanoseconds / 1e9),
      warnings: [],
    };
  }

  /** From Ollama 0.12.11 on. */
  async next(text: string, top: number): Promise<TextCandidate[]> {
    if (top > MOST_CANDIDATES) {
      throw withholds({
        en: `more than the ${MOST_CANDIDATES} most likely tokens`,
        zh: `超过 ${MOST_CANDIDATES} 个最可能的词元`,
      });
    }
    const answer = await this.#server.post(GENERATE, {
      model: this.#model,
      prompt: text,
      raw: true,
      stream: false,
      logprobs: true,
      top_logprobs: top,
      options: { num_predict: 1, temperature: 0 },
    });
    const [first] = isJsonObject(answer) ? listOf(answer.logprobs) : [];
    const listed = isJsonObject(first) ? listOf(first.top_logprobs).filter(isJsonObject) : [];
    if (listed.length === 0) throw withholds({ en: "the probabilities of tokens", zh: "词元的概率" });
    return listed.map(({ token, logprob }) => ({
      id: null,
      text: textOf(token) ?? "",
      probability: Math.exp(numberOf(logprob) ?? Number.NEGATIVE_INFINITY),
    }));
  }

  async score(): Promise<ScoredText[]> {
    throw withholds({ en: "the probabilities of a text that it is given", zh: "给定文本的概率" });
  }
}

function talkOf({ messages, tools, thinking }: ServedTalk): object {
  return {
    messages: messages.map(messageOf),
    ...(tools === undefined ? {} : { tools }),
    ...(thinking === undefined ? {} : { think: thinking }),
  };
}

/** As Ollama has messages: the arguments of calls are an object, and a result names its tool. */
function messageOf({ tool_calls: calls, tool_call_id: _, name, ...message }: ServedMessage): object {
  return {
    ...message,
    ...(calls === undefined
      ? {}
      : {
          tool_calls: calls.map(({ function: called }) => ({
            function: { name: called.name, arguments: JSON.parse(called.arguments) },
          })),
        }),
    ...(name === undefined ? {} : { tool_name: name }),
  };
}

function optionsOf(sampling: Sampling): object {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    typical_p: sampling.typicalP,
    repeat_penalty: sampling.repetitionPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
  };
}

function withholds(wanted: UnsupportedByServerError["wanted"]): UnsupportedByServerError {
  return new UnsupportedByServerError("Ollama", wanted);
}
