import { describe, expect, test } from "vitest";
import { CHATML_TEMPLATE } from "../../../src/chat/chatml.ts";
import { ChatTemplate } from "../../../src/chat/template.ts";
import type { ConversationExample, ExampleMessage } from "../../../src/formats/datasets/example.ts";
import { UnusableRow } from "../../../src/formats/datasets/fields.ts";
import { Layouter } from "../../../src/train/data/layout.ts";
import { HAS_SHARED_DATA, templateOf } from "../../support/shared-data.ts";

const SPECIALS = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>"];
const TOKENS = { bos: "<bos>", eos: "<|im_end|>" };

function laidOut(template: string, messages: ExampleMessage[], tools?: ConversationExample["tools"]) {
  const layouter = new Layouter(new ChatTemplate("test", template, TOKENS), SPECIALS);
  const [layout] = layouter.layOut([
    { kind: "conversation", messages, ...(tools === undefined ? {} : { tools }) },
  ]);
  if (layout === undefined || layout instanceof UnusableRow) return layout?.reason;
  return {
    ...layout,
    // What is learnt stands in brackets.
    samples: layout.samples.map(({ text, spans }) => {
      let [marked, at] = ["", 0];
      for (const { start, end } of spans) {
        marked += `${text.slice(at, start)}⟦${text.slice(start, end)}⟧`;
        at = end;
      }
      return marked + text.slice(at);
    }),
  };
}

const user = (content: string): ExampleMessage => ({ role: "user", content });
const assistant = (content: string, more: Partial<ExampleMessage> = {}): ExampleMessage => ({
  role: "assistant",
  content,
  ...more,
});
const start = "<|im_start|>";

test("answers and their ends are learnt, headers, questions and the line end behind are not", () => {
  expect(laidOut(CHATML_TEMPLATE, [user("a"), assistant("b"), user("c"), assistant("d\n")])).toMatchObject({
    samples: [
      `${start}user\na<|im_end|>\n${start}assistant\n⟦b<|im_end|>⟧\n${start}user\nc<|im_end|>\n${start}assistant\n⟦d\n<|im_end|>⟧\n`,
    ],
    ends: ["<|im_end|>", "<|im_end|>"],
    repairs: [],
  });
});

test("an answer without weight is read and not learnt", () => {
  expect(
    laidOut(CHATML_TEMPLATE, [
      user("a"),
      assistant("b", { weight: 0 }),
      user("c"),
      assistant("d", { weight: 2 }),
    ]),
  ).toMatchObject({
    samples: [
      `${start}user\na<|im_end|>\n${start}assistant\nb<|im_end|>\n${start}user\nc<|im_end|>\n${start}assistant\n⟦d<|im_end|>⟧\n`,
    ],
  });
});

test("thoughts go into the text where the template knows none", () => {
  expect(laidOut(CHATML_TEMPLATE, [user("a"), assistant("b", { thought: "hm" })])).toMatchObject({
    samples: [`${start}user\na<|im_end|>\n${start}assistant\n⟦<think>\nhm\n</think>\n\nb<|im_end|>⟧\n`],
    repairs: ["thoughts-in-text"],
  });
});

test("a template that ends no turn is noticed, one that leaves the answer out refused", () => {
  const plain =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
  expect(laidOut(plain, [user("a"), assistant("b")])).toMatchObject({
    samples: ["user: a\nassistant: ⟦b⟧\n"],
    ends: [undefined],
  });
  expect(laidOut("{% for m in messages %}{{ m.role }}\n{% endfor %}", [user("a"), assistant("b")])).toBe(
    "template-hides-answer",
  );
  expect(laidOut("{{ raise_exception('no') }}", [user("a"), assistant("b")])).toBe("template-refuses");
});

test("an answer that is laid out otherwise than it is opened begins where its text does", () => {
  const opens =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<assistant><think>{% endif %}";
  expect(laidOut(opens, [user("a"), assistant("b")])).toMatchObject({
    samples: ["<user>a<|im_end|><assistant>⟦b<|im_end|>⟧"],
    otherOpenings: 1,
  });
});

test("a template that never ends stops the whole, named", () => {
  const endless = "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}";
  expect(() => new Layouter(new ChatTemplate("endless", endless, TOKENS), [])).toThrow(/endless/);
});

describe.skipIf(!HAS_SHARED_DATA)("published templates (skipped where ../shared/data is not there)", () => {
  test("Qwen3: what it drops from earlier turns is learnt where it stands, each answer once", () => {
    const thinking = [
      user("a"),
      assistant("b", { thought: "t1" }),
      user("c"),
      assistant("d", { thought: "t2" }),
    ];
    expect(laidOut(templateOf("qwen3-8b"), thinking)).toMatchObject({
      samples: [
        `${start}user\na<|im_end|>\n${start}assistant\n⟦<think>\nt1\n</think>\n\nb<|im_end|>⟧\n`,
        `${start}user\na<|im_end|>\n${start}assistant\nb<|im_end|>\n${start}user\nc<|im_end|>\n${start}assistant\n⟦<think>\nt2\n</think>\n\nd<|im_end|>⟧\n`,
      ],
      repairs: ["split-by-template"],
      thoughtless: 0,
      otherOpenings: 0,
    });
  });

  test("Qwen3: without a thought the empty block is in the prompt, as with thinking off, and not learnt", () => {
    expect(laidOut(templateOf("qwen3-8b"), [user("a"), assistant("b")])).toMatchObject({
      samples: [`${start}user\na<|im_end|>\n${start}assistant\n<think>\n\n</think>\n\n⟦b<|im_end|>⟧\n`],
      thoughtless: 1,
    });
  });

  test("Qwen2.5: calls and results of tools in one sample", () => {
    const call = { type: "function", function: { name: "f", arguments: { x: "1" } } } as const;
    const layout = laidOut(
      templateOf("qwen2.5-7b-instruct"),
      [user("a"), assistant("", { toolCalls: [call] }), { role: "tool", content: "r" }, assistant("b")],
      [{ type: "function", function: { name: "f" } }],
    );
    expect(layout).toMatchObject({ otherOpenings: 0, repairs: [] });
    const [sample, ...others] = typeof layout === "object" ? layout.samples : [];
    expect(others).toEqual([]);
    expect(sample).toContain(
      `${start}assistant\n⟦<tool_call>\n{"name": "f", "arguments": {"x": "1"}}\n</tool_call><|im_end|>⟧\n`,
    );
    expect(sample).toContain(
      `<tool_response>\nr\n</tool_response><|im_end|>\n${start}assistant\n⟦b<|im_end|>⟧`,
    );
  });

  test("Llama 3.2 trims, and ends with its own token", () => {
    const layout = laidOut(templateOf("llama-3.2-3b-instruct"), [user("a"), assistant(" b ")]);
    expect(layout).toMatchObject({ ends: ["<|eot_id|>"] });
    expect(typeof layout === "object" ? layout.samples[0] : "").toMatch(
      /<\|start_header_id\|>assistant<\|end_header_id\|>\n\n⟦b<\|eot_id\|>⟧$/,
    );
  });
});
