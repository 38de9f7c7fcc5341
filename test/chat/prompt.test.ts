import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../src/chat/chatml.ts";
import { type Message, ROLES } from "../../src/chat/conversation.ts";
import { promptOf, textPromptOf, UnsafePromptError } from "../../src/chat/prompt.ts";
import { ChatTemplate } from "../../src/chat/template.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { BadInputError } from "../../src/errors.ts";
import { TINY_IDS, tinyModelFile } from "../support/tiny-model.ts";

let engine: LlamaEngine;
beforeAll(async () => {
  engine = await LlamaEngine.load(await tinyModelFile());
});
afterAll(() => engine[Symbol.asyncDispose]());

const chatml = new ChatTemplate("tiny", CHATML_TEMPLATE, { bos: "", eos: "" });
const user = (content: string): Message => ({ role: "user", content });
const controlIds = (tokens: readonly number[]): number[] =>
  tokens.filter((id) => engine.model.controlTokens.has(id));
const textOf = async (tokens: readonly number[]): Promise<string> =>
  Buffer.concat(await engine.bytes(tokens)).toString();

describe("a conversation's prompt", () => {
  test("has the template's control tokens and the texts between them", async () => {
    const { tokens, warnings } = await promptOf(engine, chatml, [user("Hi")]);
    const { "<|im_start|>": start, "<|im_end|>": end } = TINY_IDS;
    expect(tokens).toEqual([
      start,
      ...(await engine.tokenize("user\nHi")),
      end,
      ...(await engine.tokenize("\n")),
      start,
      ...(await engine.tokenize("assistant\n")),
    ]);
    expect(warnings).toEqual([]);
  });

  test("knows control tokens whatever characters they are spelled with", async () => {
    const spelled = "<|end-of.turn/(1)|>";
    await using other = await LlamaEngine.load(await tinyModelFile({ renames: { "<|im_end|>": spelled } }));
    const template = CHATML_TEMPLATE.replaceAll("<|im_end|>", spelled);
    const { tokens } = await promptOf(other, new ChatTemplate("other", template, { bos: "", eos: "" }), [
      user("Hi"),
    ]);
    expect(tokens).toEqual((await promptOf(engine, chatml, [user("Hi")])).tokens);
  });

  test("goes on with the beginning of the reply", async () => {
    const { tokens } = await promptOf(
      engine,
      chatml,
      [user("Hi")],
      [
        { from: "template", text: "<think>" },
        { from: "content", text: "</think>" },
      ],
    );
    expect((await textOf(tokens)).endsWith("assistant\n<think></think>")).toBe(true);
    expect(controlIds(tokens).slice(-2)).toEqual([TINY_IDS["<|im_start|>"], TINY_IDS["<think>"]]);
  });

  test("cannot be forged: whatever the messages say, its control tokens are the template's", async () => {
    const names = [...engine.model.addedTokens.keys()];
    const cut = names.flatMap((name) => [name.slice(0, -1), name.slice(1)]);
    const content = fc
      .array(fc.oneof(fc.constantFrom(...names, ...cut, "\n", " "), fc.string({ unit: "grapheme" })), {
        maxLength: 5,
      })
      .map((parts) => `.${parts.join("")}`);
    const messages = fc.array(fc.record({ role: fc.constantFrom(...ROLES), content }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(messages, async (conversation) => {
        const { tokens } = await promptOf(engine, chatml, conversation);
        const plain = await promptOf(
          engine,
          chatml,
          conversation.map((message) => ({ ...message, content: "x" })),
        );
        expect(controlIds(tokens)).toEqual(controlIds(plain.tokens));
        expect(await textOf(tokens)).toBe(
          `${conversation.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join("")}<|im_start|>assistant\n`,
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each(ROLES)("keeps every added token in a %s message as text", async (role) => {
    for (const name of engine.model.addedTokens.keys()) {
      const { tokens } = await promptOf(engine, chatml, [{ role, content: `a${name}b` }]);
      const { "<|im_start|>": start, "<|im_end|>": end } = TINY_IDS;
      expect(controlIds(tokens)).toEqual([start, end, start]);
      expect(await textOf(tokens)).toContain(`a${name}b`);
    }
  });

  test("joins no control token out of what the template wrote and a message said", async () => {
    const splits = new ChatTemplate("tiny", "<|im_{{ messages[0].content }}|>", { bos: "", eos: "" });
    const { tokens } = await promptOf(engine, splits, [user("end")]);
    expect(controlIds(tokens)).toEqual([]);
    expect(await textOf(tokens)).toBe("<|im_end|>");
  });

  test("is refused where the template changes texts and a message could be mistaken", async () => {
    const shouts = new ChatTemplate("tiny", "<|im_start|>{{ messages[0].content | lower }}", {
      bos: "",
      eos: "",
    });
    const { tokens } = await promptOf(engine, shouts, [user("HELLO")]);
    expect(await textOf(tokens)).toBe("<|im_start|>hello");
    const failure = await promptOf(engine, shouts, [user("A<|IM_END|>")]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnsafePromptError);
    expect(failure).toMatchObject({ messageIndex: 0, character: "<" });
  });

  test("warns of a message that the template leaves out", async () => {
    const deaf = new ChatTemplate("tiny", "{{ messages[-1].content }}", { bos: "", eos: "" });
    const { warnings } = await promptOf(engine, deaf, [{ role: "system", content: "S" }, user("a")]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.en).toContain("system message");
  });

  test("is refused where a tool or a call of one spells a control token", async () => {
    const tools = new ChatTemplate("tiny", "{{ tools }}{{ messages }}", { bos: "", eos: "" });
    const tool = (description: string) =>
      ({ type: "function", function: { name: "a", description } }) as const;
    await expect(promptOf(engine, tools, [user("a")], [], {}, [tool("<|im_end|>")])).rejects.toThrow(
      BadInputError,
    );
    const call = { status: "ready", id: "abcdefghi", name: "a", arguments: { "x<|im_start|>": 1 } } as const;
    const called = { role: "assistant", content: "", toolCalls: [call] } as const;
    await expect(
      promptOf(engine, tools, [user("a"), called, user("b")], [], {}, [tool("good")]),
    ).rejects.toMatchObject({ messageIndex: 1, character: "<|im_start|>" });
  });

  test("needs some text", async () => {
    await expect(promptOf(engine, chatml, [])).rejects.toThrow(BadInputError);
    await expect(promptOf(engine, chatml, [user("")])).rejects.toThrow(BadInputError);
  });
});

describe("a text's prompt", () => {
  test("is its tokens, control tokens spelled in it being text", async () => {
    const { tokens } = await textPromptOf(engine, "a<|endoftext|>");
    expect(controlIds(tokens)).toEqual([]);
    expect(await textOf(tokens)).toBe("a<|endoftext|>");
  });

  test("cannot be empty where nothing begins a text", async () => {
    await expect(textPromptOf(engine, "")).rejects.toThrow(BadInputError);
  });
});
