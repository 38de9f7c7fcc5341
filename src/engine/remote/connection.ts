import { setTimeout as pause } from "node:timers/promises";
import { BadInputError, BasewiseError, NotFoundError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../hub/model-folder.ts";
import { printable } from "../../printable.ts";
import { PromptTooLongError } from "../engine.ts";
import { broken, redirected, refused, type ServerError, silent, unreachable } from "./errors.ts";
import { eventsIn, StreamFault } from "./events.ts";
import { type Key, keyFor } from "./keys.ts";
import { errorIn, type ToldError } from "./told-error.ts";

/** What a server says of itself fits; Ollama's list of a large vocabulary is only sent when asked for. */
const MAX_TOLD_BYTES = 8 * 2 ** 20;
/** The whole distribution over a large vocabulary is some 20 MB of JSON. */
const MAX_ANSWER_BYTES = 64 * 2 ** 20;
/** What a server says of an error is a sentence or two. */
const MAX_ERROR_BYTES = 64 * 2 ** 10;
/** An event about one token with its timings is half a kilobyte. */
const EVENT_BYTES = 8 * 2 ** 10;
const TIME_LIMIT_MILLISECONDS = 5000;
/** A cold model is loaded and a long prompt is read before the first word. */
const SILENCE_MILLISECONDS = 300_000;
/** A server that asks for more patience than this is given up on. */
const MAX_WAIT_MILLISECONDS = 20_000;
const TRIES = 4;

export interface ConnectionOptions {
  /** Milliseconds that the server may stay silent. */
  readonly silenceMs?: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly retryMs?: number;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * HTTP with one model server: bounded in time and bytes, and nothing is sent to any other host. Only what a server
 * refused before it began (429, 503) is tried again; a request that may have been computed is not.
 */
export class ServerConnection {
  readonly url: string;
  readonly #base: URL;
  readonly #key: Key;
  readonly #silenceMs: number;
  readonly #retryMs: number;

  /** Throws BadInputError where the text is no http address. */
  constructor(url: string, options: ConnectionOptions = {}) {
    this.url = url;
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      throw new BadInputError({
        en: `${printable(url)} is no address of a server. Give one such as http://127.0.0.1:8080.`,
        zh: `${printable(url)} 不是服务器地址。请给出如 http://127.0.0.1:8080 的地址。`,
      });
    }
    const path = parsed.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
    this.#base = new URL(`${parsed.origin}${path}`);
    this.#key = keyFor(this.#base, process.env);
    this.#silenceMs = options.silenceMs ?? SILENCE_MILLISECONDS;
    this.#retryMs = options.retryMs ?? 500;
  }

  get host(): string {
    return this.#base.host;
  }

  /** The JSON value behind a path; undefined where the server has none there, or no JSON, or takes too long. */
  async json(path: string, body?: object, milliseconds: number = TIME_LIMIT_MILLISECONDS): Promise<unknown> {
    try {
      const response = await this.#send(path, body, AbortSignal.timeout(milliseconds));
      if (response.ok) return await jsonOf(response, MAX_TOLD_BYTES);
      await response.body?.cancel();
    } catch {}
    return undefined;
  }

  /**
   * Throws NotFoundError where nothing answers at all, and ServerError where a key is wanted; any other status will do.
   */
  async reach(): Promise<void> {
    try {
      const response = await this.#send(
        "/v1/models",
        undefined,
        AbortSignal.timeout(TIME_LIMIT_MILLISECONDS),
      );
      await response.body?.cancel();
      const { status } = response;
      if (status === 401 || status === 403) {
        throw refused(this.#address("/v1/models"), status, undefined, this.#key.variable);
      }
    } catch (cause) {
      if (cause instanceof BasewiseError) throw cause;
      const isSlow = cause instanceof DOMException && cause.name === "TimeoutError";
      const shown = printable(this.url);
      throw new NotFoundError(
        this.url,
        isSlow
          ? {
              en: `The server at ${shown} does not answer. Check that it has finished loading, or try again.`,
              zh: `${shown} 上的服务器没有响应。请确认它已加载完毕，或重试。`,
            }
          : {
              en: `There is no server at ${shown}. Start it, or check the address.`,
              zh: `${shown} 上没有服务器。请启动它，或检查地址。`,
            },
        { cause },
      );
    }
  }

  /**
   * The JSON object that a route answers a request with. Throws ServerError, NotFoundError for a route or model that is
   * not there, PromptTooLongError where the server says so, and the signal's reason.
   */
  async post(path: string, body: object, { signal }: AskOptions = {}): Promise<unknown> {
    const silence = new Silence(this.#silenceMs, signal);
    try {
      const response = await this.#patiently(path, body, silence);
      return await jsonOf(response, MAX_ANSWER_BYTES);
    } catch (cause) {
      throw this.#failure(path, cause, silence, signal);
    } finally {
      silence.end();
    }
  }

  /**
   * The events that a route answers a request with, as they come; throws as `post` does. Leaving it ends the request.
   * A reply of `maxTokens` has so many events at most: a server that goes on is given up on.
   */
  async *events(
    path: string,
    body: object,
    { signal, maxTokens }: AskOptions & { readonly maxTokens: number },
  ): AsyncGenerator<JsonObject> {
    const silence = new Silence(this.#silenceMs, signal);
    const limit = (maxTokens + 256) * EVENT_BYTES;
    try {
      const response = await this.#patiently(path, body, silence);
      for await (const event of eventsIn(bounded(response, limit, silence))) {
        const error = errorIn(event);
        if (error !== undefined) throw this.#refusal(path, error.status ?? 500, error);
        yield event;
      }
    } catch (cause) {
      throw this.#failure(path, cause, silence, signal);
    } finally {
      silence.end();
    }
  }

  /** Tells what of an answer is not as promised. */
  broken(path: string, en: string, zh: string): ServerError {
    return broken(this.#address(path), { en, zh });
  }

  #address(path: string): URL {
    return new URL(this.#base.href.replace(/\/$/, "") + path);
  }

  async #send(path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
    const url = this.#address(path);
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        "user-agent": "basewise",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.#key.value === undefined ? {} : { authorization: `Bearer ${this.#key.value}` }),
      },
      redirect: "manual",
      signal,
    });
    const { status, headers } = response;
    if (status < 300 || status >= 400) return response;
    await response.body?.cancel();
    throw redirected(url, status, headers.get("location") ?? "?");
  }

  /** Sends, and sends again after a pause where the server had no room yet; throws for any other status. */
  async #patiently(path: string, body: object, silence: Silence): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const response = await this.#send(path, body, silence.signal);
      silence.broken();
      if (response.ok) return response;
      const { status, headers } = response;
      const error = await errorOf(response);
      const wait = waitOf(headers.get("retry-after")) ?? this.#retryMs * 2 ** (tries - 1);
      const isUnbegun = status === 429 || status === 503;
      if (!isUnbegun || tries === TRIES || wait > MAX_WAIT_MILLISECONDS) {
        throw this.#refusal(path, status, error);
      }
      await pause(wait, undefined, { signal: silence.signal });
    }
  }

  #refusal(path: string, status: number, { message, promptTokens, contextSize }: ToldError): Error {
    if (promptTokens !== undefined && contextSize !== undefined) {
      return new PromptTooLongError(promptTokens, contextSize);
    }
    return refused(this.#address(path), status, message, this.#key.variable);
  }

  /** What to throw for what was thrown. */
  #failure(path: string, cause: unknown, silence: Silence, signal: AbortSignal | undefined): unknown {
    if (cause instanceof BasewiseError) return cause;
    if (signal?.aborted) return signal.reason;
    const url = this.#address(path);
    if (silence.isOver) return silent(url, this.#silenceMs);
    if (cause instanceof StreamFault) return broken(url, cause.text);
    return unreachable(url, cause);
  }
}

