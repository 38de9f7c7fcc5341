import { describe, expect, test } from "vitest";
import { llamaServer } from "../doctor/fake-server.ts";
import { file, qwen, qwenBase, transcript } from "../doctor/models.ts";
import { basewise, jsonLines } from "./program.ts";

const SALAD = "ülü 的 приветствие 사람들 สวัสดี ครับ مرحبا بكم 你好世界 hello ok";

describe("doctor", () => {
  test("names the cause, what was seen and the fix, and exits 0", async () => {
    const talk = transcript(["user", "hello"], ["assistant", SALAD]);
    const { code, stdout, stderr } = await basewise([
      "doctor",
      qwenBase(),
      "--transcript",
      talk,
      "--offline",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^base-in-chat {2}\[likely\]$/m);
    expect(stdout).toMatch(/^ {4}A base model is given chat turns/m);
    expect(stdout).toMatch(/^ {4}seen .*It is a base model, by its\s+files/m);
    expect(stdout).toMatch(/^ {4}fix +Chat with Qwen\/Qwen2\.5-7B-Instruct/m);
    for (const line of stdout.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("says so when nothing is wrong, in both languages", async () => {
    const { code, stdout } = await basewise(["doctor", qwen(), "--offline"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Nothing is wrong in the model's files.");
    const chinese = await basewise(["doctor", qwen(), "--offline", "--lang", "zh"]);
    expect(chinese.stdout).toContain("模型文件中没有发现问题。");
  });

  test("--json is one document, with every text in one language", async () => {
    const outcome = await basewise(["doctor", qwenBase(), "--json", "--offline"]);
    expect(outcome.code).toBe(0);
    expect(jsonLines(outcome)).toEqual([
      expect.objectContaining({
        stage: "base",
        status: "claimed",
        healthy: false,
        lookedAt: ["model"],
        findings: [
          {
            symptom: "template-on-base",
            sureness: "likely",
            cause: expect.stringContaining("chat template"),
            seen: expect.arrayContaining([
              { source: "tokenizer_config.json", field: "chat_template", text: "There is a chat template." },
            ]),
            fix: expect.any(String),
          },
        ],
        stopTokens: expect.arrayContaining([
          { by: "transformers", tokens: [{ id: 151643, text: "<|endoftext|>" }] },
        ]),
        stopDisagreements: [expect.stringContaining("would not stop")],
        server: null,
      }),
    ]);
  });

  test("the packaged pair: --probe makes certain what the files make likely, and finds nothing in the other", async () => {
    const base = jsonLines(await basewise(["doctor", "mini-base", "--probe", "--json"]));
    expect(base).toMatchObject([
      { status: "verified", findings: [{ symptom: "template-on-base", sureness: "certain" }] },
    ]);
    const instruct = jsonLines(await basewise(["doctor", "mini-instruct", "--probe", "--json"]));
    expect(instruct).toMatchObject([{ status: "verified", healthy: true }]);
  });

  test("asks a running server", async () => {
    const { stdout } = await basewise(["doctor", "--server", await llamaServer()]);
    expect(stdout).toMatch(/llama-server {2}Qwen2\.5-7B-Instruct/);
    expect(stdout).toContain("Nothing is wrong in the model's files, the server.");
  });

  test("never lets a file steer the terminal", async () => {
    const { stdout } = await basewise([
      "doctor",
      "--output",
      file("o.txt", "a<|im_end|>\x1b[2J\x07evil"),
      "--offline",
    ]);
    expect(stdout).toContain("second-stop-missing");
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ["nothing to look at", ["doctor"], 2, /nothing to look at/],
    ["a missing model", ["doctor", "missing.gguf"], 4, /missing\.gguf/],
    ["a missing transcript", ["doctor", "--transcript", "missing.json"], 4, /missing\.json/],
    ["no server", ["doctor", "--server", "http://127.0.0.1:9"], 4, /no server at/],
    ["an address that is none", ["doctor", "--server", "nonsense"], 2, /no address of a server/],
  ])("%s: one sentence and its exit code", async (_, args, exitCode, message) => {
    const { code, stdout, stderr } = await basewise(args);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
