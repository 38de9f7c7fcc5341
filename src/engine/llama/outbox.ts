import type { GeneratedToken } from "../engine.ts";
import type { FromHost } from "./protocol.ts";

/**
 * Tokens on their way to the program. They leave in groups: every message costs both processes time that the
 * computation would use.
 */
export class Outbox {
  readonly #send: (message: FromHost) => void;
  #tokens = new Map<number, GeneratedToken[]>();

  constructor(send: (message: FromHost) => void) {
    this.#send = send;
  }

  /** @param id the request that the token belongs to. */
  put(id: number, token: GeneratedToken): void {
    const before = this.#tokens.get(id);
    if (before === undefined) this.#tokens.set(id, [token]);
    else before.push(token);
  }

  /** Sends all that has gathered. */
  flush(): void {
    if (this.#tokens.size === 0) return;
    this.#send({ tokens: this.#tokens });
    this.#tokens = new Map();
  }
}
