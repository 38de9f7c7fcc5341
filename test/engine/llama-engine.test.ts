import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logSumExp } from "../../src/engine/distribution.ts";
import { type Engine, EngineCrashedError, PromptTooLongError } from "../../src/engine/engine.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { BadFileError, NotFoundError } from "../../src/errors.ts";
import { UseAfterFreeError } from "../../src/native/handle.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { childrenOf, endedWithin } from "../support/processes.ts";
import { TINY_CONFIG, TINY_IDS, tinyModelFile } from "../support/tiny-model.ts";

const greedy = { temperature: 0 };
let path: string;
let engine: LlamaEngine;
beforeAll(async () => {
  path = await tinyModelFile();
  engine = await LlamaEngine.load(path);
});
afterAll(() => engine[Symbol.asyncDispose]());

async function generated(
  from: Engine,
  prompt: readonly number[],
  options: Partial<Parameters<Engine["generate"]>[1]> = {},
): Promise<{ ids: number[]; reason: string }> {
  const tokens = from.generate(prompt, { maxTokens: 12, sampling: greedy, stopTokens: [], ...options });
  const ids: number[] = [];
  for (;;) {
    const { done, value } = await tokens.next();
    if (done) return { ids, reason: value };
    ids.push(value.id);
  }
}

