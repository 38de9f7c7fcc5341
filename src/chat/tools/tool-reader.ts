import type { HarmonyReader } from "../harmony.ts";
import type { Part, ReplyReader, ThoughtReader } from "../thoughts.ts";
import { CallReader } from "./call-reader.ts";
import type { WrittenCall } from "./formats.ts";
import type { Tool } from "./tool.ts";

/** Reads a reply in which tools may be called. */
export interface CallingReader extends ReplyReader {
  /** What was called by now. */
  readonly calls: readonly WrittenCall[];
}

/** Tells calls from the answer, behind the thoughts: in a thought nothing is called. */
export class ToolReader implements CallingReader {
  readonly #thoughts: ThoughtReader;
  readonly #calls: CallReader;
  #text = "";

  constructor(thoughts: ThoughtReader, tools: readonly Tool[]) {
    this.#thoughts = thoughts;
    this.#calls = new CallReader(tools);
  }

  get calls(): readonly WrittenCall[] {
    return this.#calls.calls;
  }

  get thinking(): string | null {
    return this.#thoughts.thinking;
  }

  get text(): string {
    return this.#text;
  }

  get isThinking(): boolean {
    return this.#thoughts.isThinking;
  }

  get closing(): string {
    return this.#thoughts.closing;
  }

  open(end: string): void {
    this.#thoughts.open(end);
  }

  push(piece: string): Part[] {
    return this.#thoughts.push(piece).flatMap((part) => this.#pass(part));
  }

  end(): Part[] {
    const parts = this.#thoughts.end().flatMap((part) => this.#pass(part));
    return [...parts, ...this.#give(this.#calls.end())];
  }

  #pass(part: Part): Part[] {
    return part.channel === "text" ? this.#give(this.#calls.push(part.text)) : [part];
  }

  #give(text: string): Part[] {
    this.#text += text;
    return text === "" ? [] : [{ channel: "text", text }];
  }
}

/** The calls that stand in channels of their own. */
export function harmonyCalls({ calls }: HarmonyReader): WrittenCall[] {
  return calls.map(({ recipient, body }) => ({
    name: recipient.replace(/^functions\./, ""),
    arguments: parsed(body),
    text: body,
  }));
}

function parsed(body: string): unknown {
  if (body.trim() === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    // Judged as arguments that are no object.
    return body;
  }
}
