import { describe, expect, test } from "vitest";
import { basewise, jsonLines, onTerminal } from "./program.ts";

describe("the demonstration", () => {
  test("runs without a command, ends well within a minute, and is the same every time", async () => {
    const started = performance.now();
    const first = await basewise([]);
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(await basewise(["demo"])).toEqual(first);
    expect(first.stdout).not.toContain("\x1b");
    for (const line of first.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  }, 120_000);

  test("shows the difference: the base is cut off, the instruct ends by itself", async () => {
    const [told] = jsonLines(await basewise(["--json"]));
    expect(told).toMatchObject({
      inspections: [
        { reference: "mini-base", stage: "base", status: "verified" },
        { reference: "mini-instruct", stage: "instruct", status: "verified" },
      ],
      replies: {
        "mini-base": { finishReason: "length" },
        "mini-instruct": { finishReason: "stop" },
      },
      next: { "mini-instruct": [{ isEnd: true }, {}, {}, {}, {}] },
      refusal: { name: "StageMismatchError", exitCode: 3 },
      tryNext: [
        expect.stringMatching(/^basewise inspect /),
        expect.stringMatching(/^basewise chat /),
        expect.stringMatching(/^basewise complete /),
      ],
    });
  });

  test("speaks Chinese, and asks in Chinese", async () => {
    const { code, stdout } = await basewise([], { env: { LANG: "zh_CN.UTF-8" } });
    expect(code).toBe(0);
    expect(stdout).toContain("» 狗有几条腿？");
    expect(stdout).toMatch(/✗ mini-base 是基座模型，不适合对话/);
    expect(stdout).not.toMatch(/a base model|Evidence|tokens/);
  });

  test("the refusal in it is what the command says, word for word", async () => {
    const { stderr } = await basewise(["chat", "mini-base"]);
    const { stdout } = await basewise(["demo"]);
    expect(stderr).toMatch(/^✗ mini-base is a base model/);
    expect(stdout).toContain(stderr);
  });

  test.skipIf(process.platform !== "linux").each([
    [100, true],
    [60, false],
  ])("on a terminal of %i columns", async (columns, isBeside) => {
    const { code, stdout } = await onTerminal(columns, ["demo", "--lang", "en"]);
    expect(code).toBe(0);
    expect(stdout).toContain("\x1b[");
    expect(/mini-base.{0,30} {4,}.*mini-instruct/.test(stdout)).toBe(isBeside);
  });
});