/** Gives a request up when its server stays silent, or when the caller does. */
class Silence {
  readonly signal: AbortSignal;
  /** Whether the server was silent for too long. */
  isOver = false;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.signal =
      outer === undefined ? this.#controller.signal : AbortSignal.any([this.#controller.signal, outer]);
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#controller.abort();
    }, milliseconds);
  }

  /** Something came. */
  broken(): void {
    this.#timer.refresh();
  }

  /** Ends the request, whether or not its body was read. */
  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

async function* bounded({ body }: Response, maxBytes: number, silence?: Silence): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body ?? []) {
    silence?.broken();
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new StreamFault({
        en: `it is longer than ${maxBytes} bytes, which is more than was asked for`,
        zh: `超过 ${maxBytes} 字节，多于所请求的内容`,
      });
    }
    yield chunk;
  }
}

async function jsonOf(response: Response, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bounded(response, maxBytes)) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new StreamFault({ en: "it is not JSON", zh: "不是 JSON" });
  }
}

async function errorOf(response: Response): Promise<ToldError> {
  const { status } = response;
  try {
    const value = await jsonOf(response, MAX_ERROR_BYTES);
    return { ...((isJsonObject(value) ? errorIn(value) : undefined) ?? { message: undefined }), status };
  } catch (cause) {
    if (cause instanceof StreamFault) return { message: undefined, status };
    throw cause;
  }
}

/** `Retry-After` is seconds or a date. */
function waitOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
