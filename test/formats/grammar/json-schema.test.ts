import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGrammar } from "../../../src/formats/grammar/gbnf.ts";
import { grammarOfSchema } from "../../../src/formats/grammar/json-schema.ts";
import { JsonSchemaError } from "../../../src/formats/grammar/schema-error.ts";
import { Random } from "../../../src/train/random.ts";
import { Sentences } from "../../support/sentences.ts";

const addFormats = formats.default;

/** Values that a model which keeps to the schema may write; each is proved valid by Ajv. */
function values(schema: unknown, count = 60, seed = 1): unknown[] {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, ownProperties: true });
  addFormats(ajv);
  const validate = ajv.compile(schema as object);
  const sentences = new Sentences(parseGrammar(grammarOfSchema(schema)), new Random(seed));
  return Array.from({ length: count }, () => {
    const sentence = sentences.next();
    const value: unknown = JSON.parse(sentence);
    if (!validate(value)) throw new Error(`${sentence}: ${ajv.errorsText(validate.errors)}`);
    return value;
  });
}

const distinct = (schema: unknown, count?: number): Set<string> =>
  new Set(values(schema, count).map((value) => JSON.stringify(value)));

describe("what a schema's grammar writes is valid, and all of it can be written", () => {
  test("types, alone and several", () => {
    expect(distinct({ type: "boolean" })).toEqual(new Set(["true", "false"]));
    expect(distinct({ type: ["null", "boolean"] })).toEqual(new Set(["null", "true", "false"]));
    const kinds = new Set(values({}, 200).map((value) => (Array.isArray(value) ? "array" : typeof value)));
    expect(kinds).toEqual(new Set(["object", "array", "string", "number", "boolean"]));
    expect(values(true, 20)).toHaveLength(20);
    values({ type: "object" });
    values({ type: "number" }, 200);
  });

  test("values that are listed, of the type that is stated", () => {
    expect(distinct({ enum: ["a", 1, null, { b: ['"', "\\", "é\n"] }] })).toEqual(
      new Set(['"a"', "1", "null", JSON.stringify({ b: ['"', "\\", "é\n"] })]),
    );
    expect(distinct({ const: "x" })).toEqual(new Set(['"x"']));
    expect(distinct({ type: "string", enum: ["a", 1] })).toEqual(new Set(['"a"']));
  });

  test.each([
    [{ minimum: 8, maximum: 12 }, [8, 9, 10, 11, 12]],
    [{ exclusiveMinimum: -2, exclusiveMaximum: 2 }, [-1, 0, 1]],
    [{ minimum: 0.5, maximum: 2.5 }, [1, 2]],
    [{ minimum: -12, maximum: -9 }, [-12, -11, -10, -9]],
    [{ minimum: 99, maximum: 101 }, [99, 100, 101]],
    [{ minimum: 1, exclusiveMinimum: 1, maximum: 3, exclusiveMaximum: 5 }, [2, 3]],
  ])("whole numbers within %j", (bounds, expected) => {
    const found = new Set(values({ type: "integer", ...bounds }, 300));
    expect([...found].sort((one, other) => Number(one) - Number(other))).toEqual(expected);
  });

  test("whole numbers within any bounds, both of which are reached", () => {
    const bound = fc.integer({ min: -12_000, max: 12_000 });
    fc.assert(
      fc.property(bound, bound, (one, other) => {
        const [minimum, maximum] = [Math.min(one, other), Math.max(one, other)];
        values({ type: "integer", minimum, maximum }, 40);
        values({ type: "integer", minimum }, 10);
        values({ type: "integer", maximum }, 10);
        for (const edge of [minimum, maximum])
          expect(distinct({ type: "integer", minimum: edge, maximum: edge }, 1)).toEqual(
            new Set([String(edge)]),
          );
      }),
      { numRuns: 60 },
    );
  });

  test("numbers within any bounds", () => {
    const bound = fc.integer({ min: -1200, max: 1200 });
    const word = fc.constantFrom("minimum", "exclusiveMinimum");
    const wordOfMost = fc.constantFrom("maximum", "exclusiveMaximum");
    fc.assert(
      fc.property(bound, bound, word, wordOfMost, (one, other, least, most) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        values({ type: "number", [least]: low }, 20);
        values({ type: "number", [most]: high }, 20);
        if (low < high) values({ type: "number", [least]: low, [most]: high }, 40);
      }),
      { numRuns: 60 },
    );
  });

  test("strings of a length", () => {
    for (const value of values({ type: "string", minLength: 2, maxLength: 4 }, 200)) {
      const length = [...String(value)].length;
      expect(length).toBeGreaterThanOrEqual(2);
      expect(length).toBeLessThanOrEqual(4);
    }
    expect(distinct({ type: "string", maxLength: 0 })).toEqual(new Set(['""']));
  });

  test.each(["date", "time", "date-time", "uuid", "ipv4"])("strings of the format %s", (format) => {
    expect(values({ type: "string", format }, 300)).toHaveLength(300);
  });

  test("objects: the required, the optional and the others", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "integer" }, "b/~": { type: "string" }, c: { type: "boolean" } },
      required: ["b/~"],
    };
    const keys = (more: object): Set<string> =>
      new Set(values({ ...schema, ...more }, 300).map((value) => Object.keys(value as object).join()));
    expect(keys({})).toEqual(new Set(["b/~", "a,b/~", "b/~,c", "a,b/~,c"]));
    expect(keys({ required: [], additionalProperties: false })).toContain("");
    expect(keys({ required: [] })).toContain("a,c");
    expect(keys({ additionalProperties: { type: "null" } }).size).toBeGreaterThan(4);
    // Names that begin like those that are declared are not taken for them.
    values(
      {
        properties: { ab: { const: 1 }, abc: { const: 2 }, b: { const: 3 } },
        additionalProperties: { const: 4 },
      },
      400,
    );
    values({ type: "object", additionalProperties: { type: "integer" } });
  });

  test("arrays: of items, of a number, and tuples", () => {
    const lengths = (schema: object): Set<number> =>
      new Set(
        values({ type: "array", items: { const: 1 }, ...schema }, 200).map((value) => (value as []).length),
      );
    expect(lengths({ minItems: 2, maxItems: 4 })).toEqual(new Set([2, 3, 4]));
    expect(lengths({ maxItems: 1 })).toEqual(new Set([0, 1]));
    expect(lengths({ maxItems: 0 })).toEqual(new Set([0]));
    expect(lengths({ minItems: 1 }).has(0)).toBe(false);
    const prefixItems = [{ const: "a" }, { type: "boolean" }];
    expect(lengths({ prefixItems, maxItems: 3 })).toEqual(new Set([2, 3]));
    expect(lengths({ prefixItems, items: false })).toEqual(new Set([2]));
    expect(lengths({ prefixItems, maxItems: 1 })).toEqual(new Set([1]));
    expect(lengths({ prefixItems, minItems: 4, maxItems: 4 })).toEqual(new Set([4]));
  });

  test("schemas that refer to others, also to themselves", () => {
    values({
      $defs: {
        node: {
          type: "object",
          properties: {
            v: { type: "integer" },
            next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
          },
          required: ["v", "next"],
        },
      },
      $ref: "#/$defs/node",
    });
    values({
      type: "object",
      properties: { children: { type: "array", items: { $ref: "#" } } },
      required: ["children"],
    });
    values({ definitions: { "a/b~c d": { const: 1 } }, allOf: [{ $ref: "#/definitions/a~1b~0c%20d" }] });
  });

  test("alternatives, of which oneOf lets none overlap", () => {
    expect(distinct({ anyOf: [{ const: 1 }, { type: "boolean" }] })).toEqual(new Set(["1", "true", "false"]));
    values({ oneOf: [{ type: "string" }, { type: "integer" }] });
    values({
      $defs: {
        cat: {
          type: "object",
          properties: { kind: { const: "cat" }, n: { type: "integer" } },
          required: ["kind"],
        },
      },
      oneOf: [
        { $ref: "#/$defs/cat" },
        { type: "object", properties: { kind: { enum: ["dog", "wolf"] } }, required: ["kind"] },
      ],
    });
  });
});

