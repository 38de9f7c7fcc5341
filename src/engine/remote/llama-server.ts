import { parseGrammar } from "../../formats/grammar/gbnf.ts";
import { grammarOfSchema } from "../../formats/grammar/json-schema.ts";
import { isJsonObject, type JsonObject } from "../../hub/model-folder.ts";
import type { Text } from "../../language.ts";
import {
  type Candidate,
  type Distribution,
  type Engine,
  type EngineModel,
  type FinishReason,
  type GeneratedToken,
  type GenerateOptions,
  type Likelihood,
  PromptTooLongError,
} from "../engine.ts";
import { type Answers, listOf, numberOf, textOf } from "./ask/answers.ts";
import type { ServerConnection } from "./connection.ts";
import { UnsupportedByServerError } from "./errors.ts";
import { addedToken, samplingOf, tokensOf } from "./llama-server-wire.ts";

const COMPLETION = "/completion";
/** A part of a character: the server counts the token and keeps its id. */
const UNTOLD = -1;

/**
 * llama-server by its own routes, which speak in tokens: prompts are sent as ids, so that a message cannot forge a
 * control token, and the whole distribution of the next token can be had. Raw logits and the probabilities of a given
 * text it does not give. Source: `tools/server/README.md` and `server-context.cpp` of llama.cpp.
 */
export class LlamaServerEngine implements Engine {
  readonly model: EngineModel;
  readonly #server: ServerConnection;
  readonly #name: string | undefined;
  /** A token that is a character of its own. */
  readonly #plain: number;

  private constructor(server: ServerConnection, name: string | undefined, model: EngineModel, plain: number) {
    this.#server = server;
    this.#name = name;
    this.model = model;
    this.#plain = plain;
  }

  /**
   * Learns what the model needs to be spoken to in tokens.
   * @param names Texts that may be control tokens of this model; `ends` are those of them that end generation.
   */
  static async connect(
    server: ServerConnection,
    answers: Answers,
    names: { readonly all: readonly string[]; readonly ends: readonly string[] },
  ): Promise<LlamaServerEngine> {
    const [bare, whole, found] = await Promise.all([
      tokensOf(server, "a", { parse: false }),
      tokensOf(server, "a", { parse: false, begin: true }),
      Promise.all([...new Set(names.all)].map((name) => addedToken(server, name))),
    ]);
    const added = found.filter((one) => one !== undefined);
    const addedTokens = new Map(added.map(({ name, id }) => [name, id]));
    const [begin] = whole;
    const { context, trainedContext, vocabularySize } = answers;
    const model: EngineModel = {
      contextSize: context ?? trainedContext ?? Number.POSITIVE_INFINITY,
      trainedContext: trainedContext ?? context ?? Number.POSITIVE_INFINITY,
      vocabularySize: vocabularySize ?? Number.MAX_SAFE_INTEGER,
      endTokens: names.ends.flatMap((name) => addedTokens.get(name) ?? []),
      addedTokens,
      controlTokens: new Set(added.filter(({ isControl }) => isControl).map(({ id }) => id)),
      ...(begin !== undefined && whole.length > bare.length ? { beginToken: begin } : {}),
    };
    return new LlamaServerEngine(server, answers.model, model, bare[0] ?? 0);
  }

