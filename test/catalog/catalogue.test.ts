import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { CAPABILITIES, LICENCE_KINDS } from "../../src/catalog/model.ts";
import { QUANTIZATIONS } from "../../src/catalog/quantization.ts";
import { ARCHITECTURE_TRAITS } from "../../src/catalog/shape.ts";
import { activeParameterCount, parameterCount } from "../../src/catalog/tensors.ts";
import { ARCHITECTURES } from "../../src/formats/gguf/architectures.ts";
import { counterpartOf } from "../../src/stage/counterpart.ts";
import { CHAT_STAGES, STAGES } from "../../src/stage/stage.ts";
import { facts } from "../stage/facts.ts";

const count = z.int().positive();
const probability = z.number().min(0).max(1);
const reference = z.string().regex(/^[\w.-]+\/[\w.-]+$/);
const schema = z.strictObject({
  reference,
  family: z.string().min(2),
  stage: z.enum(STAGES),
  released: z.string().regex(/^20[12]\d-(0[1-9]|1[0-2])$/),
  shape: z.strictObject({
    architecture: z.string().refine((name) => Object.hasOwn(ARCHITECTURE_TRAITS, name)),
    layers: count,
    hiddenSize: count,
    heads: count,
    kvHeads: count,
    headSize: count,
    feedForwardSize: z.int().min(0),
    vocabularySize: count,
    tied: z.boolean(),
    experts: z.strictObject({ count, active: count, size: count, sharedSize: z.int().min(0) }).optional(),
    linearAttention: z
      .strictObject({
        fullEvery: count,
        keyHeads: count,
        valueHeads: count,
        headSize: count,
        convolution: count,
      })
      .optional(),
    slidingWindow: z.strictObject({ size: count, fullEvery: count }).optional(),
    positions: count.optional(),
  }),
  context: count,
  languages: z.array(z.string().regex(/^[a-z]{2}$/)).min(1),
  licence: z.strictObject({ name: z.string(), kind: z.enum(LICENCE_KINDS) }),
  capabilities: z.array(z.enum(CAPABILITIES)),
  base: reference.optional(),
  sampling: z.array(
    z.strictObject({
      mode: z.enum(["completion", "non-thinking", "thinking", "default"]),
      temperature: z.number().min(0).max(2).optional(),
      topP: probability.optional(),
      topK: z.int().min(0).optional(),
      minP: probability.optional(),
      presencePenalty: z.number().min(0).max(2).optional(),
      repetitionPenalty: z.number().min(1).max(2).optional(),
      source: z.string().min(10),
    }),
  ),
  gguf: z
    .strictObject({
      repository: reference,
      quantizations: z.array(z.enum(QUANTIZATIONS)).min(1),
      source: z.string().min(10),
    })
    .optional(),
  source: z.string().min(10),
  fromMemory: z.array(z.string()).optional(),
});

const byReference = new Map(CATALOGUE.map((model) => [model.reference, model]));

test.each(CATALOGUE.map((model) => [model.reference, model] as const))("%s is well formed", (_, model) => {
  expect(schema.safeParse(model).error).toBeUndefined();
  expect(ARCHITECTURES.has(model.shape.architecture)).toBe(true);
  expect(new Set(model.languages).size).toBe(model.languages.length);
});

test("each model is there once", () => {
  expect(byReference.size).toBe(CATALOGUE.length);
});

test("quantisations are listed from small to large, so that the last that fits is the best", () => {
  for (const { gguf } of CATALOGUE) {
    const places = gguf?.quantizations.map((one) => QUANTIZATIONS.indexOf(one)) ?? [];
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  }
});

test("a base that a model names is in the catalogue, is a base, and has the same matrices", () => {
  for (const { reference, base, shape } of CATALOGUE) {
    if (base === undefined) continue;
    const found = byReference.get(base);
    expect(found?.stage, `${reference} → ${base}`).toBe("base");
    expect(found?.shape.hiddenSize).toBe(shape.hiddenSize);
    expect(found?.shape.layers).toBe(shape.layers);
  }
});

describe("the naming rules of the families agree", () => {
  const chats = CATALOGUE.filter(
    ({ stage, base }) => base !== undefined && CHAT_STAGES.some((chat) => chat === stage),
  );
  test.each(chats.map(({ reference, stage, base }) => [reference, stage, base] as const))(
    "on the base of %s",
    (name, stage, base) => {
      expect([base, null]).toContain(counterpartOf(facts(name), stage));
    },
  );
});

test.each([
  // what the makers say, in billions: all, and those that compute a token
  ["openai/gpt-oss-20b", 20.9, 3.6],
  ["openai/gpt-oss-120b", 116.8, 5.1],
  ["meta-llama/Llama-3.1-8B", 8.03, 7.5],
  ["meta-llama/Llama-3.2-1B", 1.24, 1.24],
  ["Qwen/Qwen3-30B-A3B", 30.5, 3.04],
  ["Qwen/Qwen2.5-0.5B", 0.494, 0.494],
  ["HuggingFaceTB/SmolLM2-135M", 0.1345, 0.1345],
  ["Qwen/Qwen3-235B-A22B", 235.1, 21.6],
])("%s has as many parameters as its makers say", (reference, total, active) => {
  const shape = byReference.get(reference)?.shape;
  if (shape === undefined) throw new Error(`no ${reference}`);
  expect(parameterCount(shape) / 1e9).toBeCloseTo(total, 1);
  expect(activeParameterCount(shape) / 1e9).toBeCloseTo(active, 1);
});
