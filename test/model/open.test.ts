import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TURN_END } from "../../src/chat/chatml.ts";
import type { Message } from "../../src/chat/conversation.ts";
import { PromptTooLongError } from "../../src/engine/engine.ts";
import { BadFileError, BadInputError, EXIT, NotFoundError } from "../../src/errors.ts";
import type { Generation } from "../../src/model/generation.ts";
import { open, probe } from "../../src/model/open.ts";
import { StageMismatchError } from "../../src/stage/mismatch.ts";
import { ggufBytes, temporaryFile, temporaryFolder, text, tinyModel } from "../support/gguf.ts";
import { childrenOf } from "../support/processes.ts";
import { TINY_CONFIG, type TinyModel, tinyModelFile } from "../support/tiny-model.ts";

const greedy = { sampling: { temperature: 0 } } as const;
const said = (content: string): Message[] => [{ role: "user", content }];
const BASE: TinyModel = { stage: "base" };
const INSTRUCT: TinyModel = { stage: "instruct", ends: true };

/** The same file, but its stage is recorded nowhere, and its end token tells nothing. */
async function unrecorded(model: TinyModel): Promise<string> {
  const path = await tinyModelFile({ ...model, endToken: "<think>" });
  const bytes = readFileSync(path);
  bytes.write("basewise.nothi", bytes.indexOf("basewise.stage"));
  writeFileSync(path, bytes);
  return path;
}

describe("a base model", () => {
  test("opens as one that completes, and has no chat", async () => {
    await using model = await open(await tinyModelFile(BASE));
    expect(model.stage).toBe("base");
    expect("chat" in model).toBe(false);
    if (model.stage !== "base") return;
    const generation = model.complete("Once", { maxTokens: 6, ...greedy });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    const result = await generation.result;
    expect(pieces.join("")).toBe(result.text);
    expect(result).toMatchObject({
      finishReason: "length",
      usage: { promptTokens: 4, completionTokens: 6 },
      stage: "base",
      warnings: [],
    });
    expect(result.tokensPerSecond).toBeGreaterThan(0);
  });

  test("opened for chat is a mismatch that says why and what to run, and nothing is loaded", async () => {
    const path = await tinyModelFile(BASE);
    const failure = await open(path, { for: "chat" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StageMismatchError);
    expect(failure).toMatchObject({
      exitCode: EXIT.unsuited,
      reference: path,
      wanted: "chat",
      found: "base",
      suggestion: { command: `basewise complete ${path}` },
    });
    expect(await childrenOf(process.pid)).toEqual([]);
  });

  test("forced into a chat answers, and every reply warns", async () => {
    await using model = await open(await tinyModelFile(BASE), { for: "chat", force: true });
    expect(model.stage).toBe("base");
    for (const content of ["Hi.", "And?"]) {
      const result = await model.chat(said(content), { maxTokens: 4, ...greedy }).result;
      expect(result.stage).toBe("base");
      expect(result.warnings).toHaveLength(1);
      expect(result.warnings[0]?.en).toMatch(/is a base model put into a chat\. .*never taught turns/);
    }
  });
});

describe("an instruct model", () => {
  test("opens as one that chats, and ends its turn", async () => {
    await using model = await open(await tinyModelFile(INSTRUCT), { for: "chat" });
    expect(model.stage).toBe("instruct");
    const candidates = await model.nextInReply(said("Hello!"), "Yes.", { top: 3 });
    expect(candidates[0]).toMatchObject({ text: TURN_END, isEnd: true });
    const { finishReason, text: reply, warnings } = await model.chat(said("x"), { maxTokens: 200 }).result;
    expect(reply).not.toContain("<|");
    expect(["stop", "length"]).toContain(finishReason);
    expect(warnings).toEqual([]);
  });

  test("completes text too, and says what to mind", async () => {
    await using model = await open(await tinyModelFile(INSTRUCT), { for: "complete" });
    const { finishReason, text: more, warnings } = await model.complete("It ends.", greedy).result;
    expect({ finishReason, more }).toEqual({ finishReason: "stop", more: "" });
    expect(warnings).toHaveLength(1);
  });

  test("without a template is refused for chat before it is loaded", async () => {
    const path = temporaryFile(
      "m-Instruct.gguf",
      ggufBytes(tinyModel({ "basewise.stage": text("instruct") })),
    );
    await expect(open(path, { for: "chat" })).rejects.toThrow(/holds no chat template/);
  });
});

describe("a model whose files do not tell its stage", () => {
  test("is judged by what it does: it ends its turns", async () => {
    await using model = await open(await unrecorded(INSTRUCT), { for: "chat" });
    expect(model.stage).toBe("instruct");
    expect(model.inspection.status).toBe("verified");
  });

  test("is judged by what it does: it does not, and is refused for chat", async () => {
    const path = await unrecorded({ name: "t" });
    await expect(open(path, { for: "chat" })).rejects.toThrow(StageMismatchError);
    expect(await childrenOf(process.pid)).toEqual([]);
    await using model = await open(path);
    expect(model.stage).toBe("base");
  });
});

describe("a probe", () => {
  test.each([
    ["a base", BASE, "base"],
    ["an instruct model", INSTRUCT, "instruct"],
  ] as const)("verifies %s", async (_, model, stage) => {
    expect(await probe(await tinyModelFile(model))).toMatchObject({ stage, status: "verified" });
    expect(await childrenOf(process.pid)).toEqual([]);
  });

  test("finds out a base that calls itself instruct", async () => {
    const inspection = await probe(await tinyModelFile({ stage: "instruct", name: "tiny-instruct" }));
    expect(inspection.stage).toBe("base");
    expect(inspection.warnings.length).toBeGreaterThan(0);
  });

  test("works where there is no template that could be used", async () => {
    const template = "{{ raise_exception('never') }}";
    const inspection = await probe(await tinyModelFile({ ...BASE, template }));
    const signals = inspection.evidence.map(({ signal }) => signal);
    expect(signals).toContain("end of text without a template");
    expect(signals).not.toContain("end of turn in its template");
  });
});

describe("a model that writes no text", () => {
  test("opens as what it is without being loaded, and is refused for what it is not for", async () => {
    const path = temporaryFolder();
    const config = { model_type: "qwen2", architectures: ["Qwen2ForRewardModel"] };
    writeFileSync(join(path, "config.json"), JSON.stringify(config));
    await using model = await open(path);
    expect(model.stage).toBe("reward");
    expect("complete" in model).toBe(false);
    expect(await childrenOf(process.pid)).toEqual([]);
    await expect(open(path, { for: "complete" })).rejects.toThrow(StageMismatchError);
  });
});

describe("text and probabilities", () => {
  test("next gives the likeliest tokens, and score what the text costs", async () => {
    await using model = await open(await tinyModelFile(BASE), { for: "complete" });
    const all = await model.next("ab", { top: TINY_CONFIG.vocabularySize + 5 });
    expect(all).toHaveLength(TINY_CONFIG.vocabularySize);
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    expect(all.map(({ probability }) => probability)).toEqual(
      all.map(({ probability }) => probability).sort((a, b) => b - a),
    );
    const { tokens, logLikelihood } = await model.score("abc");
    expect(tokens.map((token) => token.text)).toEqual(["a", "b", "c"]);
    const [first, second, third] = tokens.map(({ logProbability }) => logProbability);
    expect(first).toBeNull();
    expect(logLikelihood).toBeCloseTo((second ?? 0) + (third ?? 0), 9);
    const c = all.find((token) => token.text === "c");
    expect(Math.exp(third ?? 0)).toBeCloseTo(c?.probability ?? Number.NaN, 5);
  });

  test("the seed in a result repeats its text", async () => {
    await using model = await open(await tinyModelFile(BASE), { for: "complete" });
    const options = { maxTokens: 10, sampling: { temperature: 2, topK: 0, topP: 1 } };
    const first = await model.complete("go", options).result;
    const again = await model.complete("go", { ...options, sampling: first.sampling }).result;
    expect(again.text).toBe(first.text);
    const other = await model.complete("go", options).result;
    expect(other.sampling.seed).not.toBe(first.sampling.seed);
  });

  test("never breaks a character in two", async () => {
    await using model = await open(await tinyModelFile(BASE), { for: "complete" });
    const generation = model.complete("中", {
      maxTokens: 60,
      sampling: { temperature: 2, topK: 0, topP: 1 },
    });
    const pieces: string[] = [];
    for await (const piece of generation) pieces.push(piece);
    // Random bytes are mostly no text; those of a character never come in two pieces.
    expect(Buffer.from(pieces.join("")).toString()).toBe((await generation.result).text);
    for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece);
  });

  test("leaving early aborts, by the signal as by the loop", async () => {
    await using model = await open(await tinyModelFile(BASE), { for: "complete" });
    const left = model.complete("go", { maxTokens: 200, ...greedy });
    for await (const _ of left) break;
    expect((await left.result).finishReason).toBe("aborted");
    const stopped = model.complete("go", { signal: AbortSignal.abort(), ...greedy });
    expect(await stopped.result).toMatchObject({ finishReason: "aborted", text: "" });
  });
});