/** Ajv compares by calling `valueOf` and `toString`, also where a value has its own under that name. */
const AJV_TRIPS = /"(?:valueOf|toString)":/;

test("what is written of any schema made of these is valid", () => {
  const leaf = fc.oneof(
    fc.constantFrom({}, { type: "null" }, { type: "boolean" }, { type: ["string", "null"] }, { const: "x" }),
    fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -50, max: 50 }) }),
    fc.record({ type: fc.constant("string"), maxLength: fc.nat(5) }),
    fc
      .array(
        fc.jsonValue({ maxDepth: 1 }).filter((value) => !AJV_TRIPS.test(JSON.stringify(value))),
        { minLength: 1, maxLength: 3 },
      )
      .map((values) => ({ enum: values })),
  );
  const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      leaf,
      fc
        .record({
          properties: fc.dictionary(fc.string({ maxLength: 4 }), tie("schema"), { maxKeys: 4 }),
          additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
          take: fc.nat(),
        })
        .map(({ properties, additionalProperties, take }) => ({
          type: "object",
          properties,
          additionalProperties,
          required: Object.keys(properties).filter((_, i) => ((take >> i) & 1) === 1),
        })),
      fc
        .record({ items: tie("schema"), minItems: fc.nat(2), more: fc.nat(2) })
        .map(({ items, minItems, more }) => ({ type: "array", items, minItems, maxItems: minItems + more })),
      fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    ),
  }));
  fc.assert(
    fc.property(schema, fc.nat(1000), (one, seed) => {
      values(one, 8, seed);
    }),
    { numRuns: 200 },
  );
});

