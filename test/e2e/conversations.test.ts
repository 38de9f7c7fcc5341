import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConversationStore } from "../../src/chat/store/store.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { tinyModelFile } from "../support/tiny-model.ts";
import { basewise, jsonLines, type Outcome } from "./program.ts";

/** A machine with two conversations. */
function machine(): { readonly home: string; readonly run: (...args: string[]) => Promise<Outcome> } {
  const home = temporaryFolder();
  using store = new ConversationStore(join(home, "conversations.sqlite"));
  const { conversations } = store;
  for (const [name, question, answer] of [
    ["weather", "今天北京的天气怎么样？", "晴。"],
    ["trip", "Where is the light house?", "By the sea."],
  ] as const) {
    const entry = conversations.create(name);
    conversations.append(entry, 0, { role: "user", content: question });
    conversations.append(
      entry,
      1,
      { role: "assistant", content: answer },
      { model: "mini", finishReason: "stop" },
    );
  }
  return { home, run: (...args) => basewise(args, { env: { BASEWISE_HOME: home } }) };
}

describe("conversations", () => {
  test("are listed, shown and searched", async () => {
    const { run } = machine();
    const list = await run("conversations");
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(/^trip\n {2}2 turns · mini · .+\nweather\n/);
    expect(list.stderr).toMatch(/^2 conversations in /);
    expect((await run("conversations", "show", "trip")).stdout).toBe(
      "1  user\nWhere is the light house?\n\n2  assistant\nBy the sea.\n\n",
    );
    const found = await run("conversations", "search", "天气", "北京", "--json");
    expect(jsonLines(found)).toMatchObject([
      { found: [{ conversation: "weather", position: 1, role: "user" }] },
    ]);
    expect(jsonLines(await run("conversations", "search", "light house", "--json"))).toMatchObject([
      { found: [{ conversation: "trip" }] },
    ]);
  });

  test("are branched, edited, renamed, exported and removed", async () => {
    const { home, run } = machine();
    expect((await run("conversations", "branch", "trip", "--turns", "1", "--as", "回忆")).stderr).toBe(
      "The branch is called 回忆.\n",
    );
    expect((await run("conversations", "edit", "trip", "1", "Where is it?")).stderr).toBe(
      "trip ends with turn 1 now; as it was, it is kept as trip (2).\n",
    );
    expect((await run("conversations", "rename", "trip (2)", "old trip")).code).toBe(0);
    const file = join(home, "data.jsonl");
    const exported = await run("conversations", "export", "--format", "openai", "--output", file);
    expect(exported).toMatchObject({ code: 0, stdout: "" });
    expect(exported.stderr).toBe(
      `⚠ 2 conversations hold no finished reply and are left out.\nWrote 2 conversations to ${file}.\n`,
    );
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(2);
    expect((await run("conversations", "export", "--output", file)).code).toBe(2);
    expect((await run("conversations", "rm", "trip")).code).toBe(2);
    expect((await run("conversations", "rm", "trip", "回忆", "--yes")).stderr).toBe("Removed trip, 回忆.\n");
    expect(await run("conversations", "show", "trip")).toMatchObject({ code: 4, stdout: "" });
  });

  test("memory is listed, added to and removed from", async () => {
    const { run } = machine();
    expect((await run("memory", "add", "我的猫叫米索")).stderr).toBe("Remembered as number 1.\n");
    expect((await run("memory")).stdout).toBe("1  我的猫叫米索\n   you asked · used 0 times\n");
    expect((await run("memory", "rm", "1")).stderr).toBe("Forgotten: “我的猫叫米索”.\n");
    expect((await run("memory", "rm", "1")).code).toBe(2);
    expect(jsonLines(await run("memory", "--json"))).toEqual([{ memories: [] }]);
  });

  test("that are damaged name the repair, which brings them back", async () => {
    const { home, run } = machine();
    expect((await run("conversations", "repair")).stderr).toMatch(
      /is not damaged: 2 conversations with 4 turns/,
    );
    const path = join(home, "conversations.sqlite");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, 100, 4096));
    const failed = await run("conversations");
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(failed.stderr).toContain("basewise conversations repair");
    const [repair] = jsonLines(await run("conversations", "repair", "--json"));
    expect(repair).toMatchObject({ conversations: 2, turns: 4, damaged: `${path}.damaged` });
    expect((await run("conversations", "show", "trip")).stdout).toContain("By the sea.");
  });

  test("that are not there are missed before a model is looked for", async () => {
    const { run } = machine();
    const missed = await run("chat", "no/model-of-this-name", "--message", "Hi", "--continue", "nowhere");
    expect(missed.code).toBe(4);
    expect(missed.stderr).toContain('There is no conversation "nowhere"');
  });
});

describe("a kept conversation with tools", () => {
  const template =
    "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  test("shows the call, says what comes next, and takes it in another program", async () => {
    const home = temporaryFolder();
    const path = await tinyModelFile({ stage: "instruct", template, context: 2048 });
    const file = (name: string, text: string): string => {
      writeFileSync(join(home, name), text);
      return join(home, name);
    };
    const tools = file("tools.json", '[{"name": "weather", "parameters": {"type": "object"}}]');
    const say = (message: string, reply: string) =>
      basewise(
        ["chat", path, "--force", "--tools", tools, "--conversation", "cold", "--temperature", "0"].concat(
          "--grammar",
          file("reply.gbnf", `root ::= ${JSON.stringify(reply)}`),
          `--message=${message}`,
        ),
        { env: { BASEWISE_HOME: home } },
      );
    const called = await say(
      "Cold?",
      'I look.<tool_call>{"name": "weather", "arguments": {"city": "Oslo"}}</tool_call>',
    );
    expect(called.code).toBe(0);
    expect(called.stdout).toContain('I look.\n→ weather({"city":"Oslo"})\n');
    expect(called.stderr).toContain("What you say next is the result of weather.");
    const answered = await say("-3 °C", "Yes.");
    expect(answered.stdout).toContain("Yes.\n");
    const shown = await basewise(["conversations", "show", "cold"], { env: { BASEWISE_HOME: home } });
    expect(shown.stdout).toContain('2  assistant\nI look.\n→ weather({"city":"Oslo"})\n\n3  tool\n-3 °C\n');
  });
});
