import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { LlamaVectorEngine } from "../../src/engine/llama/vector-engine.ts";
import { type Pooling, TextTooLongError } from "../../src/engine/vectors.ts";
import { packagedModelPath } from "../../src/hub/reference.ts";
import { folderOfModel } from "../convert/models.ts";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { hiddenStates, layerStates } from "../support/qwen3-by-hand.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/embedding/", import.meta.url));
const EACH = ["mean", "last", "cls"] as const;

interface Golden {
  readonly ids: readonly number[];
  readonly text?: string;
  readonly mean: readonly number[];
  readonly last: readonly number[];
  readonly cls: readonly number[];
}

function golden(name: string): readonly Golden[] {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), "utf8"));
}

/** The largest difference, as a share of the length of the first. */
function difference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const pairs = Array.from(one, (value, i) => value - (other[i] ?? Number.NaN));
  return Math.hypot(...pairs) / Math.hypot(...Array.from(one));
}

describe("vectors of a decoder", () => {
  let engine: LlamaVectorEngine;
  let path: string;
  beforeAll(async () => {
    path = join(temporaryFolder(), "tiny.gguf");
    await convert(folderOfModel("tiny-qwen3-instruct"), { output: path, type: "f32" });
    engine = await LlamaVectorEngine.load(path);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  // libllama keeps keys and values in f16.
  test.each(EACH)("by %s are those of transformers, all texts in one call", async (pooling) => {
    const texts = golden("tiny-qwen3");
    const found = await engine.embed(
      texts.map(({ ids }) => ids),
      { pooling },
    );
    const worst = texts.map((text, i) => difference(text[pooling], found[i] ?? []));
    expect(Math.max(...worst)).toBeLessThan(3e-3);
    expect(Math.max(...worst)).toBeGreaterThan(0);
  });

  test("after a layer are those that its weights give when computed by hand", async () => {
    const texts = golden("tiny-qwen3").map(({ ids }) => ids);
    const { layers } = engine.model;
    for (let layer = 1; layer <= layers; layer++) {
      const found = await engine.embed(texts, { pooling: "last", layer });
      const byHand = await Promise.all(
        texts.map(async (ids) => (await layerStates(path, ids))[layer - 1]?.at(-1)),
      );
      const worst = byHand.map((state, i) => difference(state ?? [], found[i] ?? []));
      expect(Math.max(...worst)).toBeLessThan(3e-3);
    }
    // What comes out of all of them is normed, and is there again afterwards.
    const [normed] = await engine.embed(texts, { pooling: "last" });
    expect(difference(golden("tiny-qwen3")[0]?.last ?? [], normed ?? [])).toBeLessThan(3e-3);
    const [all] = await engine.embed([texts[1] ?? []], { pooling: "none", layer: 1 });
    expect(all).toHaveLength((texts[1]?.length ?? 0) * engine.model.vectorSize);
  });

  test("after a layer that is not there are refused", async () => {
    for (const layer of [0, 1.5, engine.model.layers + 1]) {
      await expect(engine.embed([[1]], { pooling: "mean", layer })).rejects.toMatchObject({
        name: "BadInputError",
      });
    }
  });

  test("without pooling are those of all tokens, whose mean is the mean", async () => {
    const texts = golden("tiny-qwen3").map(({ ids }) => ids);
    const [all, means] = await Promise.all([
      engine.embed(texts, { pooling: "none" }),
      engine.embed(texts, { pooling: "mean" }),
    ]);
    const width = engine.model.vectorSize;
    for (const [i, { length }] of texts.entries()) {
      const rows = all[i] ?? new Float32Array();
      expect(rows).toHaveLength(length * width);
      const mean = Array.from({ length: width }, (_, at) => {
        const column = Array.from({ length }, (_, row) => rows[row * width + at] ?? Number.NaN);
        return column.reduce((sum, value) => sum + value, 0) / length;
      });
      expect(difference(mean, means[i] ?? [])).toBeLessThan(1e-6);
    }
  });

  test("do not depend on what else is asked at once, nor on the length of a batch", async () => {
    const many = Array.from({ length: 40 }, (_, i) => [i, 2 * i, 7, 3 * i, ...Array(i).fill(9)]);
    const together = await engine.embed(many, { pooling: "mean" });
    for (const i of [0, 17, 39]) {
      const [alone] = await engine.embed(many.slice(i, i + 1), { pooling: "mean" });
      expect(difference(alone ?? [], together[i] ?? [])).toBeLessThan(1e-3);
    }
  });

  test("of a text that is too long are refused with both counts, before anything is computed", async () => {
    const long = engine.embed([[1], Array(129).fill(2)], { pooling: "last" });
    await expect(long).rejects.toThrow(TextTooLongError);
    await expect(long).rejects.toMatchObject({ index: 1, textTokens: 129, mostTokens: 128 });
  });

  test("end with their signal, and the engine goes on", async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 200 }, () => Array(100).fill(5));
    const work = engine.embed(many, { pooling: "mean", signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    expect(await engine.embed([[5]], { pooling: "mean" })).toHaveLength(1);
  });
});

describe("the mini base", () => {
  // Its weights have 8 bits, and libllama rounds what they multiply to 8 bits too.
  test("gives the vectors that its weights give when computed by hand", async () => {
    const path = packagedModelPath("mini-base");
    await using engine = await LlamaVectorEngine.load(path);
    for (const text of ["A dog has four legs."]) {
      const ids = await engine.tokenize(text);
      const states = await hiddenStates(path, ids);
      const byHand: Readonly<Record<Exclude<Pooling, "none">, readonly number[]>> = {
        last: states.at(-1) ?? [],
        cls: states[0] ?? [],
        mean: (states[0] ?? []).map(
          (_, at) => states.reduce((sum, state) => sum + (state[at] ?? Number.NaN), 0) / states.length,
        ),
      };
      for (const pooling of EACH) {
        const [vector] = await engine.embed([ids], { pooling });
        expect(difference(byHand[pooling], vector ?? [])).toBeLessThan(0.03);
      }
    }
  });
});

describe("the layers of the mini base", () => {
  test("come out as its weights give them when computed by hand, each unlike the others", async () => {
    const path = packagedModelPath("mini-base");
    await using engine = await LlamaVectorEngine.load(path);
    const ids = await engine.tokenize("A dog has four legs.");
    const byHand = await layerStates(path, ids);
    const { layers } = engine.model;
    expect(layers).toBeGreaterThan(2);
    expect(byHand).toHaveLength(layers + 1);
    const found: Float32Array[] = [];
    for (let layer = 1; layer <= layers; layer++) {
      const [vector = new Float32Array()] = await engine.embed([ids], { pooling: "last", layer });
      expect(difference(byHand[layer - 1]?.at(-1) ?? [], vector)).toBeLessThan(0.03);
      for (const other of found) expect(difference(other, vector)).toBeGreaterThan(0.05);
      found.push(vector);
    }
  });
});

describe("vectors of an encoder", () => {
  let engine: LlamaVectorEngine;
  beforeAll(async () => {
    const path = await writeBert(join(FIXTURES, "tiny-bert"), join(temporaryFolder(), "bert.gguf"), "mean");
    engine = await LlamaVectorEngine.load(path);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test("frame every text as its tokenizer does", async () => {
    const { before, behind } = engine.model.frame;
    for (const { text = "", ids } of golden("tiny-bert/golden")) {
      expect([...before, ...(await engine.tokenize(text)), ...behind]).toEqual(ids);
    }
  });

  test("read what the vocabulary does not know as one token, and its name as text", async () => {
    const unknown = engine.model.addedTokens.get("[UNK]");
    expect(await engine.tokenize("🐕")).toEqual([unknown]);
    expect(await engine.tokenize("[CLS] dog [SEP]")).not.toContain(engine.model.frame.before[0]);
    expect(await engine.tokenize("[CLS] dog [SEP]")).not.toContain(engine.model.frame.behind[0]);
  });

  test.each(EACH)("by %s are those of transformers", async (pooling) => {
    const texts = golden("tiny-bert/golden");
    const found = await engine.embed(
      texts.map(({ ids }) => ids),
      { pooling },
    );
    const worst = texts.map((text, i) => difference(text[pooling], found[i] ?? []));
    expect(Math.max(...worst)).toBeLessThan(3e-3);
  });

  test("after a layer are refused where the library does not tell layers apart, and the engine goes on", async () => {
    const [{ ids = [] } = {}] = golden("tiny-bert/golden");
    await expect(engine.embed([ids], { pooling: "mean", layer: 1 })).rejects.toMatchObject({
      name: "BadInputError",
    });
    expect(await engine.embed([ids], { pooling: "mean" })).toHaveLength(1);
  });
});
