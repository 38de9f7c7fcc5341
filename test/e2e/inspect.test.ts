import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ggufBytes, temporaryFile, temporaryFolder, text, tinyModel } from "../support/gguf.ts";
import { environmentOf } from "../support/own-machine.ts";
import { basewise, jsonLines } from "./program.ts";

const model = (keys: Parameters<typeof tinyModel>[0] = {}): string =>
  temporaryFile("Tiny.gguf", ggufBytes(tinyModel(keys)));

describe("inspect", () => {
  test("says the stage, the evidence, the uses and the stop tokens", async () => {
    const { code, stdout, stderr } = await basewise(["inspect", model({ "basewise.stage": text("base") })]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/a base model {2}\[claimed [\d.]+ %\]/);
    expect(stdout).toMatch(/^Evidence for$/m);
    expect(stdout).toMatch(/^ {4}\+ *[\d.]+ {2}metadata/m);
    expect(stdout).toMatch(/^ {4}chat +unsuited +It continues text/m);
    expect(stdout).toMatch(/^Stops on +GGUF: <\|endoftext\|> \(3\)$/m);
    for (const line of stdout.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("says it in Chinese", async () => {
    const { stdout } = await basewise(["inspect", "--lang", "zh", model({ "basewise.stage": text("base") })]);
    expect(stdout).toMatch(/基座模型 {2}\[仅声称 [\d.]+ %\]/);
    expect(stdout).toMatch(/^支持的证据$/m);
    expect(stdout).toMatch(/^ {4}对话 +不适合 +它只会续写文本/m);
    // Closing punctuation must not open a line.
    expect(stdout).not.toMatch(/^ *[。，、；：？！]/m);
  });

  test("--json gives the contract's fields, one object a line, with every text in one language", async () => {
    const reference = model({ "basewise.stage": text("base") });
    const outcome = await basewise(["inspect", reference, "missing.gguf", reference, "--json"]);
    const [first, failed, third] = jsonLines(outcome);
    expect(outcome.code).toBe(4);
    expect(first).toMatchObject({
      reference,
      stage: "base",
      status: "claimed",
      probability: expect.closeTo(0.95, 1),
      detail: expect.stringContaining("continue text"),
      evidence: expect.arrayContaining([
        {
          source: "metadata",
          signal: expect.any(String),
          says: "base",
          fitsToo: expect.any(Array),
          weight: expect.any(Number),
          text: expect.any(String),
        },
      ]),
      uses: { chat: { fit: "unsuited", reason: expect.any(String) }, complete: { fit: "suits" } },
      counterpart: null,
      stopTokens: expect.arrayContaining([{ by: "GGUF", tokens: [{ id: 3, text: "<|endoftext|>" }] }]),
      warnings: [],
    });
    expect(failed).toMatchObject({
      error: { name: "NotFoundError", exitCode: 4, reference: "missing.gguf" },
    });
    expect(third).toEqual(first);
    const chinese = await basewise(["inspect", reference, "--json", "--lang", "zh"]);
    expect(jsonLines(chinese)).toEqual([
      expect.objectContaining({ detail: expect.stringContaining("续写文本") }),
    ]);
  });

  test("never lets a file steer the terminal", async () => {
    const hostile = model({
      "general.name": text("\x1b[2J\x07evil"),
      "tokenizer.chat_template": text("\x1b]0;evil\x07"),
    });
    const { stdout } = await basewise(["inspect", hostile]);
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe("bad files: one sentence that names the file, and the exit code", () => {
  const whole = ggufBytes(tinyModel());
  const cases: readonly [string, () => string, number][] = [
    ["missing", () => join(temporaryFolder(), "missing.gguf"), 4],
    ["zero-length", () => temporaryFile("zero.gguf", new Uint8Array()), 2],
    ["truncated in the header", () => temporaryFile("cut.gguf", whole.subarray(0, 200)), 2],
    ["truncated in the weights", () => temporaryFile("short.gguf", whole.subarray(0, whole.length - 64)), 2],
    ["not GGUF", () => temporaryFile("text.gguf", Buffer.from("Once upon a time ".repeat(99))), 2],
    ["corrupt", () => temporaryFile("corrupt.gguf", ggufBytes(tinyModel({}, { tensorCount: 2n ** 60n }))), 2],
    [
      "a tensor past its end",
      () =>
        temporaryFile(
          "past.gguf",
          ggufBytes(
            tinyModel({}, { tensors: [{ name: "token_embd.weight", shape: [8, 5], offset: 2 ** 40 }] }),
          ),
        ),
      2,
    ],
    ["a directory without a model", () => temporaryFolder({ "notes.txt": "nothing" }), 2],
  ];
  for (const command of ["inspect", "chat", "complete", "next"]) {
    test.each(cases)(`${command}: %s`, async (_, make, expected) => {
      const path = make();
      const rest = command === "chat" ? ["--message", "hi"] : command === "inspect" ? [] : ["hi"];
      const { code, stdout, stderr } = await basewise([command, path, ...rest]);
      expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
      expect(stderr).toMatch(/^✗ [^\n]+\n$/);
      expect(stderr.replaceAll("\\", "/")).toContain(path.replaceAll("\\", "/"));
    });
  }

  test("says what a name alone tells where no file can be seen, and fails all the same", async () => {
    const env = environmentOf(temporaryFolder(), { origin: "http://127.0.0.1:9" });
    const bare = await basewise(["inspect", "AutoGLM-Phone-9B", "--offline"], { env });
    expect(bare.code).toBe(4);
    expect(bare.stdout).toMatch(/^AutoGLM-Phone-9B {2}a vision model that operates a screen {2}\[claimed/);
    expect(bare.stdout).toMatch(/^Known by +its name alone/m);
    expect(bare.stderr).toMatch(/✗ There is no file or folder AutoGLM-Phone-9B/);
    const chinese = await basewise(["inspect", "Qwen/Qwen2.5-1.5B", "--offline", "--lang", "zh"], { env });
    expect(chinese.stdout).toMatch(/^依据 +仅凭名称/m);
    expect(chinese.stdout).toMatch(/^目录 +Qwen\/Qwen2\.5-1\.5B，2024-09/m);
    const json = await basewise(["inspect", "zai-org/GLM-TTS", "owner/thing", "--offline", "--json"], {
      env,
    });
    expect(json.code).toBe(4);
    const [named, nothing] = jsonLines(json);
    expect(named).toMatchObject({
      path: null,
      stage: "other",
      kind: "speech synthesis",
      status: "claimed",
      unseen: { name: "NotFoundError", exitCode: 4 },
    });
    expect(nothing).toMatchObject({ error: { name: "NotFoundError" } });
  });
});
