import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { type Message, ROLES } from "../chat/conversation.ts";
import { BadFileError } from "../errors.ts";

const documentSchema = z.object({ text: z.string().min(1) });
const conversationSchema = z.object({
  messages: z
    .array(z.object({ role: z.enum(ROLES), content: z.string() }))
    .min(2)
    .refine(
      (messages) => messages.some(({ role }) => role === "assistant"),
      "no assistant turn to learn from",
    ),
});

/** The texts of a data file: JSON lines of `{"text"}`, or any other file as one text. Throws BadFileError. */
export async function readDocuments(path: string): Promise<string[]> {
  if (!path.endsWith(".jsonl")) return [await readWhole(path)];
  return readLines(path, documentSchema, ({ text }) => text);
}

/** The conversations of a data file: JSON lines of `{"messages": [{"role", "content"}]}`. Throws BadFileError. */
export function readConversations(path: string): Promise<(readonly Message[])[]> {
  return readLines(path, conversationSchema, ({ messages }) => messages);
}

async function readWhole(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function readLines<Schema extends z.ZodType, Item>(
  path: string,
  schema: Schema,
  item: (value: z.infer<Schema>) => Item,
): Promise<Item[]> {
  const items: Item[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path, "utf8") })) {
      number++;
      if (line.trim() === "") continue;
      items.push(item(schema.parse(JSON.parse(line))));
    }
  } catch (cause) {
    if (number === 0) throw unreadable(path, cause);
    const reason =
      cause instanceof z.ZodError
        ? cause.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")
        : cause instanceof Error
          ? cause.message
          : String(cause);
    throw new BadFileError(
      path,
      {
        en: `Line ${number} of ${path} is not usable (${reason}); mend or remove that line.`,
        zh: `${path} 第 ${number} 行无法使用（${reason}）；请修改或删除该行。`,
      },
      { cause },
    );
  }
  return items;
}

function unreadable(path: string, cause: unknown): BadFileError {
  return new BadFileError(
    path,
    {
      en: `The data file ${path} cannot be read; check the path.`,
      zh: `无法读取数据文件 ${path}；请检查路径。`,
    },
    { cause },
  );
}
