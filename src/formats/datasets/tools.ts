import type { ToolCall } from "./example.ts";
import { type Fields, isFields, jsonValue, listIn, type Mend, UnusableRow } from "./fields.ts";

/** Calls in any of the known ways: OpenAI's, a bare name with arguments, a list of them, or JSON text of these. */
export function callsIn(value: unknown): ToolCall[] {
  const parsed = typeof value === "string" ? jsonValue(value) : value;
  const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return items.map((item) => {
    const call = isFields(item) && isFields(item.function) ? item.function : item;
    const name = isFields(call) ? call.name : undefined;
    if (!isFields(call) || typeof name !== "string" || name === "")
      throw new UnusableRow("bad-tool-call", JSON.stringify(value));
    return { type: "function", function: { name, arguments: argumentsOf(call) } };
  });
}

/** OpenAI gives arguments as JSON text, which templates would quote once more. */
function argumentsOf(call: Fields): unknown {
  const given = call.arguments ?? call.parameters ?? {};
  if (typeof given !== "string") return given;
  const parsed = jsonValue(given);
  return parsed === undefined ? given : parsed;
}

/** The tools of a row: a list or JSON text of one, of OpenAI's objects or bare functions; undefined where there are none. */
export function toolsIn(value: unknown, mend: Mend): readonly unknown[] | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  // A column of JSON text is how most sets hold their tools, so that it is nothing to mend.
  const list = listIn(value, typeof value === "string" ? () => {} : mend);
  if (list === undefined) throw new UnusableRow("bad-tools", JSON.stringify(value));
  const tools = list.map((tool) => {
    const parsed = typeof tool === "string" ? jsonValue(tool) : tool;
    if (!isFields(parsed)) throw new UnusableRow("bad-tools", JSON.stringify(tool));
    return isFields(parsed.function) ? parsed : { type: "function", function: parsed };
  });
  return tools.length === 0 ? undefined : tools;
}
