import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TemplateTokens } from "../../src/chat/template.ts";

/** Metadata of released models; it is no part of the project. */
const FOLDER = join(
  process.env.BASEWISE_SHARED_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url)),
  "metadata",
);

export interface RealTemplate {
  readonly name: string;
  readonly source: string;
  readonly tokens: TemplateTokens;
}

/** The chat templates that are there, where the data is. */
export function realTemplates(): RealTemplate[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).flatMap((name) => {
    const config = jsonOf(name, "tokenizer_config.json");
    const jinja = join(FOLDER, name, "chat_template.jinja");
    const source = existsSync(jinja)
      ? readFileSync(jinja, "utf8")
      : (jsonOf(name, "chat_template.json").chat_template ?? config.chat_template);
    if (typeof source !== "string") return [];
    return [{ name, source, tokens: { bos: tokenOf(config.bos_token), eos: tokenOf(config.eos_token) } }];
  });
}

function jsonOf(name: string, file: string): Readonly<Record<string, unknown>> {
  const path = join(FOLDER, name, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

function tokenOf(token: unknown): string {
  if (typeof token === "string") return token;
  return typeof token === "object" && token !== null && "content" in token ? String(token.content) : "";
}
