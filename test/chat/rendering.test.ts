import { describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../src/chat/chatml.ts";
import { renderIsolated } from "../../src/chat/rendering.ts";
import type { RenderJob } from "../../src/stage/rendered.ts";

const hello: RenderJob = { messages: [{ role: "user", content: "Hi" }], addGenerationPrompt: true };
const render = (source: string, jobs: readonly RenderJob[] = [hello]) =>
  renderIsolated({ source, tokens: { bos: "<s>", eos: "</s>" }, jobs });

describe("rendering in a process of its own", () => {
  test("gives each job's text, with and without the opened answer, and passes variables on", async () => {
    expect(
      await render(`{{ bos_token }}${CHATML_TEMPLATE}{{ 'no' if enable_thinking is false }}`, [
        hello,
        { ...hello, addGenerationPrompt: false, variables: { enable_thinking: false } },
      ]),
    ).toEqual([
      { status: "rendered", text: "<s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n" },
      { status: "rendered", text: "<s><|im_start|>user\nHi<|im_end|>\nno" },
    ]);
  });

  test("tells a refusal of the template from its text, job by job", async () => {
    const picky = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}ok";
    const system = { ...hello, messages: [{ role: "system", content: "Be" }] };
    expect(await render(picky, [system, hello])).toEqual([
      { status: "refused", reason: expect.stringContaining("no system") },
      { status: "rendered", text: "ok" },
    ]);
    expect(await render("{% if %}")).toMatchObject([{ status: "refused" }]);
    expect(await render("a".repeat(2 ** 20 + 1))).toMatchObject([{ status: "refused" }]);
  });

  const FOREVER =
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}";
  const DOUBLES = `{% set ns = namespace(t='xxxxxxxx') %}${"{% set ns.t = ns.t + ns.t %}".repeat(24)}{{ ns.t }}`;
  const HOARDS = `{% set ns = namespace(l=[1,2,3,4]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}`;
  const DEEP = `{{ ${"(".repeat(100_000)}1${")".repeat(100_000)} }}`;

  test.each([
    ["loops", FOREVER, ["stopped"]],
    ["doubles its text", DOUBLES, ["stopped", "refused"]],
    ["fills the memory", HOARDS, ["stopped", "refused"]],
    ["nests without end", DEEP, ["stopped", "refused"]],
  ])("a template that %s is stopped, and the next one renders", async (_, source, expected) => {
    const [rendering] = await render(source);
    expect(expected).toContain(rendering?.status);
    expect(await render("{{ messages[0].content }}")).toEqual([{ status: "rendered", text: "Hi" }]);
  });

  test("requests at the same time are answered one after the other", async () => {
    const all = await Promise.all([render(FOREVER), render("one"), render("two")]);
    expect(all.map(([first]) => first)).toEqual([
      { status: "stopped", limit: "time" },
      { status: "rendered", text: "one" },
      { status: "rendered", text: "two" },
    ]);
  });
});
