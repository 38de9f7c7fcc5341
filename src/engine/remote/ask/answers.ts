import type { JsonObject } from "../../../hub/model-folder.ts";
import type { ServerFacts } from "../../../stage/symptoms/patient.ts";

/** What one program told, as far as it tells; the rest is left open. */
export interface Answers {
  readonly program: ServerFacts["program"];
  readonly model: string | undefined;
  readonly models: readonly string[];
  /** Where the weights lie on the server's machine, or what they are called on a hub. */
  readonly file?: string | undefined;
  readonly root?: string | undefined;
  readonly architecture?: string | undefined;
  /** The GGUF's metadata, without its long arrays. */
  readonly metadata?: JsonObject;
  readonly template?: string | undefined;
  readonly goTemplate?: string | undefined;
  readonly hasFileTemplate?: boolean | undefined;
  readonly stops?: readonly string[];
  readonly bos?: string | undefined;
  readonly eos?: string | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly context?: number | undefined;
  readonly trainedContext?: number | undefined;
  readonly vocabularySize?: number | undefined;
  readonly capabilities?: readonly string[];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
