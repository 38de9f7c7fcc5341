import { describe, expect, test } from "vitest";
import { readTemplate } from "../../src/model/template-reading.ts";
import { CHATML } from "../stage/facts.ts";

const TOKENS = { bos: "<s>", eos: "</s>" };
const read = (source: string) => readTemplate(source, TOKENS);
const SPLIT = "{% for m in messages %}[{{ m.role }}]{{ m.content.split('</think>')[-1] }}[/]{% endfor %}";

describe("what a template is seen to do", () => {
  test("mark turns, end them, and open an answer", async () => {
    expect(await read(CHATML)).toEqual({
      frame: "<|im_start|>user\n <|im_end|>\n<|im_start|>assistant\n",
      keepsText: true,
      marksTurns: true,
      afterAnswer: "<|im_end|>\n<|im_start|>user\n",
      opening: "<|im_start|>assistant\n",
      thinkingSwitch: undefined,
      dropsThoughts: false,
    });
  });

  test("leave the text of messages out, as templates for sound do", async () => {
    const reading = await read("{% for m in messages %}<|audio|>{% endfor %}");
    expect(reading).toMatchObject({ keepsText: false, opening: "" });
  });

  test("run everything together without marks", async () => {
    const reading = await read("{% for m in messages %}{{ m.content }}\n{% endfor %}");
    expect(reading).toMatchObject({ marksTurns: false });
  });

  test("leave earlier thoughts out, and open a new one", async () => {
    const reading = await read(`${SPLIT}{% if add_generation_prompt %}[assistant]<think>\n{% endif %}`);
    expect(reading).toMatchObject({ dropsThoughts: true, opening: "[assistant]<think>\n" });
  });

  test.each([
    ["{% if enable_thinking is false %}<think></think>{% endif %}", "enable_thinking"],
    ["{% if thinking %}<think>{% endif %}", "thinking"],
    // The word alone switches nothing.
    ["{# enable_thinking is not looked at #}", undefined],
    ["{% set enable_thinking = true %}", undefined],
  ])("switch thinking: %s by %s", async (tail, variable) => {
    expect((await read(`${SPLIT}${tail}`))?.thinkingSwitch).toBe(variable);
  });

  test.each([
    ["does not parse", "{% for %}"],
    ["refuses", "{{ raise_exception('no') }}"],
    ["never ends", "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}"],
  ])("nothing, where it %s", async (_, source) => {
    expect(await read(source)).toBeUndefined();
  });
});