  async tokenize(text: string): Promise<number[]> {
    return text === "" ? [] : tokensOf(this.#server, text, { parse: false });
  }

  /** What a part of a character is in bytes the server does not tell; it comes as U+FFFD. */
  async bytes(ids: readonly number[]): Promise<Uint8Array[]> {
    return Promise.all(ids.map((id) => this.#spelled(id)));
  }

  /** The prompt that the server itself would lay a conversation out as. */
  async layOut(messages: readonly { readonly role: string; readonly content: string }[]): Promise<number[]> {
    const answer = await this.#server.post("/apply-template", { messages });
    const prompt = isJsonObject(answer) ? textOf(answer.prompt) : undefined;
    if (prompt === undefined)
      throw this.#server.broken("/apply-template", "it holds no prompt", "其中没有提示");
    return tokensOf(this.#server, prompt, { parse: true, begin: true });
  }

  async *generate(
    prompt: readonly number[],
    options: GenerateOptions,
  ): AsyncGenerator<GeneratedToken, FinishReason> {
    const { maxTokens, sampling, stopTokens = this.model.endTokens, signal } = options;
    requireNoAdapter(options.adapter);
    const { grammar, jsonSchema } = options;
    // As on this machine: what a schema says that cannot be kept to is refused, not left out.
    if (grammar !== undefined) parseGrammar(grammar);
    const rules = jsonSchema === undefined ? grammar : grammarOfSchema(jsonSchema);
    this.#requireRoom(prompt, 1);
    if (signal?.aborted) return "aborted";
    if (maxTokens < 1) return "length";
    const body = {
      ...this.#request(prompt),
      ...samplingOf(sampling),
      n_predict: maxTokens,
      stream: true,
      return_tokens: true,
      timings_per_token: true,
      // A speculation would change the speed alone; the server has its own.
      ...(rules === undefined ? {} : { grammar: rules }),
      ...(options.logprobs === undefined ? {} : { n_probs: Math.max(1, options.logprobs) }),
    };
    const began = performance.now();
    let counted = 0;
    /** Tokens without text: the last of them may be the end itself. */
    let waiting: GeneratedToken[] = [];
    try {
      for await (const event of this.#server.events(COMPLETION, body, { maxTokens, signal })) {
        const timings = isJsonObject(event.timings) ? event.timings : {};
        if (event.stop === true) {
          const { stop_type: why } = event;
          yield* why === "eos" ? waiting.slice(0, -1) : waiting;
          return why === "limit" || why === "none" ? "length" : "stop";
        }
        const [id] = listOf(event.tokens);
        if (typeof id !== "number") continue;
        if (stopTokens.includes(id)) {
          yield* waiting;
          return "stop";
        }
        const elapsed = numberOf(timings.predicted_ms) ?? performance.now() - began;
        counted++;
        for (const total = numberOf(timings.predicted_n) ?? counted; counted < total; counted++) {
          waiting.push({ id: UNTOLD, bytes: new Uint8Array(), elapsed });
        }
        const text = textOf(event.content) ?? "";
        const likelihood =
          options.logprobs === undefined
            ? {}
            : { likelihood: await this.#likelihood(event, options.logprobs) };
        waiting.push({ id, bytes: Buffer.from(text), elapsed, ...likelihood });
        if (text === "") continue;
        yield* waiting;
        waiting = [];
      }
    } catch (error) {
      if (signal?.aborted) return "aborted";
      throw error;
    }
    if (signal?.aborted) return "aborted";
    throw this.#server.broken(COMPLETION, "it ended before the text did", "在文本结束之前中断");
  }

  async next(
    prompt: readonly number[],
    { top, of = [], adapter }: { top: number; of?: readonly number[]; adapter?: string | undefined },
  ): Promise<Distribution> {
    requireNoAdapter(adapter);
    this.#requireRoom(prompt, 0);
    const { vocabularySize } = this.model;
    const answer = await this.#server.post(COMPLETION, {
      ...this.#request(prompt),
      n_predict: 1,
      // What a token has that was asked for is only known among all of them.
      n_probs: of.length === 0 ? Math.min(top, vocabularySize) : vocabularySize,
      temperature: 0,
      // The probabilities are those before any sampling. One of a part of a character the server would keep back, so a
      // whole character is made to be drawn.
      logit_bias: [[this.#plain, 1000]],
      stream: false,
    });
    const [first] = isJsonObject(answer) ? listOf(answer.completion_probabilities) : [];
    const listed = isJsonObject(first) ? listOf(first.top_logprobs).filter(isJsonObject) : [];
    if (listed.length === 0) {
      throw this.#server.broken(COMPLETION, "it holds no probabilities", "其中没有概率");
    }
    const probability = new Map(
      listed.map((one) => [numberOf(one.id), Math.exp(numberOf(one.logprob) ?? -1e4)]),
    );
    return {
      top: await Promise.all(listed.slice(0, top).map((one) => this.#candidate(one))),
      of: of.map((id) => probability.get(id) ?? 0),
    };
  }

  async logits(): Promise<Float32Array[]> {
    throw withholds({ en: "raw logits", zh: "原始 logits" });
  }

  async score(): Promise<Float64Array> {
    throw withholds({ en: "the probabilities of a text that it is given", zh: "给定文本的概率" });
  }

  async #likelihood(event: JsonObject, count: number): Promise<Likelihood> {
    const [told] = listOf(event.completion_probabilities).filter(isJsonObject);
    if (told === undefined)
      throw this.#server.broken(COMPLETION, "it holds no probabilities", "其中没有概率");
    const listed = listOf(told.top_logprobs).filter(isJsonObject).slice(0, count);
    return {
      logProbability: numberOf(told.logprob) ?? Number.NEGATIVE_INFINITY,
      top: await Promise.all(
        listed.map(async (one) => {
          const { id, bytes } = await this.#candidate(one);
          return { id, bytes, logProbability: numberOf(one.logprob) ?? Number.NEGATIVE_INFINITY };
        }),
      ),
    };
  }

  async #candidate(told: JsonObject): Promise<Candidate> {
    const id = numberOf(told.id) ?? UNTOLD;
    const bytes = listOf(told.bytes).filter((one) => typeof one === "number");
    return {
      id,
      // Control tokens are given without text.
      bytes: bytes.length > 0 ? Uint8Array.from(bytes) : await this.#spelled(id),
      probability: Math.exp(numberOf(told.logprob) ?? Number.NEGATIVE_INFINITY),
    };
  }

  async #spelled(id: number): Promise<Uint8Array> {
    const told = await this.#server.post("/detokenize", { tokens: [id] });
    return Buffer.from((isJsonObject(told) ? textOf(told.content) : undefined) ?? "");
  }

  #request(prompt: readonly number[]): object {
    return { ...(this.#name === undefined ? {} : { model: this.#name }), prompt, cache_prompt: true };
  }

  #requireRoom(prompt: readonly number[], reply: number): void {
    if (prompt.length === 0) throw new RangeError("a prompt has at least one token");
    const { contextSize } = this.model;
    if (prompt.length + reply > contextSize) throw new PromptTooLongError(prompt.length, contextSize);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** It applies those that it was started with, to every request. */
function requireNoAdapter(adapter: string | undefined): void {
  if (adapter !== undefined) throw withholds({ en: "a choice of adapter", zh: "适配器的选择" });
}

function withholds(wanted: Text): UnsupportedByServerError {
  return new UnsupportedByServerError("llama-server", wanted);
}
