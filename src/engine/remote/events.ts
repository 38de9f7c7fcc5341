import { isJsonObject, type JsonObject } from "../../hub/model-folder.ts";
import type { Text } from "../../language.ts";

/** No event of a server that keeps to its interface is as long. */
const LONGEST_LINE = 4 * 2 ** 20;

/** A stream that is not what its interface promises; says in what. */
export class StreamFault extends Error {
  readonly text: Text;

  constructor(text: Text) {
    super(text.en);
    this.text = text;
  }
}

/**
 * The JSON objects of a stream, whether they come as server-sent events (`data: {…}`) or one a line (NDJSON). Comments,
 * other fields of events and the closing `[DONE]` are passed over. An event is one line here: every server writes it
 * so. Source: the HTML standard, "Server-sent events". Throws `StreamFault`.
 */
export async function* eventsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonObject> {
  for await (const line of linesOf(chunks)) {
    const data = line.startsWith("{") ? line : /^data: ?(.*)$/s.exec(line)?.[1]?.trim();
    if (data === undefined || data === "") continue;
    if (data === "[DONE]") return;
    yield objectIn(data);
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE || lines.some((line) => line.length > LONGEST_LINE)) {
      throw new StreamFault({
        en: `a line is longer than ${LONGEST_LINE} characters`,
        zh: `有一行超过 ${LONGEST_LINE} 个字符`,
      });
    }
    yield* lines;
  }
  yield rest + decoder.decode();
}

function objectIn(data: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new StreamFault({ en: "an event is not JSON", zh: "有事件不是 JSON" });
  }
  if (isJsonObject(value)) return value;
  throw new StreamFault({ en: "an event is no JSON object", zh: "有事件不是 JSON 对象" });
}
