import type { CardFacts } from "../stage/facts.ts";

/** Cards of embedding models carry thousands of lines of results; nothing of ours stands after this many. */
const MAX_FRONT_LINES = 20_000;
const MAX_PROSE = 20_000;
const MAX_VALUES = 64;
const RELATIONS = ["quantized", "adapter", "finetune", "merge"] as const;

/**
 * What a model card (README.md) says: of its YAML front matter the few top-level fields that mean something here, and
 * its prose. A YAML parser is not used, because it would read every benchmark result first (a second for some cards).
 */
export function cardFactsOf(source: string): {
  readonly card: CardFacts;
  readonly title: string | undefined;
} {
  const { front, body } = split(source);
  const fields = fieldsOf(front);
  const one = (key: string): string | undefined => fields.get(key)?.[0];
  const prose = body
    .slice(0, MAX_PROSE * 2)
    .replace(/```[\s\S]*?(```|$)/g, " ")
    .replace(/<!--[\s\S]*?(-->|$)/g, " ")
    .slice(0, MAX_PROSE);
  return {
    title: /^#\s+(\S.{0,200})$/m.exec(prose)?.[1]?.trim(),
    card: {
      task: one("pipeline_tag"),
      tags: fields.get("tags") ?? [],
      library: one("library_name"),
      licence: one("license"),
      parents: fields.get("base_model") ?? [],
      relation: RELATIONS.find((relation) => relation === one("base_model_relation")),
      prose,
    },
  };
}

/** The top-level fields of a model card's front matter that are a text or a list of texts. */
export function frontMatterOf(source: string): ReadonlyMap<string, readonly string[]> {
  return fieldsOf(split(source).front);
}

function split(source: string): { readonly front: string; readonly body: string } {
  const match = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\r?(\n|$)/.exec(source);
  return match === null
    ? { front: "", body: source }
    : { front: match[1] ?? "", body: source.slice(match[0].length) };
}

/** Top-level `key: value`, `key: [a, b]` and `key:` with `- item` lines below it. */
function fieldsOf(front: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let list: string[] | undefined;
  for (const line of front.split(/\r?\n/, MAX_FRONT_LINES)) {
    const item = /^\s*-\s+(.*)$/.exec(line)?.[1];
    if (item !== undefined) {
      if (list !== undefined && list.length < MAX_VALUES && !/^[\w-]+:\s/.test(item)) list.push(scalar(item));
      continue;
    }
    const field = /^([A-Za-z_]+):\s*(.*)$/.exec(line);
    if (field === null) continue;
    const [, key = "", value = ""] = field;
    const inline = /^\[(.*)\]\s*$/.exec(value)?.[1];
    list = inline === undefined ? [] : inline.split(",").slice(0, MAX_VALUES).map(scalar);
    if (inline === undefined && scalar(value) !== "") list.push(scalar(value));
    if (!fields.has(key)) fields.set(key, list);
  }
  return fields;
}

function scalar(value: string): string {
  const trimmed = value.trim();
  const quoted = /^(["'])(.*)\1$/.exec(trimmed)?.[2];
  return quoted ?? trimmed.replace(/\s+#.*$/, "");
}
