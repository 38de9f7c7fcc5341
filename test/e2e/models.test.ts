import { describe, expect, test } from "vitest";
import { ggufBytes, temporaryFile, text, tinyModel } from "../support/gguf.ts";
import { tinyModelFile } from "../support/tiny-model.ts";
import { basewise, jsonLines } from "./program.ts";

const greedy = ["--temperature", "0"];

describe("inspect --probe", () => {
  test("verifies the packaged pair by what each does after a finished answer", async () => {
    const outcome = await basewise(["inspect", "mini-base", "mini-instruct", "--probe", "--json"]);
    expect(outcome.code).toBe(0);
    const behaviour = expect.objectContaining({ source: "behaviour", signal: "end of turn in its template" });
    expect(jsonLines(outcome)).toEqual([
      expect.objectContaining({
        reference: "mini-base",
        stage: "base",
        status: "verified",
        counterpart: "mini-instruct",
        evidence: expect.arrayContaining([behaviour]),
      }),
      expect.objectContaining({
        reference: "mini-instruct",
        stage: "instruct",
        status: "verified",
        counterpart: "mini-base",
        evidence: expect.arrayContaining([behaviour]),
      }),
    ]);
  });
});

describe("complete", () => {
  test("continues a text on stdout and logs on stderr", async () => {
    const { code, stdout, stderr } = await basewise([
      "complete",
      "mini-base",
      "One day, a little cat",
      "--max-tokens",
      "12",
      ...greedy,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\S/);
    expect(stdout).not.toContain("One day, a little cat");
    expect(stderr).toMatch(/^\[12 tokens, cut off at the limit · \d+ tokens\/s\]\n$/);
  });

  test("writes the same with a draft model, in fewer steps, and refuses one that is none", async () => {
    const args = [
      "complete",
      "mini-base",
      "One day, a little cat",
      "--max-tokens",
      "30",
      ...greedy,
      "--json",
    ];
    const [alone] = jsonLines(await basewise(args));
    const [guessed] = jsonLines(await basewise([...args, "--draft", "mini-instruct"]));
    const text = expect.stringMatching(/./u);
    expect(alone).toMatchObject({ text });
    expect(guessed).toMatchObject({
      text: (alone as { text: string }).text,
      usage: { draftedTokens: expect.any(Number) },
    });
    const other = await basewise([...args, "--draft", await tinyModelFile()]);
    expect(other.code).toBe(2);
    expect(jsonLines(other)).toEqual([{ error: expect.objectContaining({ name: "DraftMismatchError" }) }]);
  });

  test("reads a pipe, less the line break at its end", async () => {
    const args = ["--max-tokens", "12", ...greedy, "--json"];
    const piped = await basewise(["complete", "mini-base", ...args], { input: "有一天，一只小猫\n" });
    const given = await basewise(["complete", "mini-base", "有一天，一只小猫", ...args]);
    const [result] = jsonLines(piped);
    expect(result).toMatchObject({
      reference: "mini-base",
      text: expect.stringMatching(/./u),
      finishReason: "length",
      usage: { completionTokens: 12 },
      stage: "base",
      warnings: [],
    });
    expect(jsonLines(given)[0]).toMatchObject({ text: (result as { text: string }).text });
  });

  test("the same seed gives the same text", async () => {
    const args = ["complete", "mini-base", "The", "--seed", "7", "--temperature", "1", "--max-tokens", "20"];
    const [one, other, another] = [
      await basewise(args),
      await basewise(args),
      await basewise(args.map((arg) => (arg === "7" ? "8" : arg))),
    ];
    expect(other.stdout).toBe(one.stdout);
    expect(another.stdout).not.toBe(one.stdout);
    expect(one.stderr).toContain("seed 7");
  });

  test("Ctrl-C ends it with exit code 130", async () => {
    const { code, stdout } = await basewise(["complete", "mini-base", "One day", "--max-tokens", "450"], {
      interrupt: { signal: "SIGINT", when: (written) => written.length > 0 },
    });
    expect(code).toBe(130);
    expect(stdout.length).toBeGreaterThan(0);
  });
});

describe("next", () => {
  test("shows the likeliest tokens with bars, and all facts as JSON", async () => {
    const shown = await basewise(["next", "mini-base", "One day, a little", "--top", "3"]);
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/^(?: {2}|■ )\S+ +[\d.]+ % {2}[█▏▎▍▌▋▊▉]*\n/);
    expect(shown.stdout.trimEnd().split("\n")).toHaveLength(3);
    const [told] = jsonLines(
      await basewise(["next", "mini-base", "One day, a little", "--top", "3", "--json"]),
    );
    const token = {
      id: expect.any(Number),
      text: expect.any(String),
      probability: expect.any(Number),
      isEnd: expect.any(Boolean),
    };
    expect(told).toEqual({ reference: "mini-base", text: "One day, a little", next: [token, token, token] });
  });
});

