import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { AdapterMismatchError } from "../../src/engine/llama/adapters.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { NotEnoughMemoryError, requireMemory } from "../../src/engine/llama/memory-guard.ts";
import { BadFileError, BadInputError } from "../../src/errors.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { adapterFile } from "../support/adapter.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { childrenOf } from "../support/processes.ts";
import { tinyModelFile } from "../support/tiny-model.ts";

const mini = fileURLToPath(new URL("../../models/mini-base.gguf", import.meta.url));
const prompt = (length: number, first = 97): number[] =>
  Array.from({ length }, (_, i) => (i === 0 ? first : 97 + (i % 7)));

async function generated(from: Engine, ids: readonly number[], adapter?: string) {
  const tokens = from.generate(ids, {
    maxTokens: 8,
    sampling: { temperature: 0 },
    stopTokens: [],
    ...(adapter === undefined ? {} : { adapter }),
  });
  const written: number[] = [];
  let cached: number | undefined;
  for await (const { id, cachedTokens } of tokens) {
    written.push(id);
    cached ??= cachedTokens;
  }
  return { written, cached };
}

describe("a prompt cache", () => {
  test("gives back to another process what was read, and the same text follows", async () => {
    const [path, folder] = [await tinyModelFile({ attends: true }), temporaryFolder()];
    const options = { promptCache: { folder } };
    const first = await LlamaEngine.load(path, options);
    const fresh = await generated(first, prompt(150));
    expect(fresh.cached).toBe(0);
    expect((await generated(first, prompt(150))).cached).toBe(149);
    await first[Symbol.asyncDispose]();
    const [name = ""] = readdirSync(folder);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{32}\.state$/)]);
    if (process.platform !== "win32") expect(statSync(join(folder, name)).mode & 0o77).toBe(0);

    const second = await LlamaEngine.load(path, options);
    expect(await generated(second, [...prompt(150), 97])).toMatchObject({ cached: 150 });
    await second[Symbol.asyncDispose]();
    await using third = await LlamaEngine.load(path, options);
    const again = await generated(third, prompt(150));
    expect(again).toEqual({ written: fresh.written, cached: 149 });
  }, 60_000);

  test("gives nothing to another model, another kind of cache, or from a damaged file, which it removes", async () => {
    const [path, folder] = [await tinyModelFile({ attends: true }), temporaryFolder()];
    const options = { promptCache: { folder } };
    const cachedBy = async (file: string, more: object = {}): Promise<number | undefined> => {
      await using engine = await LlamaEngine.load(file, { ...options, ...more });
      return (await generated(engine, prompt(150))).cached;
    };
    expect(await cachedBy(path)).toBe(0);
    expect(await cachedBy(await tinyModelFile({ name: "other", attends: false }))).toBe(0);
    expect(await cachedBy(path, { cacheType: "f32" })).toBe(0);
    expect(await cachedBy(path)).toBe(149);
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
      writeFileSync(join(folder, name), bytes);
    }
    expect(await cachedBy(path)).toBe(0);
    expect(await cachedBy(path)).toBe(149); // written anew
  }, 120_000);

  test("holds no more bytes than stated, the longest unused give way", async () => {
    const [path, folder] = [await tinyModelFile({ attends: true }), temporaryFolder()];
    const save = async (first: number, mostBytes: number): Promise<number | undefined> => {
      await using engine = await LlamaEngine.load(path, { promptCache: { folder, mostBytes } });
      return (await generated(engine, prompt(120, first))).cached;
    };
    await save(98, 1e9);
    const [{ size } = { size: 0 }] = readdirSync(folder).map((name) => statSync(join(folder, name)));
    await save(99, 2 * size - 1);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await save(99, 2 * size - 1)).toBe(119);
    expect(await save(98, 10)).toBe(0); // too large to be kept at all
    expect(readdirSync(folder)).toHaveLength(1);
  }, 60_000);
});

describe("adapters", () => {
  test("compute what the merged weights compute, each request with its own, all at once", async () => {
    const [one, two] = [await adapterFile({ name: "one" }), await adapterFile({ name: "two", seed: 2 })];
    const tiny = { attends: true } as const;
    const ids = prompt(30);
    const expected: (readonly number[])[] = [];
    for (const [name, change] of Object.entries({ none: () => {}, one: one.merge, two: two.merge })) {
      await using merged = await LlamaEngine.load(await tinyModelFile({ ...tiny, name, change }));
      const { top } = await merged.next(ids, { top: 5 });
      expected.push(top.map(({ probability }) => probability));
    }
    await using engine = await LlamaEngine.load(await tinyModelFile(tiny), {
      adapters: { one: one.path, two: { path: two.path }, off: { path: two.path, scale: 0 } },
    });
    const asked = [undefined, "one", "two", "off", "one", undefined];
    const found = await Promise.all(asked.map((adapter) => engine.next(ids, { top: 5, adapter })));
    for (const [i, { top }] of found.entries()) {
      const due = expected[asked[i] === "one" ? 1 : asked[i] === "two" ? 2 : 0] ?? [];
      for (const [k, { probability }] of top.entries()) expect(probability).toBeCloseTo(due[k] ?? -1, 3);
    }
    expect(expected[1]).not.toEqual(expected[0]);
    const texts = await Promise.all(asked.map((adapter) => generated(engine, ids, adapter)));
    expect(texts[1]?.written).toEqual(texts[4]?.written);
    expect(texts[0]?.written).toEqual(texts[3]?.written);
    await expect(generated(engine, ids, "three")).rejects.toThrow(/three; take one of: one, two, off/);
  }, 60_000);

  test("of another model are refused before anything is loaded", async () => {
    const path = await tinyModelFile();
    const load = async (adapter: string) => LlamaEngine.load(path, { adapters: { adapter } });
    const wide = await adapterFile({ name: "wide", inputs: 64 });
    await expect(load(wide.path)).rejects.toThrow(AdapterMismatchError);
    await expect(load(wide.path)).rejects.toThrow(/ffn_down.* 48 .* 64 .*parent is Tiny/);
    const other = await adapterFile({ name: "other", architecture: "llama" });
    await expect(load(other.path)).rejects.toThrow(/for llama models, and this is qwen3/);
    await expect(load(path)).rejects.toThrow(/no LoRA adapter/);
    writeFileSync(join(temporaryFolder(), "broken.gguf"), "GGUF");
    await expect(load(join(temporaryFolder(), "none.gguf"))).rejects.toThrow();
    expect(await childrenOf(process.pid)).toHaveLength(0);
  });
});