describe("bad input", () => {
  test("is one typed error, from the iteration and the result alike", async () => {
    await using model = await open(await tinyModelFile(INSTRUCT), { for: "chat" });
    const fails = async (generation: Generation, kind: new (...args: never[]) => Error) => {
      await expect(generation.result).rejects.toThrow(kind);
      await expect(generation[Symbol.asyncIterator]().next()).rejects.toThrow(kind);
    };
    await fails(model.complete(""), BadInputError);
    await fails(model.chat([]), BadInputError);
    await fails(model.chat(said("a".repeat(TINY_CONFIG.context))), PromptTooLongError);
    for (const maxTokens of [0, -1, 1.5, Number.NaN])
      await fails(model.chat(said("a"), { maxTokens }), BadInputError);
    const wrong = [
      { temperature: -1 },
      { topK: 0.5 },
      { topP: 0 },
      { topP: 2 },
      { minP: 1 },
      { seed: -1 },
      { seed: 2 ** 32 },
    ];
    for (const sampling of wrong) await fails(model.chat(said("a"), { sampling }), BadInputError);
    await expect(model.next("a", { top: 0 })).rejects.toThrow(BadInputError);
  });

  test("a reference that leads nowhere, or to no model that can be run", async () => {
    await expect(open("/no/such/model.gguf")).rejects.toThrow(NotFoundError);
    const folder = temporaryFolder({
      "config.json": JSON.stringify({ model_type: "qwen2" }),
      "tokenizer_config.json": "{}",
    });
    await expect(open(folder, { for: "complete" })).rejects.toThrow(BadFileError);
    expect(await childrenOf(process.pid)).toEqual([]);
  });
});
