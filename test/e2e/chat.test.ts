import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ConversationStore } from "../../src/chat/store/store.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise, jsonLines, onTerminal, type Press } from "./program.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const greedy = ["--temperature", "0", "--max-tokens", "24"];
const DONE = "tokens/s]";
const storeOf = (home: string): ConversationStore =>
  new ConversationStore(join(home, "conversations.sqlite"));
const saidIn = (home: string, name: string): (readonly [string, string])[] => {
  using store = storeOf(home);
  return store.conversations
    .turns(store.conversations.get(name))
    .map(({ message }) => [message.role, message.content] as const);
};

describe.skipIf(process.platform !== "linux")("chat on a terminal", { timeout: 300_000 }, () => {
  const home = temporaryFolder();
  const chat = (presses: readonly Press[], ...args: string[]) =>
    onTerminal(80, ["chat", "mini-instruct", ...greedy, ...args], presses, { BASEWISE_HOME: home });

  test("goes on turn by turn until Ctrl-D, and is kept under its first message", async () => {
    const { code, stdout } = await chat([
      { after: "› ", keys: "Hi\r" },
      { after: DONE, keys: "What is your\\\r" },
      { after: "… ", keys: "name?\r" },
      { after: DONE, keys: "\x04" },
    ]);
    expect(code).toBe(0);
    expect(stdout.match(/it ended by itself/g)).toHaveLength(2);
    expect(saidIn(home, "Hi")).toMatchObject([
      ["user", "Hi"],
      ["assistant", expect.stringMatching(/\S/)],
      ["user", "What is your\nname?"],
      ["assistant", expect.stringMatching(/\S/)],
    ]);
  });

  test("is gone on with by name; slash commands do what they say", async () => {
    const file = join(home, "hi.jsonl");
    const { code, stdout } = await chat(
      [
        { after: "Hi · 4 turns", keys: "" },
        { after: "› ", keys: "/nonsense\r" },
        { after: "There is no command /nonsense", keys: "/system Be brief.\r" },
        { after: "Be brief.", keys: "/branch second\r" },
        { after: "This goes on as second.", keys: "/edit 1\r" },
        { after: "Hi", keys: " there\r" },
        { after: DONE, keys: "/memory add I live in Hangzhou\r" },
        { after: "Remembered as number 1.", keys: `/export openai ${file}\r` },
        { after: "Wrote 1 conversations", keys: "/new\r" },
        { after: "A new conversation begins.", keys: "Where do I live?\r" },
        { after: DONE, keys: "/quit\r" },
      ],
      "--continue",
      "Hi",
    );
    expect(code).toBe(0);
    expect(stdout).toContain("Told from memory: “I live in Hangzhou”");
    expect(saidIn(home, "Hi").map(([role]) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
    ]);
    expect(saidIn(home, "second")).toMatchObject([
      ["system", "Be brief."],
      ["user", "Hi there"],
      ["assistant", expect.anything()],
    ]);
    expect(saidIn(home, "Where do I live?")).toHaveLength(2);
  });

  test("Ctrl-C gives an edit up; a message of several lines comes back as one", async () => {
    const { code } = await chat(
      [
        { after: "› ", keys: "How many legs\\\r" },
        { after: "… ", keys: "does a dog have?\r" },
        { after: DONE, keys: "/edit\r" },
        { after: "legs␤does", keys: "\x03" },
        { after: "› ", keys: "How many legs does a cat have?\r" },
        { after: DONE, keys: "\x1b[A" },
        { after: "a cat have?", keys: "\x1b[A" },
        { after: "/edit", keys: "\x1b[A" },
        { after: "legs␤does", keys: "\x03" },
        { after: "› ", keys: "\x04" },
      ],
      "--conversation",
      "given up",
    );
    expect(code).toBe(0);
    expect(saidIn(home, "given up").map(([, content]) => content)).toEqual([
      "How many legs\ndoes a dog have?",
      expect.anything(),
      "How many legs does a cat have?",
      expect.anything(),
    ]);
  });

  test("Ctrl-C stops a reply and keeps it; at the prompt it leaves when pressed twice", async () => {
    const { code } = await onTerminal(
      80,
      [
        "chat",
        "mini-base",
        "--force",
        "--temperature",
        "0",
        "--max-tokens",
        "400",
        "--conversation",
        "stopped",
      ],
      [
        { after: "› ", keys: "Tell me a story\r" },
        { after: "goes ahead all the same", keys: "" },
        { after: "\n", keys: "\x03" },
        { after: "interrupted", keys: "\x03" },
        { after: "Ctrl-C again leaves.", keys: "\x03" },
      ],
      { BASEWISE_HOME: home },
    );
    expect(code).toBe(130);
    expect(saidIn(home, "stopped")[0]).toEqual(["user", "Tell me a story"]);
  });
});

describe("chat in a script", { timeout: 300_000 }, () => {
  test("is kept only where it names the conversation", async () => {
    const env = { BASEWISE_HOME: temporaryFolder() };
    const say = (message: string, ...args: string[]) =>
      basewise(["chat", "mini-instruct", "--message", message, ...greedy, ...args, "--json"], { env });
    await say("Hello.");
    expect(jsonLines(await basewise(["conversations", "--json"], { env }))).toEqual([{ conversations: [] }]);
    const [first] = jsonLines(await say("Hello.", "--conversation", "greeting"));
    expect(first).toMatchObject({ conversation: "greeting", context: { leftOut: 0 }, recalled: [] });
    const [second] = jsonLines(await say("And you?", "--continue"));
    expect(second).toMatchObject({ conversation: "greeting" });
    expect(saidIn(env.BASEWISE_HOME, "greeting")).toHaveLength(4);
    expect((await say("x", "--continue", "nowhere")).code).toBe(4);
    expect((await say("x", "--continue", "--conversation", "a")).code).toBe(2);
  });

  test("killed while it replies, it has kept the message", async () => {
    const home = temporaryFolder();
    const child = spawn(
      process.execPath,
      [
        MAIN,
        "chat",
        "mini-base",
        "--force",
        "--message",
        "Tell me a story",
        "--max-tokens",
        "400",
        "--conversation",
        "killed",
      ],
      { env: { ...process.env, BASEWISE_HOME: home }, stdio: ["ignore", "pipe", "ignore"] },
    );
    let written = "";
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        written += text;
        // The first line says that it is no model for chat.
        if (/\n./.test(written)) resolve();
      });
    });
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    expect(saidIn(home, "killed")).toEqual([["user", "Tell me a story"]]);
    expect(
      (await basewise(["conversations", "rm", "killed", "--yes"], { env: { BASEWISE_HOME: home } })).code,
    ).toBe(0);
  });
});
