import { Template } from "@huggingface/jinja";
import type { Rendering } from "../stage/rendered.ts";
import { LONGEST_OUTPUT, READY, type RenderRequest } from "./rendering.ts";

/*
 * The process that strangers' templates run in: it may be ended from outside at any moment, whatever a template does.
 * One request is answered at a time.
 */

function answer({ source, tokens, jobs }: RenderRequest): Rendering[] {
  let template: Template;
  try {
    template = new Template(source);
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

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : cause;
  return String(message).replace(/\.$/, "").slice(0, 300);
}

process.on("message", (request: RenderRequest) => process.send?.(answer(request)));
process.on("disconnect", () => process.exit());
process.send?.(READY);
