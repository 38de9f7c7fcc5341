import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { render } from "../../src/chat/render.ts";
import type { GenerateOptions, JsonSchema, Sampling } from "../../src/engine/engine.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import type { LlamaVectorEngine } from "../../src/engine/llama/vector-engine.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { Utf8Stream } from "../../src/formats/tokenizer/utf8-stream.ts";
import type { PackagedModel } from "../../src/hub/parse-reference.ts";
import { packagedModelPath } from "../../src/hub/reference.ts";
import type { TemplateMessage } from "../../src/stage/rendered.ts";

export type Dialect = "llama-server" | "Ollama" | "vLLM" | "OpenAI";

/** A request that came. */
export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Json;
  /** Whether whoever asked went away before the answer was there. */
  left: boolean;
}

/** A way to answer wrongly. */
export interface Mischief {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body in place of the true one. */
  readonly body?: string;
  /** After so many events: end as if all were well, break the connection, or say nothing more. */
  readonly after?: { readonly events: number; readonly how: "end" | "break" | "stall" };
  /** Bytes before the first event. */
  readonly noise?: string;
}

type Json = Readonly<Record<string, unknown>>;

interface Drawn {
  readonly id: number;
  readonly text: string;
  readonly isEnd: boolean;
}

const ADDED = (engine: LlamaEngine): [string, number][] => [...engine.model.addedTokens];

/**
 * A server that answers as one of the known programs does, with a miniature model behind it: what it writes, counts
 * and measures is real. Sources: `tools/server/README.md` and `server-context.cpp` of llama.cpp, `docs/api.md` of
 * Ollama, the protocols of vLLM, and the OpenAI API reference. It records what it is asked, and misbehaves on demand.
 */
export class ModelServer {
  readonly asked: Asked[] = [];
  /** The first that answers bends the answer. */
  readonly mischief: ((path: string, body: Json) => Mischief | undefined)[] = [];
  /** What a request must carry, where it must carry a key. */
  key: string | undefined;
  /** Whether the list of models names another one too. */
  servesTwo = false;
  /** What makes vectors, where it serves a model for them; it is then told to have no template. */
  embedder: LlamaVectorEngine | undefined;
  /** What `/apply-template` answers in place of the truth. */
  layout: string | undefined;
  readonly #server: Server;
  readonly #engine: LlamaEngine;
  readonly #source: string;
  readonly #dialect: Dialect;
  readonly name: string;