describe("chat", () => {
  const question = ["--message", "How many legs does a dog have?", ...greedy];

  test("answers and ends its turn", async () => {
    const [reply] = jsonLines(await basewise(["chat", "mini-instruct", ...question, "--json"]));
    expect(reply).toMatchObject({
      reference: "mini-instruct",
      message: "How many legs does a dog have?",
      finishReason: "stop",
      stage: "instruct",
      warnings: [],
    });
  });

  test("several messages are the turns of one conversation", async () => {
    const turns = ["My name is Anna.", "What is my name?"].flatMap((turn) => ["--message", turn]);
    const together = jsonLines(await basewise(["chat", "mini-instruct", ...turns, ...greedy, "--json"]));
    const alone = jsonLines(
      await basewise(["chat", "mini-instruct", "--message", "What is my name?", ...greedy, "--json"]),
    );
    const promptTokens = (one: unknown): number =>
      (one as { usage: { promptTokens: number } }).usage.promptTokens;
    expect(together).toHaveLength(2);
    expect(promptTokens(together[1])).toBeGreaterThan(promptTokens(alone[0]));
  });

  test.each([
    [
      "en",
      /^✗ mini-base is a base model, not one for chat {2}\[verified [\d.]+ %\]$/m,
      /Why +No defect, a mismatch/,
      /basewise chat mini-instruct/,
    ],
    [
      "zh",
      /^✗ mini-base 是基座模型，不适合对话 {2}\[已验证 [\d.]+ %\]$/m,
      /原因 +模型没有损坏，只是用途不匹配/,
      /basewise chat mini-instruct/,
    ],
  ])("refuses a base model with exit code 3 (%s)", async (language, ...said) => {
    const { code, stdout, stderr } = await basewise(["chat", "mini-base", ...question, "--lang", language]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    for (const one of said) expect(stderr).toMatch(one);
    expect(stderr).toMatch(/^ {4}\+ *[\d.]+ /m);
  });

  test("the refusal as JSON carries the same facts", async () => {
    const outcome = await basewise(["chat", "mini-base", ...question, "--json"]);
    expect(outcome.code).toBe(3);
    expect(jsonLines(outcome)).toEqual([
      {
        error: expect.objectContaining({
          name: "StageMismatchError",
          message: expect.any(String),
          exitCode: 3,
          reference: "mini-base",
          wanted: "chat",
          found: "base",
          verdict: expect.objectContaining({ stage: "base", status: "verified" }),
          evidence: expect.arrayContaining([
            expect.objectContaining({ says: "base", text: expect.any(String) }),
          ]),
          reason: expect.stringContaining("No defect, a mismatch"),
          suggestion: expect.objectContaining({
            counterpart: "mini-instruct",
            command: "basewise chat mini-instruct",
          }),
        }),
      },
    ]);
  });

  test("--force goes ahead and says so in every reply", async () => {
    const forced = [
      "chat",
      "mini-base",
      "--force",
      "--message",
      "Hi",
      "--message",
      "And?",
      "--max-tokens",
      "4",
    ];
    const { code, stdout } = await basewise(forced);
    expect(code).toBe(0);
    expect(stdout.match(/⚠ mini-base is a base model; this chat goes ahead all the same\./g)).toHaveLength(2);
    const replies = jsonLines(await basewise([...forced, "--json"]));
    expect(replies).toEqual([
      expect.objectContaining({ stage: "base", warnings: [expect.stringContaining("never taught turns")] }),
      expect.objectContaining({ stage: "base", warnings: [expect.stringContaining("never taught turns")] }),
    ]);
  });
});

describe("bad input", () => {
  test.each([
    ["an empty prompt", ["complete", "mini-base", ""], /^✗ The text is empty/],
    ["an empty pipe", ["complete", "mini-base"], /^✗ The text is empty/],
    ["an empty message", ["chat", "mini-instruct", "--message", ""], /^✗ There is nothing to answer/],
    [
      "a prompt longer than the context",
      ["complete", "mini-base", "cat ".repeat(3000)],
      /^✗ The prompt has \d+ tokens but the context holds 512/,
    ],
    [
      "a message longer than the context",
      ["chat", "mini-instruct", "--message", "cat ".repeat(3000)],
      /^✗ The prompt has \d+ tokens/,
    ],
  ])("%s is one sentence, exit 2", async (_, args, sentence) => {
    const { code, stdout, stderr } = await basewise(args);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });

  test.each(["complete", "next", "chat"])("%s: an unknown architecture", async (command) => {
    const template = { "tokenizer.chat_template": text("{{ messages[0].content }}") };
    const path = temporaryFile(
      "Odd.gguf",
      ggufBytes(tinyModel({ "general.architecture": text("zorp"), ...template })),
    );
    const { code, stdout, stderr } = await basewise([
      command,
      path,
      ...(command === "chat" ? ["--message", "hi", "--force"] : ["hi"]),
    ]);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^✗ [^\n]*Odd\.gguf[^\n]*zorp[^\n]*\n$/);
  });
});
