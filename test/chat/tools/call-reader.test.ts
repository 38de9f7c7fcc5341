import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ThoughtReader } from "../../../src/chat/thoughts.ts";
import { CALL_FORMATS } from "../../../src/chat/tools/formats.ts";
import { judgeCall } from "../../../src/chat/tools/judge.ts";
import { checkTools } from "../../../src/chat/tools/tool.ts";
import { ToolReader } from "../../../src/chat/tools/tool-reader.ts";

const TOOLS = checkTools([
  {
    name: "weather",
    description: "The weather of a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" }, units: { type: "array" } },
      required: ["city"],
    },
  },
  { name: "now", parameters: { type: "object", properties: {} } },
]);

function read(pieces: readonly string[]) {
  const reader = new ToolReader(new ThoughtReader(), TOOLS);
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const streamed = parts.flatMap((part) => (part.channel === "text" ? [part.text] : [])).join("");
  expect(streamed).toBe(reader.text);
  const calls = reader.calls.map(({ name, arguments: given }) => [name, given]);
  return { text: reader.text, thinking: reader.thinking, calls };
}

const OSLO = ["weather", { city: "Oslo" }];
const DAYS = ["weather", { city: "Oslo", days: 2 }];
const BOTH = [OSLO, ["weather", { city: "Rome" }]];

