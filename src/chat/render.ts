import { Template } from "@huggingface/jinja";
import type { Rendering, RenderJob } from "../stage/rendered.ts";
import type { TemplateTokens } from "./template.ts";

/** Characters of one rendering: about a million tokens. */
const LONGEST_OUTPUT = 2 ** 22;

/** A template and what to lay out with it. */
export interface RenderRequest {
  readonly source: string;
  readonly tokens: TemplateTokens;
  readonly jobs: readonly RenderJob[];
}

/** Renders here and now, without a limit of time or memory: for templates that basewise wrote, and in their own process. */
export function render({ source, tokens, jobs }: RenderRequest): Rendering[] {
  let template: Template;
  try {
    template = parsed(source);
  } catch (cause) {
    const reason = reasonOf(cause);
    return jobs.map(() => ({ status: "refused", reason }));
  }
  return jobs.map(({ messages, addGenerationPrompt, variables }) => {
    try {
      const output: unknown = template.render({
        ...variables,
        messages,
        add_generation_prompt: addGenerationPrompt,
        bos_token: tokens.bos,
        eos_token: tokens.eos,
      });
      if (typeof output !== "string") return { status: "refused", reason: "it writes no text" };
      return output.length > LONGEST_OUTPUT
        ? { status: "stopped", limit: "output" }
        : { status: "rendered", text: output };
    } catch (cause) {
      return { status: "refused", reason: reasonOf(cause) };
    }
  });
}

/** Why a template failed; what `vm` throws is an error of another realm. */
export function reasonOf(cause: unknown): string {
  const message = typeof cause === "object" && cause !== null && "message" in cause ? cause.message : cause;
  return String(message).replace(/\.$/, "").slice(0, 300);
}

/** A conversation is laid out again at every turn, so the template of the last time is kept. */
let last: { readonly source: string; readonly template: Template } | undefined;

/** Throws where the source is no template. */
export function parsed(source: string): Template {
  if (last?.source !== source) last = { source, template: new Template(source) };
  return last.template;
}
