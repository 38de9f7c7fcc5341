import { GrammarError, MAX_LENGTH, MAX_RULES, parseGrammar } from "./gbnf.ts";
import { endlessRule } from "./recursion.ts";
import { areDisjoint } from "./schema-disjoint.ts";
import { Place } from "./schema-error.ts";
import {
  counted,
  type Keywords,
  keywordsOf,
  sizesOf,
  type TypeName,
  typesOf,
  WHOLE,
} from "./schema-keywords.ts";
import { integers, numbers } from "./schema-numbers.ts";
import { targetOf } from "./schema-reference.ts";
import { CHARACTER, literal, otherStrings, strings } from "./schema-strings.ts";

const MAX_DEPTH = 100;
/** Space between the parts of a value: none, one, or a line break with its indentation. */
const SPACE = '| " " | "\\n" [ \\t]{0,20}';

/**
 * A grammar in GBNF, every sentence of which is a JSON value that the schema allows. It is never wider than the schema
 * but may be narrower: properties come in the order of the schema; where `properties` are given, others only if
 * `additionalProperties` says so; numbers have a bounded number of digits. Source: JSON Schema 2020-12.
 * Throws JsonSchemaError, by name for every keyword that is not supported.
 */
export function grammarOfSchema(schema: unknown): string {
  const place = new Place();
  const rules = new Converter(plainJson(schema, place)).rules();
  const grammar = [...rules].map(([name, body]) => `${name} ::= ${body}\n`).join("");
  if (rules.size > MAX_RULES || grammar.length > MAX_LENGTH) {
    throw place.wrong(null, { en: "it is too large", zh: "过于庞大" });
  }
  if (!comesToAnEnd(grammar)) {
    throw place.wrong("$ref", {
      en: "it refers to itself such that no value would come to an end",
      zh: "它引用自身，使得任何值都无法结束",
    });
  }
  return grammar;
}

function comesToAnEnd(grammar: string): boolean {
  try {
    return endlessRule(parseGrammar(grammar)) === undefined;
  } catch (error) {
    if (error instanceof GrammarError) return false; // a rule that begins with itself
    throw error;
  }
}

/** The schema as JSON has it: without what JSON cannot hold, and without cycles. */
function plainJson(schema: unknown, place: Place): unknown {
  try {
    return JSON.parse(JSON.stringify(schema));
  } catch {
    throw place.wrong(null, { en: "it is no JSON", zh: "它不是 JSON" });
  }
}

class Converter {
  readonly #schema: unknown;
  readonly #rules = new Map<string, string>();
  /** The rules by what they say, so that none is there twice. */
  readonly #names = new Map<string, string>();
  /** The rules of schemas that were referred to, by their pointer. */
  readonly #references = new Map<string, string>([["#", "root"]]);

  constructor(schema: unknown) {
    this.#schema = schema;
  }

  /** What each rule says, in GBNF. */
  rules(): ReadonlyMap<string, string> {
    this.#rules.set("root", "");
    this.#rules.set("root", this.#value(this.#schema, new Place()));
    return this.#rules;
  }

