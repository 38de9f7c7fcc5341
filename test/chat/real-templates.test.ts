import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Message } from "../../src/chat/conversation.ts";
import { ChatTemplate, type Layout, TemplateError } from "../../src/chat/template.ts";
import { checkTools, type Tool, ToolsUnsupportedError } from "../../src/chat/tools/tool.ts";
import { realTemplates } from "../support/real-templates.ts";

const rendering = z.object({ length: z.int(), sha256: z.string() }).nullable();
/** Made by `test/oracle/chat_templates.py` with transformers' own Jinja. */
const golden = z
  .record(z.string(), z.object({ plain: rendering, tools: rendering }))
  .parse(
    JSON.parse(
      readFileSync(fileURLToPath(new URL("../fixtures/templates/golden.json", import.meta.url)), "utf8"),
    ),
  );
const templates = realTemplates();
/** Its texts are lists of parts; of a text, transformers goes through the letters, and this renderer refuses. */
const OF_PARTS = "llama-3.2-11b-vision-instruct";

const TOOLS = checkTools([
  {
    name: "weather",
    description: "The weather of a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string", description: "Its name." } },
      required: ["city"],
    },
  },
]);
const call = { status: "ready", id: "abcdefghi", name: "weather", arguments: { city: "Oslo" } } as const;
const system = { role: "system", content: "Be kind." } as const;
const PLAIN: readonly Message[] = [
  system,
  { role: "user", content: "How cold is it?" },
  { role: "assistant", content: "Where?" },
  { role: "user", content: "In Oslo." },
];
const CALLED: readonly Message[] = [
  system,
  { role: "user", content: "How cold is it in Oslo?" },
  { role: "assistant", content: "", toolCalls: [call] },
  { role: "tool", content: '{"celsius": -3}', toolCallId: call.id, name: "weather" },
];

type Outcome = Layout | "refused" | "no tools";

async function layOut(
  { name, source, tokens }: (typeof templates)[number],
  messages: readonly Message[],
  tools: readonly Tool[] = [],
): Promise<Outcome> {
  try {
    const variables = { date_string: "26 Jul 2024" };
    return await new ChatTemplate(name, source, tokens).layOut(messages, variables, tools);
  } catch (error) {
    if (error instanceof TemplateError) return "refused";
    if (error instanceof ToolsUnsupportedError) return "no tools";
    throw error;
  }
}

function measured(outcome: Outcome) {
  if (typeof outcome === "string") return null;
  const text = outcome.segments.map((segment) => segment.text).join("");
  return { length: text.length, sha256: createHash("sha256").update(text).digest("hex") };
}

describe.skipIf(templates.length === 0)("the templates of released models (needs the shared data)", () => {
  test.each(templates.map((one) => [one.name, one] as const))(
    "%s lays a conversation out as transformers does",
    async (name, template) => {
      const outcome = await layOut(template, PLAIN);
      expect(measured(outcome)).toEqual(name === OF_PARTS ? null : golden[name]?.plain);
      if (typeof outcome !== "string") expect(outcome.isSeparated).toBe(true);
    },
    60_000,
  );

  test.each(templates.map((one) => [one.name, one] as const))(
    "%s lays tools, calls and results out as transformers does, or has no place for them",
    async (name, template) => {
      const outcome = await layOut(template, CALLED, TOOLS);
      const expected = name === OF_PARTS ? null : (golden[name]?.tools ?? null);
      if (expected === null) return expect(typeof outcome).toBe("string");
      expect(measured(outcome)).toEqual(expected);
      const results =
        typeof outcome === "string" ? [] : outcome.segments.filter(({ from }) => from === "content");
      expect(results.some(({ text }) => text.includes("celsius"))).toBe(true);
    },
    60_000,
  );
});
