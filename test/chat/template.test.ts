import { describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../src/chat/chatml.ts";
import type { Message } from "../../src/chat/conversation.ts";
import { ChatTemplate, type Layout, TemplateError } from "../../src/chat/template.ts";
import { ToolsUnsupportedError } from "../../src/chat/tools/tool.ts";

const tokens = { bos: "<s>", eos: "</s>" };
const templateOf = (source: string) => new ChatTemplate("some-model", source, tokens);
const textOf = ({ segments }: Layout): string => segments.map(({ text }) => text).join("");
const contentsOf = ({ segments }: Layout): string[] =>
  segments.filter(({ from }) => from === "content").map(({ text }) => text);

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system = (content: string): Message => ({ role: "system", content });

/** As Llama 3 does: texts are trimmed. */
const TRIMS =
  "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m['content'] | trim }}</s>{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";
/** As Qwen3 does: thoughts of past turns are dropped, and a user's text decides what counts as a turn. */
const DROPS_THOUGHTS =
  "{% for m in messages %}{% if m.role == 'assistant' %}<a>{{ m.content.split('</think>')[-1].lstrip('\\n') }}{% elif m.content.startswith('<tool_response>') %}<t>{{ m.content }}{% else %}<u>{{ m.content }}{% endif %}{% endfor %}<a>";
/** As Llama 2 does: the system message goes into the first user's turn. */
const MOVES =
  "{% set sys = messages[0].content %}{% for m in messages[1:] %}[INST]{% if loop.first %}<<{{ sys }}>>{% endif %}{{ m.content }}[/INST]{% endfor %}";

describe("a template's layout", () => {
  test("is what the template writes, with the texts told apart", async () => {
    const layout = await templateOf(CHATML_TEMPLATE).layOut([
      system("Be kind."),
      user("Hi"),
      assistant("Yo"),
      user("?"),
    ]);
    expect(layout.isSeparated).toBe(true);
    expect(contentsOf(layout)).toEqual(["Be kind.", "Hi", "Yo", "?"]);
    expect(textOf(layout)).toBe(
      "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n" +
        "<|im_start|>assistant\nYo<|im_end|>\n<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  test("follows texts that the template trims", async () => {
    const layout = await templateOf(TRIMS).layOut([user("  a b \n"), assistant("c"), user("\td")]);
    expect(layout.isSeparated).toBe(true);
    expect(contentsOf(layout)).toEqual(["a b", "c", "d"]);
    expect(textOf(layout)).toBe("<s>[user]a b</s>[assistant]c</s>[user]d</s>[assistant]");
  });

  test("follows a template that drops past thoughts", async () => {
    const layout = await templateOf(DROPS_THOUGHTS).layOut([
      user("q"),
      assistant("<think>\nhm\n</think>\n\nyes"),
      user("r"),
    ]);
    expect(layout.isSeparated).toBe(true);
    expect(textOf(layout)).toBe("<u>q<a>yes<u>r<a>");
  });

  test("does not claim to follow a template that branches on a text", async () => {
    const layout = await templateOf(DROPS_THOUGHTS).layOut([user("<tool_response>x")]);
    expect(layout).toMatchObject({ isSeparated: false, segments: [{ from: "template" }] });
    expect(textOf(layout)).toBe("<t><tool_response>x<a>");
    const shouts = await templateOf("{{ messages[0].content | upper }}").layOut([user("quiet")]);
    expect(shouts.isSeparated).toBe(false);
    expect(textOf(shouts)).toBe("QUIET");
  });

  test("follows texts that are moved, and texts that equal each other or nothing", async () => {
    const layout = await templateOf(MOVES).layOut([system("S"), user("one")]);
    expect(contentsOf(layout)).toEqual(["S", "one"]);
    expect(textOf(layout)).toBe("[INST]<<S>>one[/INST]");
    const same = await templateOf(CHATML_TEMPLATE).layOut([user("a"), assistant(""), user("a")]);
    expect(contentsOf(same)).toEqual(["a", "a"]);
  });

  test("tells which messages the template leaves out", async () => {
    const layout = await templateOf(
      "{% for m in messages if m.role != 'system' %}({{ m.content }}){% endfor %}",
    ).layOut([system("S"), user("a")]);
    expect(layout).toMatchObject({ isSeparated: true, leftOut: [0] });
    expect(textOf(layout)).toBe("(a)");
  });

  test("gives the template only what templates are promised", async () => {
    const layout = await templateOf("{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}").layOut([
      user("a"),
    ]);
    expect(textOf(layout)).toBe("<s></s>true");
  });
});

/** As Hermes and Qwen do, in short. */
const CALLS = `{% if tools %}[tools]{% for t in tools %}{{ t | tojson }}{% endfor %}{% endif %}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% for c in m.tool_calls or [] %}<call>{{ c.function.name }} {{ c.function.arguments | tojson }}</call>{% endfor %}{% endfor %}`;
const TOOLS = [{ type: "function", function: { name: "weather" } }] as const;
const call = { status: "ready", id: "abcdefghi", name: "weather", arguments: { city: "Oslo" } } as const;
const called: Message = { role: "assistant", content: "", toolCalls: [call] };
const result: Message = { role: "tool", content: '{"is": "<b>3</b>"}', toolCallId: call.id, name: call.name };

describe("tools", () => {
  test("are laid out with their calls by the template, and results are texts", async () => {
    const layout = await templateOf(CALLS).layOut([user("q"), called, result], {}, TOOLS);
    expect(textOf(layout)).toBe(
      '[tools]{"type": "function", "function": {"name": "weather"}}<user>q<assistant><call>weather {"city": "Oslo"}</call><tool>{"is": "<b>3</b>"}',
    );
    expect(contentsOf(layout)).toEqual(["q", '{"is": "<b>3</b>"}']);
  });

  test("results that a template writes as JSON are texts too", async () => {
    const quotes = "{{ tools }}{% for m in messages %}{{ m.content | tojson }}{% endfor %}";
    const layout = await templateOf(quotes).layOut([user('a "b"'), called, result], {}, TOOLS);
    expect(layout.isSeparated).toBe(true);
    expect(contentsOf(layout)).toEqual(['a \\"b\\"', '{\\"is\\": \\"<b>3</b>\\"}']);
  });

  test("are given as text to a template that wants the arguments so", async () => {
    const adds =
      "{{ tools }}{% for m in messages %}{% for c in m.tool_calls or [] %}{{ '#' + c.function.arguments }}{% endfor %}{% endfor %}{{ messages[-1].content }}";
    const layout = await templateOf(adds).layOut([user("q"), called, user("r")], {}, TOOLS);
    expect(textOf(layout)).toContain('#{"city":"Oslo"}');
  });

  test.each([
    ["the tools", CHATML_TEMPLATE, [user("q")]],
    ["a tool's result", "{{ tools }}{{ messages[0].content }}", [user("q"), called, result]],
  ])("are refused where the template leaves %s out, and a remedy is named", async (_, source, messages) => {
    const failure = await templateOf(source)
      .layOut(messages, {}, TOOLS)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolsUnsupportedError);
    expect(failure).toMatchObject({
      exitCode: 3,
      reference: "some-model",
      text: { en: expect.stringMatching(/take one whose template has/) },
    });
  });
});

describe("a template that cannot be used names the model", () => {
  test.each([
    ["is no template", "{% for %}"],
    ["refuses the roles", "{{ raise_exception('Roles must alternate.') }}"],
    ["never ends", "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"],
    [
      "grows without limit",
      "{% set n = namespace(s='xxxxxxxx') %}{% for i in range(40) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}",
    ],
    [
      "writes too much",
      "{% for i in range(80000) %}{{ '0123456789012345678901234567890123456789012345678901234567890' }}{% endfor %}",
    ],
  ])("because it %s", async (_, source) => {
    const failure: unknown = await templateOf(source)
      .layOut([user("a")])
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TemplateError);
    expect(failure).toMatchObject({ reference: "some-model" });
  });

  test("with the template's own reason", async () => {
    await expect(
      templateOf("{{ raise_exception('Roles must alternate.') }}").layOut([user("a")]),
    ).rejects.toThrow("Roles must alternate. Change the roles");
  });
});
