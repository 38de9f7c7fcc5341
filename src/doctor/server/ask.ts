import { BadInputError, NotFoundError } from "../../errors.ts";
import { printable } from "../../printable.ts";

/** What a server says of itself fits; Ollama's list of a large vocabulary is only sent when asked for. */
const MAX_BYTES = 8 * 2 ** 20;
const TIME_LIMIT_MILLISECONDS = 5000;

/** A running server, asked with bounded time and bytes; nothing is sent to any other host. */
export class AskedServer {
  readonly url: string;
  readonly #base: string;

  /** Throws BadInputError where the text is no http address. */
  constructor(url: string) {
    this.url = url;
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      throw new BadInputError({
        en: `${printable(url)} is no address of a server. Give one such as http://127.0.0.1:8080.`,
        zh: `${printable(url)} 不是服务器地址。请给出如 http://127.0.0.1:8080 的地址。`,
      });
    }
    this.#base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, "").replace(/\/v1$/, "")}`;
  }

  /** The JSON value behind a path; undefined where the server has none there, or no JSON, or takes too long. */
  async json(path: string, body?: object, milliseconds: number = TIME_LIMIT_MILLISECONDS): Promise<unknown> {
    try {
      const text = await this.#text(path, body, milliseconds);
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** Throws NotFoundError where nothing answers at all; any status will do. */
  async reach(): Promise<void> {
    try {
      const response = await fetch(`${this.#base}/v1/models`, {
        redirect: "manual",
        signal: AbortSignal.timeout(TIME_LIMIT_MILLISECONDS),
      });
      await response.body?.cancel();
    } catch (cause) {
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

  async #text(path: string, body: object | undefined, milliseconds: number): Promise<string | undefined> {
    const response = await fetch(this.#base + path, {
      method: body === undefined ? "GET" : "POST",
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      redirect: "error",
      signal: AbortSignal.timeout(milliseconds),
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    // Leaving the loop early ends the transfer.
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
    return response.ok ? Buffer.concat(chunks).toString("utf8") : undefined;
  }
}