  private constructor(dialect: Dialect, name: string, engine: LlamaEngine, source: string) {
    this.#dialect = dialect;
    this.#engine = engine;
    this.#source = source;
    this.name = name;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Starts one on a free port; it ends with the test file. */
  static async start(dialect: Dialect, model: PackagedModel, name: string = model): Promise<ModelServer> {
    const path = packagedModelPath(model);
    const source = (await readGgufHeader(path)).metadata.string("tokenizer.chat_template") ?? "";
    const server = new ModelServer(dialect, name, await LlamaEngine.load(path, { contextSize: 512 }), source);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    afterAll(() => server.stop());
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests for a path. */
  to(path: string): Asked[] {
    return this.asked.filter((one) => one.path === path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#engine[Symbol.asyncDispose]();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const body = await bodyOf(request);
    const { authorization } = request.headers;
    const asked: Asked = { path, authorization, body, left: false };
    this.asked.push(asked);
    const gone = new AbortController();
    response.on("close", () => {
      asked.left = !response.writableFinished;
      gone.abort();
    });
    const json = (value: unknown, status = 200): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    if (this.key !== undefined && authorization !== `Bearer ${this.key}`) {
      return json({ error: { code: 401, message: "Invalid API Key", type: "authentication_error" } }, 401);
    }
    const bent = this.mischief.map((one) => one(path, body)).find((one) => one !== undefined);
    if (bent?.status !== undefined || bent?.body !== undefined) {
      response.writeHead(bent.status ?? 200, { "content-type": "application/json", ...bent.headers });
      response.end(bent.body ?? "");
      return;
    }
    const answer = await this.#answer(path, body, gone.signal);
    if (answer === undefined) {
      return json({ error: { code: 404, message: "File Not Found", type: "not_found_error" } }, 404);
    }
    if ("json" in answer) return json(answer.json, answer.status);
    response.writeHead(200, {
      "content-type": this.#dialect === "Ollama" ? "application/x-ndjson" : "text/event-stream",
    });
    if (bent?.noise !== undefined) response.write(bent.noise);
    let events = 0;
    for await (const event of answer.events) {
      if (bent?.after?.events === events) {
        if (bent.after.how === "break") response.destroy();
        else if (bent.after.how === "end") response.end();
        return; // a stalled one stays open and silent
      }
      const text = JSON.stringify(event);
      response.write(this.#dialect === "Ollama" ? `${text}\n` : `data: ${text}\n\n`);
      events++;
    }
    response.end(this.#dialect === "Ollama" ? "" : "data: [DONE]\n\n");
  }

  async #answer(path: string, body: Json, signal: AbortSignal): Promise<Answer | undefined> {
    if (path === "/v1/models") return { json: this.#models() };
    const vectors = await this.#vectorsFor(path, body);
    if (vectors !== undefined) return vectors;
    switch (this.#dialect) {
      case "llama-server":
        return (await this.#asLlamaServer(path, body, signal)) ?? this.#asOpenAI(path, body, signal);
      case "Ollama":
        return this.#asOllama(path, body, signal);
      default:
        return this.#asOpenAI(path, body, signal);
    }
  }

  /** Vectors and ranks, each in the shape and the order that its program gives them in. */
  async #vectorsFor(path: string, body: Json): Promise<Answer | undefined> {
    const isOllama = this.#dialect === "Ollama";
    const isRank = path === "/v1/rerank" && !isOllama;
    if (!isRank && path !== (isOllama ? "/api/embed" : "/v1/embeddings")) return undefined;
    if (this.embedder === undefined) {
      const message = {
        "llama-server": "This server does not support embeddings. Start it with `--embeddings`",
        Ollama: "this model does not support embeddings",
        vLLM: "The model does not support Embeddings API",
        OpenAI: "no such model",
      }[this.#dialect];
      const status = this.#dialect === "llama-server" ? 501 : this.#dialect === "OpenAI" ? 404 : 400;
      return { status, json: { error: isOllama ? message : { code: status, message, type: "x" } } };
    }
    const { embedder } = this;
    const { before, behind } = embedder.model.frame;
    const texts = isRank ? [String(body.query), ...(body.documents as string[])] : (body.input as string[]);
    const ids = await Promise.all(
      texts.map(async (text) => [...before, ...(await embedder.tokenize(text)), ...behind]),
    );
    const long = ids.find(({ length }) => length > embedder.model.contextSize);
    if (long !== undefined) {
      return {
        status: 400,
        json: {
          error: {
            code: 400,
            message: "the request exceeds the available context size",
            type: "exceed_context_size_error",
            n_prompt_tokens: long.length,
            n_ctx: embedder.model.contextSize,
          },
        },
      };
    }
    const tokens = ids.reduce((sum, { length }) => sum + length, 0);
    const vectors = (await embedder.embed(ids, { pooling: "mean" })).map((vector) => {
      const length = Math.hypot(...vector);
      return [...vector].map((value) => value / length);
    });
    if (isRank) {
      const [query = [], ...documents] = vectors;
      const results = documents
        .map((one, index) => ({
          index,
          relevance_score: 10 * one.reduce((sum, value, i) => sum + value * (query[i] ?? 0), 0) - 5,
        }))
        .sort((one, other) => other.relevance_score - one.relevance_score);
      return { json: { model: this.name, results, usage: { prompt_tokens: tokens, total_tokens: tokens } } };
    }
    if (isOllama) return { json: { model: this.name, embeddings: vectors, prompt_eval_count: tokens } };
    const data = vectors.map((embedding, index) => ({ object: "embedding", index, embedding })).reverse();
    return { json: { object: "list", data, model: this.name, usage: { prompt_tokens: tokens } } };
  }

  #models(): object {
    const meta = { n_vocab: this.#engine.model.vocabularySize, n_ctx_train: 1024 };
    const entry = {
      "llama-server": { owned_by: "llamacpp", meta },
      Ollama: { owned_by: "library" },
      vLLM: { owned_by: "vllm", root: this.name, max_model_len: 512 },
      OpenAI: { owned_by: "somebody" },
    }[this.#dialect];
    const ids = this.servesTwo ? [this.name, "another"] : [this.name];
    return { object: "list", data: ids.map((id) => ({ id, object: "model", created: 1, ...entry })) };
  }

  async #asLlamaServer(path: string, body: Json, signal: AbortSignal): Promise<Answer | undefined> {
    switch (path) {
      case "/props":
        return {
          json: {
            default_generation_settings: {
              params: { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05, stop: [] },
              n_ctx: 512,
            },
            total_slots: 1,
            model_alias: this.name,
            model_path: `/models/${this.name}.gguf`,
            chat_template: this.embedder === undefined ? this.#source : "",
            bos_token: "",
            eos_token: "<|endoftext|>",
          },
        };
      case "/tokenize":
        return { json: { tokens: await this.#tokenize(String(body.content), body.parse_special !== false) } };
      case "/detokenize": {
        const bytes = await this.#engine.bytes((body.tokens ?? []) as number[]);
        return { json: { content: Buffer.concat(bytes).toString("utf8") } };
      }
      case "/apply-template":
        return { json: { prompt: this.layout ?? this.#layOut(body.messages) } };
      case "/completion":
        return this.#completion(body, signal);
      default:
        return undefined;
    }
  }

  async #completion(body: Json, signal: AbortSignal): Promise<Answer> {
    const ids = Array.isArray(body.prompt)
      ? (body.prompt as number[])
      : await this.#tokenize(String(body.prompt), true);
    if (ids.length >= 512) return tooLong(ids.length);
    const count = Number(body.n_probs ?? 0);
    if (count > 0) {
      const { top } = await this.#engine.next(ids, { top: count });
      const told = top.map(({ id, bytes, probability }) => ({
        id,
        token: Buffer.from(bytes).toString("utf8"),
        bytes: this.#engine.model.controlTokens.has(id) ? [] : [...bytes],
        logprob: Math.log(probability),
      }));
      return {
        json: { content: "a", stop: true, completion_probabilities: [{ ...told[0], top_logprobs: told }] },
      };
    }
    const self = this;
    async function* events(): AsyncGenerator<object> {
      let count = 0;
      let ended = false;
      for await (const { id, text, isEnd } of self.#draw(ids, Number(body.n_predict), body, signal)) {
        count++;
        ended = isEnd;
        yield {
          index: 0,
          content: text,
          tokens: [id],
          stop: false,
          timings: { predicted_n: count, predicted_ms: count * 2 },
        };
      }
      yield {
        index: 0,
        content: "",
        tokens: [],
        stop: true,
        stop_type: ended ? "eos" : "limit",
        tokens_predicted: count,
        tokens_evaluated: ids.length,
      };
    }
    return { events: events() };
  }

  async #asOpenAI(path: string, body: Json, signal: AbortSignal): Promise<Answer | undefined> {
    if (path === "/detokenize" && this.#dialect === "vLLM") {
      const bytes = await this.#engine.bytes((body.tokens ?? []) as number[]);
      return { json: { prompt: Buffer.concat(bytes).toString("utf8") } };
    }
    const isChat = path === "/v1/chat/completions";
    if (!isChat && path !== "/v1/completions") return undefined;
    const text = isChat ? this.#layOut(body.messages) : String(body.prompt);
    const ids = await this.#tokenize(text, true);
    if (ids.length >= 512) {
      return {
        status: 400,
        json: {
          object: "error",
          message: `This model's maximum context length is 512 tokens. However, your request has ${ids.length} input tokens. Please reduce the length of the input messages.`,
          type: "BadRequestError",
          code: 400,
        },
      };
    }
    if (body.logprobs !== undefined) return { json: await this.#withLogprobs(ids, body) };
    const self = this;
    async function* events(): AsyncGenerator<object> {
      let count = 0;
      let ended = false;
      const chunk = (choice: object): object => ({
        id: "cmpl-1",
        object: isChat ? "chat.completion.chunk" : "text_completion",
        created: 1,
        model: self.name,
        choices: [{ index: 0, finish_reason: null, ...choice }],
      });
      if (isChat) yield chunk({ delta: { role: "assistant", content: "" } });
      let whole = "";
      for await (const { text, isEnd } of self.#draw(ids, Number(body.max_tokens), body, signal)) {
        count++;
        ended = isEnd;
        whole += text;
        if (!isEnd && body.tools === undefined) yield chunk(isChat ? { delta: { content: text } } : { text });
      }
      let finish = ended ? "stop" : "length";
      if (body.tools !== undefined) {
        const { thought, content, calls } = fieldsOf(whole);
        if (thought !== "") yield chunk({ delta: { reasoning_content: thought } });
        if (content !== "") yield chunk({ delta: { content } });
        for (const [index, { name, given }] of calls.entries()) {
          const half = given.length >> 1;
          const head = { index, id: `call_${index}`, type: "function", function: { name, arguments: "" } };
          yield chunk({ delta: { tool_calls: [head] } });
          for (const part of [given.slice(0, half), given.slice(half)])
            yield chunk({ delta: { tool_calls: [{ index, function: { arguments: part } }] } });
        }
        if (calls.length > 0) finish = "tool_calls";
      }
      yield chunk({ ...(isChat ? { delta: {} } : { text: "" }), finish_reason: finish });
      const wanted = body.stream_options as { include_usage?: boolean } | undefined;
      const usage = { prompt_tokens: ids.length, completion_tokens: count, total_tokens: ids.length + count };
      if (wanted?.include_usage) yield { id: "cmpl-1", object: "text_completion", choices: [], usage };
    }
    return { events: events() };
  }

  /** As vLLM tells probabilities; a plain server here tells none. */
  async #withLogprobs(ids: number[], body: Json): Promise<object> {
    const choice = { index: 0, text: "", finish_reason: "length", logprobs: null as object | null };
    if (this.#dialect === "vLLM") {
      const named = async (id: number): Promise<string> =>
        body.return_tokens_as_token_ids === true
          ? `token_id:${id}`
          : Buffer.from((await this.#engine.bytes([id]))[0] ?? []).toString("utf8");
      const { top } = await this.#engine.next(ids, { top: Number(body.logprobs) });
      const next = await Promise.all(
        top.map(async ({ id, probability }) => [await named(id), Math.log(probability)] as const),
      );
      const echoed = body.echo === true ? ids : [];
      const scores = body.echo === true ? [null, ...(await this.#engine.score(ids))] : [];
      const [first = ["", 0]] = next;
      choice.logprobs = {
        tokens: [...(await Promise.all(echoed.map(named))), first[0]],
        token_logprobs: [...scores, first[1]],
        top_logprobs: [...echoed.map(() => ({})), Object.fromEntries(next)],
      };
    }
    return { id: "cmpl-1", object: "text_completion", model: this.name, choices: [choice] };
  }

  async #asOllama(path: string, body: Json, signal: AbortSignal): Promise<Answer | undefined> {
    const details = { format: "gguf", family: "qwen3", parameter_size: "1M", quantization_level: "Q8_0" };
    const entry = { name: `${this.name}:latest`, model: `${this.name}:latest`, details };
    if (path === "/api/version") return { json: { version: "0.40.12" } };
    if (path === "/api/tags") {
      const other = { ...entry, name: "another:latest", model: "another:latest" };
      return { json: { models: this.servesTwo ? [entry, other] : [entry] } };
    }
    if (path === "/api/ps") return { json: { models: [] } };
    if (path === "/api/show") {
      return {
        json: {
          template: "{{ .Prompt }}",
          parameters: "temperature                    0.6",
          details,
          model_info:
            this.embedder === undefined
              ? {
                  "general.architecture": "qwen3",
                  "general.name": this.name,
                  "qwen3.context_length": 512,
                  "tokenizer.chat_template": this.#source,
                }
              : { "general.architecture": "bert", "bert.context_length": 512, "bert.pooling_type": 1 },
          capabilities: [this.embedder === undefined ? "completion" : "embedding"],
        },
      };
    }
    const isChat = path === "/api/chat";
    if (!isChat && path !== "/api/generate") return undefined;
    const text = isChat || body.raw !== true ? this.#layOut(body.messages) : String(body.prompt);
    const ids = await this.#tokenize(text, true);
    const options = (body.options ?? {}) as Json;
    if (body.logprobs === true) {
      const { top } = await this.#engine.next(ids, { top: Number(body.top_logprobs) });
      const told = top.map(({ bytes, probability }) => ({
        token: Buffer.from(bytes).toString("utf8"),
        logprob: Math.log(probability),
      }));
      return { json: { response: "a", done: true, logprobs: [{ ...told[0], top_logprobs: told }] } };
    }
    const self = this;
    async function* events(): AsyncGenerator<object> {
      let count = 0;
      let ended = false;
      const line = { model: self.name, created_at: "2026-11-04T14:56:49Z" };
      let whole = "";
      for await (const { text, isEnd } of self.#draw(
        ids,
        Number(options.num_predict),
        { ...options, schema: body.format },
        signal,
      )) {
        count++;
        ended = isEnd;
        whole += text;
        if (isEnd || body.tools !== undefined) continue;
        yield isChat
          ? { ...line, message: { role: "assistant", content: text }, done: false }
          : { ...line, response: text, done: false };
      }
      if (body.tools !== undefined) {
        const { thought, content, calls } = fieldsOf(whole);
        const tool_calls = calls.map(({ name, given }) => ({
          function: { name, arguments: JSON.parse(given) },
        }));
        yield {
          ...line,
          message: { role: "assistant", content, thinking: thought, tool_calls },
          done: false,
        };
      }
      yield {
        ...line,
        ...(isChat ? { message: { role: "assistant", content: "" } } : { response: "" }),
        done: true,
        done_reason: ended ? "stop" : "length",
        prompt_eval_count: ids.length,
        eval_count: count,
        eval_duration: count * 2e6,
      };
    }
    return { events: events() };
  }

  #layOut(messages: unknown): string {
    const jobs = [{ messages: messages as TemplateMessage[], addGenerationPrompt: true }];
    const tokens = { bos: "", eos: "<|endoftext|>" };
    const [rendering] = render({ source: this.#source, tokens, jobs });
    if (rendering?.status !== "rendered") throw new TypeError("the template refuses the conversation");
    return rendering.text;
  }

  /** Text to ids as these servers do it: what spells a control token becomes one. */
  async #tokenize(text: string, parse: boolean): Promise<number[]> {
    if (!parse) return text === "" ? [] : this.#engine.tokenize(text);
    const at = ADDED(this.#engine)
      .map(([name, id]) => ({ name, id, at: text.indexOf(name) }))
      .filter((one) => one.at !== -1)
      .sort((one, other) => one.at - other.at || other.name.length - one.name.length)[0];
    if (at === undefined) return this.#tokenize(text, false);
    const before = await this.#tokenize(text.slice(0, at.at), false);
    return [...before, at.id, ...(await this.#tokenize(text.slice(at.at + at.name.length), true))];
  }

  /** What the model writes, and the end token where it ends by itself. */
  async *#draw(ids: number[], maxTokens: number, options: Json, signal: AbortSignal): AsyncGenerator<Drawn> {
    const characters = new Utf8Stream();
    const sampling: Sampling = {
      temperature: Number(options.temperature ?? 0.8),
      ...(options.top_k === undefined ? {} : { topK: Number(options.top_k) }),
      ...(options.top_p === undefined ? {} : { topP: Number(options.top_p) }),
      ...(options.seed === undefined ? {} : { seed: Number(options.seed) }),
    };
    const written = this.#engine.generate(ids, { maxTokens, sampling, signal, ...constraintOf(options) });
    for (;;) {
      const step = await written.next();
      if (!step.done) {
        yield { id: step.value.id, text: characters.push(step.value.bytes), isEnd: false };
        continue;
      }
      const [end] = this.#engine.model.endTokens;
      if (step.value === "stop" && end !== undefined) yield { id: end, text: "", isEnd: true };
      return;
    }
  }
}

/** What a server with parsers for thoughts and calls makes of a reply: fields of their own for both. */
function fieldsOf(reply: string) {
  const [, thought = "", rest = ""] = /^(?:<think>(.*?)<\/think>)?(.*)$/s.exec(reply) ?? [];
  const [, content = "", written] =
    /^(.*?)(?:<tool_call>)?(\{"name".*?\})?(?:<\/tool_call>)?$/s.exec(rest) ?? [];
  const call =
    written === undefined ? undefined : (JSON.parse(written) as { name: string; arguments: object });
  const calls = call === undefined ? [] : [{ name: call.name, given: JSON.stringify(call.arguments) }];
  return { thought, content, calls };
}

/** What a text must be, in the field that each program takes it in. */
function constraintOf(body: Json): Pick<GenerateOptions, "grammar" | "jsonSchema"> {
  const { structured_outputs: outputs, response_format: format } = body as {
    structured_outputs?: { grammar?: string };
    response_format?: { json_schema: { schema: JsonSchema } };
  };
  const grammar = body.grammar ?? outputs?.grammar;
  if (typeof grammar === "string") return { grammar };
  const schema = (body.schema as JsonSchema | undefined) ?? format?.json_schema.schema;
  return schema === undefined ? {} : { jsonSchema: schema };
}

type Answer =
  | { readonly json: unknown; readonly status?: number }
  | { readonly events: AsyncGenerator<object> };

/** As llama-server refuses; source: `ERROR_TYPE_EXCEED_CONTEXT_SIZE` in its `server-context.cpp`. */
function tooLong(tokens: number): Answer {
  return {
    status: 400,
    json: {
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
        n_prompt_tokens: tokens,
        n_ctx: 512,
      },
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Json);
}
