import { NotFoundError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import type { ServerConnection } from "../connection.ts";
import type { Answers } from "./answers.ts";
import { askLlamaServer } from "./llama-server.ts";
import { askOllama } from "./ollama.ts";
import { askOpenAI } from "./openai.ts";

/**
 * Asks a running server what it is and what it serves; `wanted` is the model to look at where it serves several.
 * Throws NotFoundError where no server answers or it names no model, and ServerError where it wants a key.
 */
export async function askServer(server: ServerConnection, wanted: string | undefined): Promise<Answers> {
  await server.reach();
  const answers =
    (await askOllama(server, wanted)) ?? (await askLlamaServer(server)) ?? (await askOpenAI(server, wanted));
  if (answers !== undefined && (answers.models.length > 0 || answers.model !== undefined)) return answers;
  throw new NotFoundError(server.url, {
    en: `The server at ${printable(server.url)} names no model (/v1/models, /props, /api/tags). Check the address, or that it needs no key.`,
    zh: `${printable(server.url)} 上的服务器没有给出任何模型（/v1/models、/props、/api/tags）。请检查地址，以及它是否需要密钥。`,
  });
}
