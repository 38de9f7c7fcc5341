import { describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../src/chat/chatml.ts";
import type { Message } from "../../src/chat/conversation.ts";
import { ChatTemplate, type Layout, TemplateError } from "../../src/chat/template.ts";

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
  test("is what the template writes, with the texts told apart", () => {
    const layout = templateOf(CHATML_TEMPLATE).layOut([
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

  test("follows texts that the template trims", () => {
    const layout = templateOf(TRIMS).layOut([user("  a b \n"), assistant("c"), user("\td")]);
    expect(layout.isSeparated).toBe(true);
    expect(contentsOf(layout)).toEqual(["a b", "c", "d"]);
    expect(textOf(layout)).toBe("<s>[user]a b</s>[assistant]c</s>[user]d</s>[assistant]");
  });

  test("follows a template that drops past thoughts", () => {
    const layout = templateOf(DROPS_THOUGHTS).layOut([
      user("q"),
      assistant("<think>\nhm\n</think>\n\nyes"),
      user("r"),
    ]);
    expect(layout.isSeparated).toBe(true);
    expect(textOf(layout)).toBe("<u>q<a>yes<u>r<a>");
  });

  test("does not claim to follow a template that branches on a text", () => {
    const layout = templateOf(DROPS_THOUGHTS).layOut([user("<tool_response>x")]);
    expect(layout).toMatchObject({ isSeparated: false, segments: [{ from: "template" }] });
    expect(textOf(layout)).toBe("<t><tool_response>x<a>");
    const shouts = templateOf("{{ messages[0].content | upper }}").layOut([user("quiet")]);
    expect(shouts.isSeparated).toBe(false);
    expect(textOf(shouts)).toBe("QUIET");
  });

  test("follows texts that are moved, and texts that equal each other or nothing", () => {
    const layout = templateOf(MOVES).layOut([system("S"), user("one")]);
    expect(contentsOf(layout)).toEqual(["S", "one"]);
    expect(textOf(layout)).toBe("[INST]<<S>>one[/INST]");
    const same = templateOf(CHATML_TEMPLATE).layOut([user("a"), assistant(""), user("a")]);
    expect(contentsOf(same)).toEqual(["a", "", "a"]);
  });

  test("tells which messages the template leaves out", () => {
    const layout = templateOf(
      "{% for m in messages if m.role != 'system' %}({{ m.content }}){% endfor %}",
    ).layOut([system("S"), user("a")]);
    expect(layout).toMatchObject({ isSeparated: true, leftOut: [0] });
    expect(textOf(layout)).toBe("(a)");
  });

  test("gives the template only what templates are promised", () => {
    const layout = templateOf("{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}").layOut([
      user("a"),
    ]);
    expect(textOf(layout)).toBe("<s></s>true");
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
  ])("because it %s", (_, source) => {
    let failure: unknown;
    try {
      templateOf(source).layOut([user("a")]);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(TemplateError);
    expect(failure).toMatchObject({ reference: "some-model" });
  });

  test("with the template's own reason", () => {
    expect(() => templateOf("{{ raise_exception('Roles must alternate.') }}").layOut([user("a")])).toThrow(
      "Roles must alternate. Change the roles",
    );
  });
});
