import { printable } from "../../printable.ts";
import { Place } from "./schema-error.ts";

/** What a reference within the schema leads to. Source: RFC 6901. Throws JsonSchemaError where that is nothing. */
export function targetOf(pointer: string, root: unknown, place: Place): { schema: unknown; place: Place } {
  if (pointer !== "#" && !pointer.startsWith("#/")) throw place.wrong("$ref", elsewhere(pointer));
  const keys = pointer.split("/").slice(1).map(unescaped);
  let schema = root;
  for (const key of keys) {
    const isThere =
      typeof schema === "object" && schema !== null && key !== undefined && Object.hasOwn(schema, key);
    if (!isThere) throw place.wrong("$ref", nowhere(pointer));
    schema = new Map<string, unknown>(Object.entries(schema as object)).get(key);
  }
  return { schema, place: new Place(pointer, keys.length) };
}

function unescaped(key: string): string | undefined {
  try {
    return decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}

function elsewhere(pointer: string): { en: string; zh: string } {
  const shown = printable(pointer, 100);
  return {
    en: `$ref leads to ${shown}, but only places within the schema (#/…) are supported`,
    zh: `$ref 指向 ${shown}，而仅支持模式内部的位置（#/…）`,
  };
}

function nowhere(pointer: string): { en: string; zh: string } {
  const shown = printable(pointer, 100);
  return { en: `$ref leads to ${shown}, where there is nothing`, zh: `$ref 指向 ${shown}，而那里没有内容` };
}
