import { setTimeout as pause } from "node:timers/promises";
import { BasewiseError } from "../../errors.ts";
import {
  lies,
  offline,
  refused,
  refusedRedirect,
  Transient,
  tooManyRequests,
  unreachable,
} from "./errors.ts";
import { isLoopback, redirectTarget } from "./redirect.ts";

/** A header that proves who asks; it is sent to its own host and to no other. */
export interface Credential {
  /** As in `URL.host`. */
  readonly host: string;
  readonly header: string;
  readonly value: string;
}

export interface HttpOptions {
  readonly offline?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly retryMs?: number;
  /** Milliseconds that a host may stay silent. */
  readonly silenceMs?: number;
}

export interface Request {
  /** What is asked for, to be named in errors. */
  readonly what: string;
  readonly credential?: Credential | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer whose body is still to be read; reading past `silenceMs` of silence fails. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly body: AsyncIterable<Uint8Array>;
  /** Must be called when the body is not read to its end. */
  cancel(): void;
}

const TRIES = 4;
const MAX_REDIRECTS = 5;
/** A host that asks for more patience than this is given up on. */
const MAX_WAIT_MS = 20_000;

/**
 * HTTP as basewise uses it: bounded in time, tries and bytes; redirects checked; credentials kept to their host;
 * requests and bytes counted. A redirect that is followed is part of its request.
 */
export class Http {
  requests = 0;
  bytes = 0;
  readonly signal: AbortSignal | undefined;
  readonly #offline: boolean;
  readonly #retryMs: number;
  readonly #silenceMs: number;

  constructor(options: HttpOptions = {}) {
    this.signal = options.signal;
    this.#offline = options.offline ?? false;
    this.#retryMs = options.retryMs ?? 500;
    this.#silenceMs = options.silenceMs ?? 30_000;
  }

  /** A whole body of at most `maxBytes`. Throws `HubError`, `NotFoundError` or `BadFileError`. */
  async read(address: string, request: Request, maxBytes: number): Promise<Uint8Array> {
    return this.patiently(async () => {
      const answer = await this.send(address, request);
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of answer.body) {
        bytes += chunk.length;
        if (bytes > maxBytes) {
          answer.cancel();
          throw lies(answer.url, {
            en: `it is larger than ${maxBytes} bytes`,
            zh: `超过 ${maxBytes} 字节`,
          });
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    });
  }

  /** A JSON document of at most `maxBytes`. */
  async json(address: string, request: Request, maxBytes: number): Promise<unknown> {
    const body = Buffer.from(await this.read(address, request, maxBytes)).toString("utf8");
    try {
      return JSON.parse(body);
    } catch {
      throw lies(new URL(address), { en: "it is not JSON", zh: "不是 JSON" });
    }
  }

  /** Does a thing again, after a pause, as long as its failure is transient and tries are left. */
  async patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        const wait = error.waitMs ?? this.#retryMs * 2 ** (tries - 1);
        if (tries === TRIES || wait > MAX_WAIT_MS) throw error.error;
        await pause(wait, undefined, { signal: this.signal });
      }
    }
  }

  /**
   * Sends one request and follows its redirects. An answer that is no success is an error: `Transient` where another
   * try may help, else `HubError` or `NotFoundError`.
   */
  async send(address: string, request: Request): Promise<Answer> {
    if (this.#offline) throw offline(request.what);
    this.requests++;
    let url = new URL(address);
    let { credential } = request;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const silence = new Silence(this.#silenceMs, this.signal);
      const response = await this.#fetch(url, request, credential, silence);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) {
        if (response.ok) return this.#answer(url, response, silence);
        silence.end();
        throw failureOf(url, request.what, response);
      }
      silence.end();
      const next = await redirectTarget(url, location);
      if (next.host !== url.host) credential = undefined;
      url = next;
    }
    throw refusedRedirect(url, address, { en: "after too many redirects", zh: "重定向次数过多" });
  }

  async #fetch(
    url: URL,
    request: Request,
    credential: Credential | undefined,
    silence: Silence,
  ): Promise<Response> {
    const isOwn = credential !== undefined && credential.host === url.host;
    const isSafe = url.protocol === "https:" || isLoopback(url);
    try {
      return await fetch(url, {
        redirect: "manual",
        signal: silence.signal,
        headers: {
          "user-agent": "basewise",
          "accept-encoding": "identity",
          ...request.headers,
          ...(isOwn && isSafe ? { [credential.header]: credential.value } : {}),
        },
      });
    } catch (cause) {
      silence.end();
      this.signal?.throwIfAborted();
      throw new Transient(unreachable(url, cause));
    }
  }

  #answer(url: URL, response: Response, silence: Silence): Answer {
    const count = (bytes: number): void => {
      this.bytes += bytes;
    };
    const outer = this.signal;
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of response.body ?? []) {
          silence.broken();
          count(chunk.length);
          yield chunk;
        }
      } catch (cause) {
        outer?.throwIfAborted();
        throw cause instanceof BasewiseError ? cause : new Transient(unreachable(url, cause));
      } finally {
        silence.end();
      }
    }
    return {
      status: response.status,
      headers: response.headers,
      url,
      body: body(),
      cancel: () => silence.end(),
    };
  }
}

/** Gives a request up when its host stays silent, or when the caller does. */
class Silence {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.signal =
      outer === undefined ? this.#controller.signal : AbortSignal.any([this.#controller.signal, outer]);
    this.#timer = setTimeout(
      () => this.#controller.abort(new DOMException("silence", "TimeoutError")),
      milliseconds,
    );
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

function failureOf(url: URL, what: string, response: Response): Error {
  const { status, headers } = response;
  const waitMs = waitOf(headers.get("retry-after"));
  if (status === 429) return new Transient(tooManyRequests(url, waitMs), waitMs);
  const error = refused(url, what, status, headers.get("x-error-code"));
  return status >= 500 ? new Transient(error, waitMs) : error;
}

/** `Retry-After` is seconds or a date. */
function waitOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