describe("a call of a tool is read as its family writes it", () => {
  test.each([
    ["Hermes, Qwen", '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>', [OSLO]],
    [
      "two of them",
      '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>\n<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>\n',
      BOTH,
    ],
    [
      "Qwen3-Coder, Qwen3.5",
      "<tool_call>\n<function=weather>\n<parameter=city>\nOslo\n</parameter>\n<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>",
      [DAYS],
    ],
    [
      "Qwen3-Coder without its outer tag",
      "<function=weather>\n<parameter=city>\nOslo\n</parameter>\n</function>",
      [OSLO],
    ],
    ["Llama 3.1's own functions", '<function=weather>{"city": "Oslo"}</function>', [OSLO]],
    [
      "GLM-4.5",
      "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
      [OSLO],
    ],
    ["Llama 3.2", '{"name": "weather", "parameters": {"city": "Oslo"}}', [OSLO]],
    [
      "Llama 3.1, several",
      '<|python_tag|>{"name": "weather", "parameters": {"city": "Oslo"}}; {"name": "weather", "parameters": {"city": "Rome"}}',
      BOTH,
    ],
    [
      "Llama 3.1, OpenAI's form",
      '{"type": "function", "function": {"name": "weather", "parameters": {"city": "Oslo"}}}',
      [OSLO],
    ],
    ["Llama 3.2 and 4, as Python", "[weather(city='Oslo'), weather(city=\"Rome\")]", BOTH],
    ["LFM2", '<|tool_call_start|>[weather(city="Oslo", days=2)]<|tool_call_end|>', [DAYS]],
    [
      "Mistral",
      '[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Oslo"}, "id": "abcdefghi"}]',
      [OSLO],
    ],
    [
      "Mistral 11",
      '[TOOL_CALLS]weather[ARGS]{"city": "Oslo"}[TOOL_CALLS]weather[CALL_ID]abcdefghi[ARGS]{"city": "Rome"}',
      BOTH,
    ],
    [
      "DeepSeek R1",
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{"city": "Oslo"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
      [OSLO],
    ],
    [
      "DeepSeek V3.1",
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Oslo"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Rome"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
      BOTH,
    ],
    [
      "Kimi K2",
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{"city": "Oslo"}<|tool_call_end|><|tool_calls_section_end|>',
      [OSLO],
    ],
    ["Gemma 4", '<|tool_call>call:weather{city:<|"|>Oslo<|"|>,days:2}<tool_call|>', [DAYS]],
    ["Granite 3", '<|tool_call|>[{"name": "weather", "arguments": {"city": "Oslo"}}]', [OSLO]],
    ["Phi-4 mini", '<|tool_call|>[{"name": "weather", "arguments": {"city": "Oslo"}}]<|/tool_call|>', [OSLO]],
    [
      "Command A",
      '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "weather", "parameters": {"city": "Oslo"}}]<|END_ACTION|>',
      [OSLO],
    ],
    [
      "arguments as text",
      '<tool_call>{"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\"}"}</tool_call>',
      [OSLO],
    ],
    [
      "its mark inside an argument",
      '<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>"}}</tool_call>',
      [["weather", { city: "</tool_call>" }]],
    ],
  ])("%s", (_, whole, calls) => {
    const expected = { text: "", thinking: null, calls };
    expect(read([whole])).toEqual(expected);
    expect(read([...whole])).toEqual(expected);
    const isBare = /^[[{]/.test(whole) && !whole.startsWith("[TOOL_CALLS]");
    if (!isBare) expect(read([`I look. \n\n${whole}`])).toEqual({ ...expected, text: "I look." });
    expect(read([`<think>\nHm, <tool_call>?\n</think>\n\n${whole}`])).toEqual({
      ...expected,
      thinking: "Hm, <tool_call>?",
    });
  });

  test.each([
    'A list: [1, 2] and {"name": 3}.',
    '{"answer": 42}',
    '{"name": "weather"}',
    "[weather] is a word.",
    "a < b, [TOOL and <tool",
    "  ",
    "",
  ])("and nothing else is: %j", (text) => {
    expect(read([text])).toEqual({ text, thinking: null, calls: [] });
    expect(read([...text])).toEqual({ text, thinking: null, calls: [] });
  });

  test("however it is cut, and nothing of it leaks", () => {
    const words = fc.array(
      fc.constantFrom(
        ...CALL_FORMATS.flatMap(({ open, close = "" }) => [open, close]),
        '{"name": "weather", "arguments": {"city": "Oslo"}}',
        "call:now{}",
        "now()",
        "<function=now>",
        "</tool",
        " ",
        "\n",
        "a",
      ),
      { maxLength: 7 },
    );
    fc.assert(
      fc.property(words, fc.array(fc.nat(30), { maxLength: 8 }), (said, cuts) => {
        const whole = said.join("");
        const atOnce = read([whole]);
        expect(read([...whole])).toEqual(atOnce);
        const pieces: string[] = [];
        let rest = whole;
        for (const cut of cuts) {
          pieces.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        expect(read([...pieces, rest])).toEqual(atOnce);
        for (const { open } of CALL_FORMATS) expect(atOnce.text).not.toContain(open);
      }),
    );
  });
});

describe("what was called", () => {
  const judged = (text: string) => {
    const reader = new ToolReader(new ThoughtReader(), TOOLS);
    reader.push(text);
    reader.end();
    return reader.calls.map((call) => judgeCall(call, TOOLS));
  };

  test("is ready where its tool is known and its arguments fit, with an id of nine letters and digits", () => {
    const [call, bare] = judged(
      '<tool_call>{"name": "weather", "arguments": {"city": "Oslo", "days": 2}}</tool_call><tool_call>{"name": "now"}</tool_call>',
    );
    expect(call).toEqual({
      status: "ready",
      id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/),
      name: "weather",
      arguments: { city: "Oslo", days: 2 },
    });
    expect(bare).toMatchObject({ status: "ready", name: "now", arguments: {} });
  });

  test.each([
    ['{"name": "storm", "arguments": {}}', "unknown tool", /no tool storm; there are weather, now/],
    ['{"name": "weather", "arguments": {}}', "malformed arguments", /weather do not fit its schema: city/],
    ['{"name": "weather", "arguments": {"city": 3}}', "malformed arguments", /city/],
    ['{"name": "weather", "arguments": [1]}', "malformed arguments", /no object/],
    ['{"name": "weather", "arguments": {"city": "Os', "unreadable", /cannot be read/],
    ["Oslo!", "unknown tool", /no tool Oslo!/],
    ["", "unreadable", /cannot be read/],
    [`${'{"a":'.repeat(9000)}1`, "unreadable", /cannot be read/],
  ])("is unusable otherwise, and says why: %.40s", (body, kind, problem) => {
    const [call] = judged(`<tool_call>${body}</tool_call>`);
    expect(call).toMatchObject({ status: "unusable", kind, problem: { en: expect.stringMatching(problem) } });
  });

  test("of Gemma or Python may nest, up to a limit", () => {
    expect(
      judged('<|tool_call>call:weather{city:<|"|>a,}<|"|>,units:[1,{x:[true,null]}]}<tool_call|>'),
    ).toMatchObject([{ status: "ready", arguments: { city: "a,}", units: [1, { x: [true, null] }] } }]);
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect(judged(`<|tool_call>call:weather{units:${deep}}<tool_call|>`)).toMatchObject([
      { kind: "unreadable" },
    ]);
  });
});

describe("tools", () => {
  test("are functions, alone or as OpenAI has them", () => {
    const tool = { type: "function", function: { name: "now", description: "Time." } };
    expect(checkTools([tool, { name: "later" }])).toEqual([
      tool,
      { type: "function", function: { name: "later" } },
    ]);
  });

  test.each([[[]], [{}], [[{ name: "a b" }]], [[{ name: "<|im_end|>" }]], [[{ name: "a" }, { name: "a" }]]])(
    "that cannot be are refused: %j",
    (value) => expect(() => checkTools(value)).toThrow(expect.objectContaining({ exitCode: 2 })),
  );
});
