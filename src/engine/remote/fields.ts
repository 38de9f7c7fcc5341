import { isJsonObject } from "../../hub/model-folder.ts";
import { listOf, numberOf, textOf } from "./ask/answers.ts";

/** Puts thoughts that a server keeps in a field of their own back where the model wrote them. */
export class Thoughts {
  #isOpen = false;

  piece(thought: string, content: string): string {
    let piece = "";
    if (thought !== "") {
      piece += this.#isOpen ? thought : `<think>\n${thought}`;
      this.#isOpen = true;
    }
    if (content !== "") piece += this.end() + content;
    return piece;
  }

  /** Closes an open thought. */
  end(): string {
    if (!this.#isOpen) return "";
    this.#isOpen = false;
    return "\n</think>\n\n";
  }
}

/** No reply of use calls more. */
const MOST_CALLS = 128;

/** Puts calls that a server keeps in a field of their own behind the text, as Qwen3 writes them. */
export class Calls {
  readonly #calls = new Map<number, { name: string; given: string }>();

  /**
   * Takes the `tool_calls` of one event: whole calls with their arguments as an object (Ollama), or pieces of calls by
   * their `index`, the arguments as JSON text (OpenAI).
   */
  take(told: unknown): void {
    for (const [at, one] of listOf(told).entries()) {
      if (!isJsonObject(one) || !isJsonObject(one.function)) continue;
      const { name, arguments: given } = one.function;
      const index = numberOf(one.index) ?? (isJsonObject(given) ? this.#calls.size : at);
      const call = this.#calls.get(index) ?? { name: "", given: "" };
      if (!this.#calls.has(index) && this.#calls.size === MOST_CALLS) continue;
      call.name += textOf(name) ?? "";
      call.given += isJsonObject(given) ? JSON.stringify(given) : (textOf(given) ?? "");
      this.#calls.set(index, call);
    }
  }

  end(): string {
    return [...this.#calls.values()].map(({ name, given }) => writtenCall(name, given)).join("");
  }
}

/** Arguments that are no JSON stay text, which is judged as such; no argument can spell the closing mark. */
function writtenCall(name: string, given: string): string {
  let value: unknown = given;
  try {
    value = given.trim() === "" ? {} : JSON.parse(given);
  } catch {}
  const call = JSON.stringify({ name, arguments: value }).replaceAll("<", "\\u003c");
  return `\n<tool_call>\n${call}\n</tool_call>`;
}