describe("a schema that cannot be kept to is refused", () => {
  test.each([
    "multipleOf",
    "pattern",
    "not",
    "if",
    "then",
    "patternProperties",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "contains",
    "dependentRequired",
    "unevaluatedProperties",
    "$anchor",
    "$dynamicRef",
    "nullable",
    "contentEncoding",
    "anythingElse",
  ])("by the name of the keyword %s", (keyword) => {
    const schema = { type: "object", properties: { a: { type: "string", [keyword]: 1 } } };
    expect(() => grammarOfSchema(schema)).toThrow(JsonSchemaError);
    expect(() => grammarOfSchema(schema)).toThrow(`the keyword ${keyword} is not supported`);
    expect(() => grammarOfSchema(schema)).toThrow("#/properties/a");
  });

  test.each([
    [{ type: "string", format: "email" }, "format: email"],
    [{ type: "array", uniqueItems: true }, "uniqueItems"],
    [{ enum: [1], minimum: 3 }, "minimum beside enum"],
    [{ $ref: "#/$defs/a", type: "string" }, "type beside $ref"],
    [{ type: "string", format: "date", maxLength: 3 }, "maxLength beside format"],
    [{ allOf: [{ type: "string" }, { maxLength: 3 }] }, "allOf of more than one"],
    [{ oneOf: [{ type: "number" }, { type: "integer" }] }, "oneOf is not supported where"],
    [{ oneOf: [{ type: "object" }, { type: "object" }] }, "oneOf is not supported where"],
    [{ $ref: "https://example.org/a.json" }, "only places within"],
    [{ $ref: "#/$defs/a" }, "where there is nothing"],
    [{ type: "object", properties: { a: {} }, required: ["b"] }, 'required names "b"'],
    [{ type: "string", maxLength: 2000 }, "maxLength must be"],
    [{ type: "number", minimum: 0.5 }, "minimum must be a whole number"],
  ])("%j", (schema, reason) => {
    expect(() => grammarOfSchema(schema)).toThrow(JsonSchemaError);
    expect(() => grammarOfSchema(schema)).toThrow(reason);
  });

  test.each([
    [{ type: "text" }],
    [{ type: [] }],
    [{ enum: [] }],
    [{ enum: "a" }],
    [{ properties: [] }],
    [{ type: "object", required: "a" }],
    [{ type: "string", minLength: -1 }],
    [{ minimum: "1" }],
    [5],
    ["{}"],
    [null],
    [{ properties: { a: 1 } }],
    [{ $ref: 1 }],
  ])("that is malformed: %j", (schema) => {
    expect(() => grammarOfSchema(schema)).toThrow(JsonSchemaError);
  });

  test.each([
    [false],
    [{ type: "integer", minimum: 3, maximum: 2 }],
    [{ type: "string", minLength: 3, maxLength: 2 }],
    [{ type: "string", const: 1 }],
    [{ type: "array", items: false, minItems: 1 }],
    [{ type: "number", exclusiveMinimum: 1, exclusiveMaximum: 1 }],
    [{ type: "integer", exclusiveMinimum: 1, exclusiveMaximum: 2 }],
  ])("that contradicts itself: %j", (schema) => {
    expect(() => grammarOfSchema(schema)).toThrow("contradicts itself");
  });

  test("that never ends, or is too deep or too large", () => {
    expect(() => grammarOfSchema({ $ref: "#" })).toThrow("come to an end");
    const endless = { type: "object", properties: { a: { $ref: "#" } }, required: ["a"] };
    expect(() => grammarOfSchema(endless)).toThrow("come to an end");
    let deep: unknown = { type: "null" };
    for (let depth = 0; depth < 150; depth++) deep = { type: "array", items: deep };
    expect(() => grammarOfSchema(deep)).toThrow("nested");
    const circle: Record<string, unknown> = { type: "array" };
    circle.items = circle;
    expect(() => grammarOfSchema(circle)).toThrow("no JSON");
    expect(() => grammarOfSchema({ enum: ["a".repeat(300_000)] })).toThrow("too large");
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`p${i}`, { type: "null" }]));
    expect(() => grammarOfSchema({ properties: many })).toThrow("too large");
  });
});