describe("an engine", () => {
  test("knows its model", () => {
    expect(engine.model).toMatchObject({
      contextSize: TINY_CONFIG.context,
      trainedContext: TINY_CONFIG.context,
      vocabularySize: TINY_CONFIG.vocabularySize,
    });
    expect(engine.model.beginToken).toBeUndefined();
    expect(engine.model.endTokens).toContain(TINY_IDS["<|endoftext|>"]);
    expect(engine.model.addedTokens.get("<|im_end|>")).toBe(TINY_IDS["<|im_end|>"]);
    expect(engine.model.controlTokens).toContain(TINY_IDS["<|im_end|>"]);
  });

  test("gives text back from its tokens, and never makes a control token of it", async () => {
    const texts = fc.array(
      fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(...engine.model.addedTokens.keys())),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (parts) => {
        const text = parts.join("");
        const ids = await engine.tokenize(text);
        for (const id of ids) expect(engine.model.controlTokens).not.toContain(id);
        expect(Buffer.concat(await engine.bytes(ids)).toString()).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  test("generates the most likely tokens greedily, as its own distributions say", async () => {
    const prompt = await engine.tokenize("hello");
    const { ids, reason } = await generated(engine, prompt, { maxTokens: 5 });
    expect(reason).toBe("length");
    expect(ids).toHaveLength(5);
    for (const [i, id] of ids.entries()) {
      const { top } = await engine.next([...prompt, ...ids.slice(0, i)], { top: 1 });
      expect(top[0]?.id).toBe(id);
    }
  });

  test("stops on a stop token, which it does not give out", async () => {
    const prompt = await engine.tokenize("hello");
    const { ids } = await generated(engine, prompt, { maxTokens: 1 });
    expect(await generated(engine, prompt, { stopTokens: ids })).toEqual({ ids: [], reason: "stop" });
  });

  test("draws the same tokens from the same seed", async () => {
    const prompt = await engine.tokenize("hello");
    const draw = (seed: number) => generated(engine, prompt, { sampling: { temperature: 3, seed } });
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  test("gives the same whether the prompt begins like the one before or not", async () => {
    const long = await engine.tokenize("one two three four");
    const fresh = await engine.logits(long, [long.length - 1]);
    await engine.next(long.slice(0, 7), { top: 1 });
    const continued = await engine.logits(long, [long.length - 1]);
    await engine.next(await engine.tokenize("other"), { top: 1 });
    const again = await engine.logits(long, [long.length - 1]);
    for (const logits of [continued, again]) {
      logits[0]?.forEach((logit, id) => {
        expect(logit).toBeCloseTo(fresh[0]?.[id] ?? Number.NaN, 4);
      });
    }
  });

  test("distributions and scores follow from the logits", async () => {
    const ids = await engine.tokenize("score this");
    const positions = [...ids.keys()];
    const logits = await engine.logits(ids, positions);
    expect(logits.map(({ length }) => length)).toEqual(positions.map(() => TINY_CONFIG.vocabularySize));
    const scores = await engine.score(ids);
    expect(scores).toHaveLength(ids.length - 1);
    scores.forEach((score, i) => {
      const row = logits[i] ?? new Float32Array();
      expect(score).toBeCloseTo((row[ids[i + 1] ?? -1] ?? Number.NaN) - logSumExp(row), 4);
    });
    const { top, of } = await engine.next(ids, { top: TINY_CONFIG.vocabularySize, of: [97] });
    expect(top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    expect(of).toEqual([top.find(({ id }) => id === 97)?.probability]);
    expect(await engine.score([97])).toHaveLength(0);
  });

  test("scores more tokens than fit one batch", async () => {
    const ids = await engine.tokenize("ab".repeat(TINY_CONFIG.context / 2));
    expect((await engine.score(ids)).every((score) => score < 0)).toBe(true);
  });

  test("refuses a prompt that leaves no room, with both counts", async () => {
    const ids = await engine.tokenize("a".repeat(TINY_CONFIG.context));
    const failure = await generated(engine, ids).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PromptTooLongError);
    expect(failure).toMatchObject({ promptTokens: ids.length, contextSize: TINY_CONFIG.context });
    await expect(engine.next([...ids, 97], { top: 1 })).rejects.toThrow(PromptTooLongError);
    await expect(engine.score([...ids, 97, 97])).rejects.toThrow(PromptTooLongError);
  });

  test("ends at the end of the context", async () => {
    const ids = await engine.tokenize("a".repeat(TINY_CONFIG.context - 3));
    const { ids: more, reason } = await generated(engine, ids, { maxTokens: 100 });
    expect(reason).toBe("length");
    expect(more).toHaveLength(4); // three that are read, and the one that follows them
  });

  test("answers requests that were made at once, each with its own", async () => {
    const texts = ["one", "two", "three"];
    const alone: unknown[] = [];
    for (const text of texts) alone.push(await generated(engine, await engine.tokenize(text)));
    const together = await Promise.all(
      texts.map(async (text) => generated(engine, await engine.tokenize(text))),
    );
    expect(together).toEqual(alone);
  });
});

describe("leaving early", () => {
  const endless = { maxTokens: TINY_CONFIG.context, sampling: greedy, stopTokens: [] };

  test("by a signal ends with what there is", async () => {
    const control = new AbortController();
    const tokens = engine.generate([97], { ...endless, signal: control.signal });
    await tokens.next();
    control.abort();
    let last = await tokens.next();
    while (!last.done) last = await tokens.next();
    expect(last.value).toBe("aborted");
  });

  test("by a signal given before begins nothing", async () => {
    expect(await generated(engine, [97], { signal: AbortSignal.abort() })).toEqual({
      ids: [],
      reason: "aborted",
    });
  });

  test("by leaving the loop lets the next request run", async () => {
    for await (const _ of engine.generate([97], endless)) break;
    expect((await generated(engine, [97], { maxTokens: 2 })).ids).toHaveLength(2);
  });
});

describe("a file", () => {
  test("that is missing, empty or none of ours is refused by name before anything is started", async () => {
    await expect(LlamaEngine.load("/no/such.gguf")).rejects.toThrow(NotFoundError);
    const folder = temporaryFolder({ "empty.gguf": "", "text.gguf": "hello" });
    await expect(LlamaEngine.load(join(folder, "empty.gguf"))).rejects.toThrow(BadFileError);
    await expect(LlamaEngine.load(join(folder, "text.gguf"))).rejects.toThrow(/text\.gguf/);
    expect(await childrenOf(process.pid)).toHaveLength(1); // the engine above
  });

  test("that only the library can see through is refused with its complaint, and the process ends", async () => {
    const bad = await tinyModelFile({ name: "bad" });
    // A tensor of another name: the header holds up, and a weight is missing.
    const bytes = readFileSync(bad);
    bytes.write("attn_x.weight", bytes.indexOf("attn_q.weight"));
    writeFileSync(bad, bytes);
    await expect(LlamaEngine.load(bad)).rejects.toThrow(/bad\.gguf cannot be loaded: .*attn_q/);
    expect(await childrenOf(process.pid)).toHaveLength(1);
  });
});

describe("a reader", () => {
  test("that is slow, or blocks its own program, gets every token in order", async () => {
    const fast = await generated(engine, [97], { maxTokens: 100 });
    const ids: number[] = [];
    for await (const { id } of engine.generate([97], {
      maxTokens: 100,
      sampling: greedy,
      stopTokens: [],
    })) {
      ids.push(id);
      if (ids.length % 20 === 0) await setTimeout(5);
      if (ids.length === 50) for (const end = Date.now() + 60; Date.now() < end; );
    }
    expect(ids).toEqual(fast.ids);
  });

  test("that stops reading keeps nobody else waiting", async () => {
    const idle = engine.generate([97], { maxTokens: 100, sampling: greedy, stopTokens: [] });
    await idle.next();
    expect((await generated(engine, [98], { maxTokens: 100 })).ids).toHaveLength(100);
    await idle.return("aborted");
  });

  test("learns when each token was computed, counted from the first", async () => {
    const times: number[] = [];
    for await (const { elapsed } of engine.generate([97], {
      maxTokens: 20,
      sampling: greedy,
      stopTokens: [],
    }))
      times.push(elapsed);
    expect(times[0]).toBe(0);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times.at(-1)).toBeGreaterThan(0);
  });
});

describe("the process", () => {
  test.each(["SIGKILL", "SIGABRT"] as const)(
    "that dies of %s is a typed error that names the file, for all that runs; what comes next starts another",
    async (signal) => {
      const dying = await LlamaEngine.load(path);
      const [host] = (await childrenOf(process.pid)).slice(-1);
      process.kill(host ?? 0, "SIGSTOP"); // so that it cannot end before it dies
      const running = [97, 98].map((id) => generated(dying, [id], { maxTokens: TINY_CONFIG.context - 1 }));
      const failures = Promise.all(running.map((one) => one.catch((error: unknown) => error)));
      process.kill(host ?? 0, signal);
      process.kill(host ?? 0, "SIGCONT");
      for (const failure of await failures) expect(failure).toBeInstanceOf(EngineCrashedError);
      expect(await Promise.all(running.map((one) => one.catch((error: unknown) => error)))).toMatchObject([
        { path, how: signal },
        { path, how: signal },
      ]);
      expect(await Promise.all([dying.tokenize("a"), dying.tokenize("b")])).toEqual([[97], [98]]);
      expect((await childrenOf(process.pid)).length).toBe(2);
      await dying[Symbol.asyncDispose]();
    },
  );

  test("is gone once the engine is disposed; the engine is then of no use, and cannot be disposed again", async () => {
    const other = await LlamaEngine.load(path);
    const before = await childrenOf(process.pid);
    const running = generated(other, [97], { maxTokens: TINY_CONFIG.context });
    running.catch(() => {});
    await other[Symbol.asyncDispose]();
    await expect(running).rejects.toThrow(UseAfterFreeError);
    expect(await childrenOf(process.pid)).toHaveLength(before.length - 1);
    await expect(other.tokenize("a")).rejects.toThrow(UseAfterFreeError);
    await expect(other[Symbol.asyncDispose]()).rejects.toThrow(UseAfterFreeError);
  });

  const program = fileURLToPath(new URL("../support/use-engine.ts", import.meta.url));

  test("keeps no program from ending, and ends with it", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, path, "end"]);
    expect(await endedWithin(Number(stdout), 5000)).toBe(true);
  });

  test("ends when the program is killed, also while it generates", async () => {
    const child = execFile(process.execPath, ["--import", "tsx", program, path, "generate"]);
    const host = await new Promise<number>((resolve) =>
      child.stdout?.once("data", (text: string) => resolve(Number(text))),
    );
    await setTimeout(50);
    child.kill("SIGKILL");
    expect(await endedWithin(host, 5000)).toBe(true);
  });
});