  /** The rule that says so, under a name like this one. */
  readonly #rule = (hint: string, body: string): string => {
    const known = this.#names.get(body);
    if (known !== undefined) return known;
    const name = this.#free(hint);
    this.#rules.set(name, body);
    this.#names.set(body, name);
    return name;
  };

  #free(hint: string): string {
    const base = hint.replace(/[^a-zA-Z0-9]+/g, "-").slice(0, 40);
    let name = base;
    for (let count = this.#rules.size; name === "" || this.#rules.has(name); count++)
      name = `${base}-${count}`;
    return name;
  }

  /** What may stand for a schema, in GBNF. */
  #value(schema: unknown, place: Place): string {
    if (place.depth > MAX_DEPTH) {
      throw place.wrong(null, { en: `it is nested over ${MAX_DEPTH} deep`, zh: `嵌套超过 ${MAX_DEPTH} 层` });
    }
    if (schema === true) return this.#any();
    if (schema === false) throw place.impossible(null);
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
      throw place.wrong(null, {
        en: "a schema must be an object or a boolean",
        zh: "模式必须是对象或布尔值",
      });
    }
    const keywords = keywordsOf(schema, place);
    const whole = WHOLE.find((keyword) => keywords.has(keyword));
    if (whole !== undefined) return this.#whole(whole, keywords, place);
    const types = typesOf(keywords, place);
    if (types === undefined) return this.#any();
    return types.map((type) => this.#typed(type, keywords, place)).join(" | ");
  }

  /** Of a schema that one keyword says all about. */
  #whole(keyword: (typeof WHOLE)[number], keywords: Keywords, place: Place): string {
    const isValues = keyword === "enum" || keyword === "const";
    const other = [...keywords.keys()].find((one) => one !== keyword && !(isValues && one === "type"));
    if (other !== undefined) throw place.unsupportedBeside(other, keyword);
    const value = keywords.get(keyword);
    if (keyword === "const") return this.#values([value], keywords, place);
    if (keyword === "$ref") return this.#reference(value, place);
    if (!Array.isArray(value) || value.length === 0) throw place.malformed(keyword, "a list", "非空列表");
    if (keyword === "enum") return this.#values(value, keywords, place);
    if (keyword === "allOf" && value.length > 1) {
      throw place.wrong(keyword, {
        en: "allOf of more than one schema is not supported; write one schema that says all",
        zh: "不支持含多个模式的 allOf；请合并为一个模式",
      });
    }
    if (keyword === "oneOf" && !areDisjoint(value, this.#schema, place)) {
      throw place.wrong(keyword, {
        en: "oneOf is not supported where a value might satisfy two of its schemas; take anyOf",
        zh: "oneOf 的多个模式可能同时满足，不受支持；请改用 anyOf",
      });
    }
    return value.map((one, i) => this.#rule("option", this.#value(one, place.at(keyword, i)))).join(" | ");
  }

  #values(values: readonly unknown[], keywords: Keywords, place: Place): string {
    const types = typesOf(keywords, place);
    const allowed =
      types === undefined ? values : values.filter((value) => types.some((type) => isOf(type, value)));
    if (allowed.length === 0) throw place.impossible("type");
    return allowed.map((value) => literal(JSON.stringify(value))).join(" | ");
  }

  #reference(pointer: unknown, place: Place): string {
    if (typeof pointer !== "string") throw place.malformed("$ref", "a string", "字符串");
    const known = this.#references.get(pointer);
    if (known !== undefined) return known;
    const target = targetOf(pointer, this.#schema, place);
    const name = this.#free(target.place.path.split("/").at(-1) ?? "");
    // The name first, since what is referred to may refer to itself.
    this.#rules.set(name, "");
    this.#references.set(pointer, name);
    this.#rules.set(name, this.#value(target.schema, target.place));
    return name;
  }

  #typed(type: TypeName, keywords: Keywords, place: Place): string {
    switch (type) {
      case "object":
        return this.#rule("object", this.#object(keywords, place));
      case "array":
        return this.#rule("array", this.#array(keywords, place));
      case "string":
        return this.#rule("string", strings(keywords, place, this.#rule("character", CHARACTER)));
      case "number":
        return this.#rule("number", numbers(keywords, place));
      case "integer":
        return this.#rule("integer", integers(keywords, place));
      case "boolean":
        return this.#rule("boolean", '"true" | "false"');
      case "null":
        return '"null"';
    }
  }

  #object(keywords: Keywords, place: Place): string {
    const space = this.#rule("space", SPACE);
    const properties = keywords.get("properties") ?? {};
    if (typeof properties !== "object" || properties === null || Array.isArray(properties))
      throw place.malformed("properties", "an object", "对象");
    const required = namesOf(keywords.get("required") ?? [], place);
    const names = Object.keys(properties);
    const undeclared = required.find((name) => !names.includes(name));
    if (undeclared !== undefined) throw place.wrong("required", undeclaredName(undeclared));

    const pairs = Object.entries(properties).map(([name, schema]) => {
      const value = this.#rule(name, this.#value(schema, place.at("properties", name)));
      const pair = `${literal(JSON.stringify(name))} ":" ${space} ${value}`;
      return { pair: this.#rule(`${name}-pair`, pair), isRequired: required.includes(name) };
    });
    const more = this.#additional(keywords, names, place, space);
    const comma = this.#rule("comma", `"," ${space}`);
    // From the last to the first: what may stand behind a property, and what where none has been written yet.
    let behind = more === undefined ? "" : this.#rule("more", `(${comma} ${more})*`);
    let first = more === undefined ? "" : this.#rule("first", `(${more} ${behind})?`);
    for (const { pair, isRequired } of pairs.toReversed()) {
      const begun = this.#rule("begun", `${pair} ${behind}`);
      first =
        isRequired || first === ""
          ? `${begun}${isRequired ? "" : "?"}`
          : this.#rule("first", `${begun} | ${first}`);
      behind = this.#rule(
        "behind",
        isRequired ? `${comma} ${pair} ${behind}` : `(${comma} ${pair})? ${behind}`,
      );
    }
    return `"{" ${space} ${first} ${space} "}"`;
  }

  /** A property beside those that are declared, in GBNF; undefined where there may be none. */
  #additional(keywords: Keywords, names: readonly string[], place: Place, space: string): string | undefined {
    const schema = keywords.get("additionalProperties") ?? !keywords.has("properties");
    if (schema === false) return undefined;
    const key = this.#rule("key", otherStrings(names, this.#rule));
    const value = this.#rule("additional", this.#value(schema, place.at("additionalProperties")));
    return this.#rule("additional-pair", `${key} ":" ${space} ${value}`);
  }

  #array(keywords: Keywords, place: Place): string {
    const space = this.#rule("space", SPACE);
    const comma = this.#rule("comma", `"," ${space}`);
    const [least, most] = sizesOf(keywords, "minItems", "maxItems", place);
    if ((keywords.get("uniqueItems") ?? false) !== false) throw place.unsupported("uniqueItems");
    if ((keywords.get("additionalItems") ?? false) !== false) throw place.unsupported("additionalItems");
    const items = keywords.get("items");
    const isTuple = Array.isArray(items); // as until draft 2019-09
    const prefix = keywords.get("prefixItems") ?? (isTuple ? items : []);
    if (!Array.isArray(prefix)) throw place.malformed("prefixItems", "a list", "列表");
    const rest = isTuple ? false : (items ?? prefix.length === 0);
    const word = isTuple ? "items" : "prefixItems";
    const first = prefix
      .slice(0, most)
      .map((schema, i) => this.#rule("item", this.#value(schema, place.at(word, i))));
    const restMost = rest === false ? 0 : most - first.length;
    const restLeast = Math.max(0, least - first.length);
    if (restLeast > restMost) throw place.impossible("minItems");
    let inside = first.join(` ${comma} `);
    if (restMost > 0) {
      const item = this.#rule("item", this.#value(rest, place.at("items")));
      const next = this.#rule("next", `${comma} ${item}`);
      // A rule of its own: the library counts what stands in parentheses against a limit.
      const more = (least: number, most: number): string =>
        this.#rule("more", `${next}${counted(least, most)}`);
      inside =
        first.length > 0
          ? `${inside} ${more(restLeast, restMost)}`
          : `(${item} ${more(Math.max(0, restLeast - 1), restMost - 1)})${restLeast === 0 ? "?" : ""}`;
    }
    return `"[" ${space} ${inside} ${space} "]"`;
  }

  /** Any JSON value. */
  #any(): string {
    const known = this.#references.get("");
    if (known !== undefined) return known;
    const name = this.#free("any");
    this.#rules.set(name, "");
    this.#references.set("", name); // no pointer of ours: all begin with #
    const every = ["object", "array", "string", "number", "boolean", "null"] as const;
    this.#rules.set(name, every.map((type) => this.#typed(type, new Map(), new Place())).join(" | "));
    return name;
  }
}

function namesOf(value: unknown, place: Place): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw place.malformed("required", "a list of names", "名称列表");
}

function undeclaredName(name: string): { en: string; zh: string } {
  return {
    en: `required names ${JSON.stringify(name)}, which properties do not declare; declare it`,
    zh: `required 中的 ${JSON.stringify(name)} 未在 properties 中声明；请声明它`,
  };
}

function isOf(type: TypeName, value: unknown): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
}