describe("memory", () => {
  test("that a context would not find is an error with both figures and the remedy, and nothing is loaded", async () => {
    const loading = LlamaEngine.load(mini, { contextSize: 2 ** 31 - 1 });
    const error = await loading.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotEnoughMemoryError);
    if (!(error instanceof NotEnoughMemoryError)) return;
    expect(error.neededBytes).toBeGreaterThan(error.availableBytes);
    expect(error.fittingContext).toBeGreaterThan(4096);
    expect(error.text.en).toContain(`at most ${error.fittingContext} tokens`);
    expect(await childrenOf(process.pid)).toHaveLength(0);
  });

  test("is judged with the cache's type, and where not even the weights fit, a smaller model is the remedy", async () => {
    const header = await readGgufHeader(mini);
    const load = { contextSize: 2 ** 20, sequences: 4, batch: 512, outputs: 32 };
    const needs = (cacheType: "f32" | "q8_0"): number => {
      try {
        requireMemory(header, { ...load, cacheType }, 0);
      } catch (error) {
        if (error instanceof NotEnoughMemoryError) return error.neededBytes;
      }
      return 0;
    };
    expect(needs("f32")).toBeGreaterThan(2 * needs("q8_0"));
    expect(() => requireMemory(header, { ...load, cacheType: "f16" }, 1000)).toThrow(/smaller quantisation/);
    expect(() => requireMemory(header, { ...load, cacheType: "f16" }, 1e15)).not.toThrow();
  });

  test("is freed when nothing is asked for a while, and the next request loads again", async () => {
    await using engine = await LlamaEngine.load(mini, { unloadAfter: 0.3 });
    const before = await generated(engine, [10, 20, 30]);
    while ((await childrenOf(process.pid)).length > 0) await setTimeout(50);
    expect(await generated(engine, [10, 20, 30])).toEqual(before);
    expect(await childrenOf(process.pid)).toHaveLength(1);
  }, 30_000);
});

describe("the cache of keys and values", () => {
  test("in q8_0 and q4_0 gives nearly the same distribution as in f16", async () => {
    const header = await readGgufHeader(mini);
    const ids = Array.from({ length: 40 }, (_, i) => 300 + 7 * i);
    const top: number[][] = [];
    for (const cacheType of ["f16", "q8_0", "q4_0"] as const) {
      await using engine = await LlamaEngine.load(mini, { cacheType, flashAttention: true });
      const { of } = await engine.next(ids, { top: 1, of: Array.from({ length: 50 }, (_, id) => id) });
      top.push([...of]);
    }
    const distance = (one: readonly number[], other: readonly number[]): number =>
      Math.max(...one.map((value, i) => Math.abs(value - (other[i] ?? 0))));
    const [exact = [], good = [], rough = []] = top;
    expect(distance(exact, good)).toBeLessThan(0.02);
    expect(distance(exact, rough)).toBeLessThan(0.2);
    expect(good).not.toEqual(exact);
    expect(header.architecture).toBe("qwen3");
  }, 60_000);

  test("is not quantised without flash attention, nor where heads do not divide into blocks", async () => {
    await expect(LlamaEngine.load(mini, { cacheType: "q8_0", flashAttention: false })).rejects.toThrow(
      /flash attention/,
    );
    await expect(LlamaEngine.load(await tinyModelFile(), { cacheType: "q8_0" })).rejects.toThrow(
      /heads have 16 values/,
    );
  });

  test("holds as many sequences as stated; numbers that make no sense are refused", async () => {
    await using engine = await LlamaEngine.load(await tinyModelFile(), { sequences: 12, contextSize: 256 });
    const all = await Promise.all(Array.from({ length: 12 }, (_, i) => generated(engine, [97 + i])));
    for (const { written } of all) expect(written).toHaveLength(8);
    for (const options of [
      { sequences: 0 },
      { sequences: 65 },
      { contextSize: 1.5 },
      { gpuLayers: -1 },
      { unloadAfter: -1 },
    ]) {
      await expect(LlamaEngine.load(mini, options)).rejects.toThrow(BadInputError);
    }
    await expect(LlamaEngine.load(join(temporaryFolder(), "no.gguf"), {})).rejects.not.toThrow(BadFileError);
  }, 30_000);
});
