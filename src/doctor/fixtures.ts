import { renderIsolated } from "../chat/rendering.ts";
import type { TemplateTokens } from "../chat/template.ts";
import { FIXTURES, type Rendered, type Rendering, type RenderJob } from "../stage/rendered.ts";

/** What a stranger's template makes of every fixture; rendered in isolation. */
export async function renderFixtures(source: string, tokens: TemplateTokens): Promise<Rendered> {
  return (await renderAll(source, tokens)).rendered;
}

/** The fixtures, and one conversation more. */
export async function renderAll(
  source: string,
  tokens: TemplateTokens,
  conversation?: RenderJob,
): Promise<{ readonly rendered: Rendered; readonly conversation: Rendering | undefined }> {
  const jobs = [...Object.values<RenderJob>(FIXTURES), ...(conversation === undefined ? [] : [conversation])];
  const plain = await renderIsolated({ source, tokens, jobs });
  // Templates of vision models may want a list of parts where others want a text.
  const renderings =
    plain[0]?.status === "refused"
      ? await renderIsolated({ source, tokens, jobs: jobs.map(inParts) })
      : plain;
  const at = (fixture: keyof Rendered): Rendering =>
    renderings[Object.keys(FIXTURES).indexOf(fixture)] ?? {
      status: "refused",
      reason: "it was not rendered",
    };
  return {
    rendered: {
      question: at("question"),
      unopened: at("unopened"),
      answered: at("answered"),
      conversation: at("conversation"),
      system: at("system"),
      thoughtless: at("thoughtless"),
      tools: at("tools"),
    },
    conversation: conversation === undefined ? undefined : renderings.at(-1),
  };
}

function inParts(job: RenderJob): RenderJob {
  const messages = job.messages.map((message) =>
    typeof message.content === "string"
      ? { ...message, content: [{ type: "text", text: message.content }] }
      : message,
  );
  return { ...job, messages };
}
