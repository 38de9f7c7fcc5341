import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import { readOutput, readPrompt } from "../../src/doctor/output.ts";
import { readTrainingConfig } from "../../src/doctor/training-config.ts";
import { readTrainingData } from "../../src/doctor/training-data.ts";
import { readTranscript } from "../../src/doctor/transcript.ts";
import { BasewiseError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { file, response } from "./models.ts";

describe("a transcript", () => {
  const turns = async (name: string, content: unknown) =>
    (await readTranscript(file(name, content))).conversation.turns.map(({ role, content: said }) => [
      role,
      said,
    ]);
  const expected = [
    ["user", "Hi"],
    ["assistant", "Yes?"],
  ];
  const messages = expected.map(([role, content]) => ({ role, content }));

  test.each<[string, string, unknown]>([
    ["messages", "t.json", messages],
    ["messages as JSONL", "t.jsonl", messages.map((one) => JSON.stringify(one)).join("\n")],
    [
      "a data set's first row",
      "t.jsonl",
      [{ messages }, { messages: [] }].map((one) => JSON.stringify(one)).join("\n"),
    ],
    [
      "ShareGPT",
      "t.json",
      [
        {
          id: "1",
          conversations: [
            { from: "human", value: "Hi" },
            { from: "gpt", value: "Yes?" },
          ],
        },
      ],
    ],
    [
      "a request and its response",
      "t.json",
      { request: { messages: messages.slice(0, 1) }, response: { choices: [{ message: messages[1] }] } },
    ],
    [
      "Ollama's response beside the request",
      "t.json",
      {
        request: { messages: messages.slice(0, 1) },
        response: { message: messages[1], done_reason: "stop" },
      },
    ],
    ["content parts", "t.json", [{ role: "user", content: [{ type: "text", text: "Hi" }] }, messages[1]]],
    ["ChatML", "t.txt", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"],
    ["ChatML that breaks off", "t.txt", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?"],
    [
      "Llama 3",
      "t.txt",
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes?<|eot_id|>",
    ],
    ["speakers' names", "t.txt", "User: Hi\nAssistant: Yes?\n"],
    ["speakers' names in Chinese", "t.txt", "用户：Hi\n助手：Yes?\n"],
  ])("as %s", async (_, name, content) => {
    expect(await turns(name, content)).toEqual(expected);
  });

  test("keeps what the request and the response say of themselves", async () => {
    const { conversation, reply } = await readTranscript(
      file("t.json", {
        request: { messages, temperature: 0, chat_template_kwargs: { enable_thinking: false } },
        response: {
          choices: [
            {
              message: { role: "assistant", content: null, reasoning_content: "hm" },
              finish_reason: "length",
            },
          ],
          usage: { prompt_tokens: 7 },
        },
      }),
    );
    expect(conversation).toMatchObject({ temperature: 0, thinking: false });
    expect(reply).toMatchObject({
      text: "",
      isNull: true,
      thoughts: "hm",
      finish: "length",
      promptTokens: 7,
    });
  });
});

describe("an output", () => {
  test.each<[string, unknown, object]>([
    ["a text", "Hello", { text: "Hello", finish: undefined }],
    [
      "an OpenAI completion",
      { choices: [{ text: " Paris", finish_reason: "stop" }] },
      { text: " Paris", finish: "stop" },
    ],
    [
      "Ollama's generate",
      { response: "Hi", done_reason: "length", prompt_eval_count: 3 },
      { text: "Hi", finish: "length", promptTokens: 3 },
    ],
    ["token ids", [1, 2, 3], { ids: [1, 2, 3], text: "" }],
    ["OpenAI vectors", { data: [{ embedding: [0.5, 1.5] }] }, { vectors: [[0.5, 1.5]] }],
    ["Ollama vectors", { embeddings: [[0.5, 1.5]] }, { vectors: [[0.5, 1.5]] }],
    ["scores", { results: [{ index: 0, relevance_score: 0.5 }] }, { scores: [0.5] }],
    ["an error object, as text", { error: "no" }, { text: '{"error":"no"}' }],
  ])("as %s", async (_, content, expected) => {
    expect(await readOutput(file("o", content))).toMatchObject(expected);
  });
});

describe("a prompt", () => {
  test.each<[string, unknown, object]>([
    ["a text, unchanged", "<s> Hi \n", { text: "<s> Hi \n" }],
    ["ids as JSON", [1, 2, 3], { ids: [1, 2, 3] }],
    ["ids in a line", "1, 2, 3\n", { ids: [1, 2, 3] }],
    ["a number, which is a text", "42", { text: "42" }],
    ["what /apply-template answers", { prompt: "<s>Hi" }, { text: "<s>Hi" }],
    ["what a tokenizer answers", { input_ids: [1, 2] }, { ids: [1, 2] }],
  ])("as %s", async (_, content, expected) => {
    expect(await readPrompt(file("p", content))).toMatchObject(expected);
  });
});

describe("a training configuration", () => {
  test.each<[string, string, object]>([
    [
      "LLaMA-Factory",
      "model_name_or_path: Qwen/Qwen3-4B-Base\nstage: sft\nfinetuning_type: lora\nlora_target: all\ntemplate: qwen3_nothink\nadditional_target: embed_tokens,lm_head\n",
      {
        tool: "LLaMA-Factory",
        kind: "sft",
        isLora: true,
        template: { name: "qwen3_nothink", field: "template" },
        saved: ["embed_tokens", "lm_head"],
      },
    ],
    [
      "axolotl",
      "base_model: NousResearch/Meta-Llama-3-8B\nadapter: qlora\nchat_template: llama3\ndatasets:\n  - path: x\n    type: chat_template\nspecial_tokens:\n  pad_token: <|end_of_text|>\nlora_modules_to_save: [embed_tokens]\n",
      { tool: "axolotl", kind: "sft", isLora: true, padToken: "<|end_of_text|>", saved: ["embed_tokens"] },
    ],
    [
      "TRL",
      '{"model_name_or_path": "Qwen/Qwen2.5-0.5B", "use_peft": true, "lora_modules_to_save": ["lm_head"], "pad_token": "<|endoftext|>", "dataset_text_field": "text"}',
      { tool: "TRL", kind: "sft", isLora: true, saved: ["lm_head"], isPlainText: true },
    ],
    [
      "basewise",
      "kind: sft\nname: x\nfrom: base.gguf\nsteps: 10\noptimizer: {learningRate: 1, warmupSteps: 1}\n",
      { tool: "basewise", kind: "sft", model: "base.gguf", isLora: false },
    ],
  ])("of %s", async (_, content, expected) => {
    expect(await readTrainingConfig(file("c.yaml", content))).toMatchObject(expected);
  });

  test("of nothing known is refused", async () => {
    await expect(readTrainingConfig(file("c.yaml", "a: 1"))).rejects.toThrow(/no training configuration/);
    await expect(readTrainingConfig(file("c.yaml", "a: [1"))).rejects.toThrow(/no training configuration/);
    const aliases = `a: &a [x,x]\n${"bcdefghij"
      .split("")
      .map((name, at) => `${name}: &${name} [*${"abcdefghi"[at]},*${"abcdefghi"[at]},*${"abcdefghi"[at]}]`)
      .join("\n")}`;
    await expect(readTrainingConfig(file("c.yaml", aliases))).rejects.toThrow(/no training configuration/);
  });
});

test("training data are counted by what they teach", async () => {
  const path = file(
    "d.jsonl",
    [
      { input_ids: [5, 6, 2, 2, 2], labels: [5, 6, 2, -100, -100] },
      { input_ids: [5, 6, 2, 0, 0], labels: [5, 6, -100, -100, -100], attention_mask: [1, 1, 1, 0, 0] },
      { input_ids: [1, 1, 5, 6, 7], labels: [-100, -100, 5, 6, 7] },
      { messages: [{ role: "assistant", content: "<think>\n\n</think>\n\nYes" }] },
      { conversations: [{ from: "gpt", value: "<think>\nhm\n</think>\nYes" }] },
      { instruction: "x", output: "Yes" },
    ]
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  expect(await readTrainingData(path, undefined)).toMatchObject({
    rows: 6,
    prepared: 3,
    ended: 2,
    endLearnt: 1,
    doubleBos: 1,
    thoughts: 1,
    emptyThoughts: 1,
    noThoughts: 1,
  });
});

describe("bad files: one sentence that names the file", () => {
  const folder = temporaryFolder();
  const path = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const huge = (): string => {
    const at = path("huge.json", "x");
    truncateSync(at, 65 * 2 ** 20);
    return at;
  };
  const aFolder = (): string => {
    mkdirSync(join(folder, "a-folder"), { recursive: true });
    return join(folder, "a-folder");
  };

  test.each<[string, () => string, number, RegExp]>([
    ["missing", () => join(folder, "missing.json"), 4, /no file .*missing\.json/],
    ["huge", huge, 2, /huge\.json has \d+ bytes/],
    [
      "binary",
      () => path("binary.json", Buffer.from([0x89, 0x50, 0, 1, 2])),
      2,
      /binary\.json is not a text/,
    ],
    ["not UTF-8", () => path("latin.txt", Buffer.from([0x63, 0xe9, 0x20])), 2, /latin\.txt is not a text/],
    ["a folder", aFolder, 2, /a-folder is not a regular file/],
    ["no conversation", () => path("none.json", '{"a": 1}'), 2, /none\.json holds no conversation/],
    ["broken JSON", () => path("broken.json", '[{"role": "user"'), 2, /broken\.json holds no conversation/],
    ["empty", () => path("empty.txt", ""), 2, /empty\.txt holds no conversation/],
  ])("%s", async (_, make, exitCode, message) => {
    const failure = await examine({ transcript: make() }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BasewiseError);
    expect(failure).toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });

  test("nothing brought is bad usage", async () => {
    await expect(examine({})).rejects.toMatchObject({ exitCode: 2 });
    await expect(examine({ probe: true, parent: "x" })).rejects.toMatchObject({ exitCode: 2 });
  });

  test("deep JSON does not end the program", async () => {
    const lists = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    await expect(examine({ transcript: path("deep.json", lists) })).rejects.toMatchObject({ exitCode: 2 });
    const objects = `${'{"data":[{"request":'.repeat(50_000)}1${"}]}".repeat(50_000)}`;
    await expect(examine({ transcript: path("deep.json", objects) })).rejects.toMatchObject({ exitCode: 2 });
    expect(await examine({ output: path("deep.json", objects) })).toMatchObject({ healthy: true });
  });

  test.each([
    ["line breaks", "\n"],
    ["openers of turns", "<|im_start|>user\n"],
    ["ends of turns", "<|im_end|> "],
    ["choices", "A. x\nB. y\n"],
    ["one long word", "1"],
    ["thoughts", "<think>"],
  ])("a megabyte of %s is read in time that grows with it alone", async (_, piece) => {
    const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
    const brought = { output: path("long.txt", `a${text}`), prompt: path("prompt.txt", `a${text}`) };
    expect((await examine(brought)).lookedAt).toEqual(["output", "prompt"]);
    await examine({ ...brought, transcript: path("t.txt", `User: a\nAssistant: ${text}`) });
  });
});

test("whatever the texts are, the doctor gives findings or one error of its own", async () => {
  const value = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.json({ maxDepth: 4 }),
    fc.string({
      unit: fc.constantFrom(
        "<think>",
        "</think>",
        "<|im_end|>",
        "<|im_start|>",
        "user\n",
        "a. ",
        "\n",
        "User: ",
        "1,",
      ),
    }),
  );
  const folder = temporaryFolder();
  await fc.assert(
    fc.asyncProperty(value, value, async (said, came) => {
      const brought = { transcript: join(folder, "t"), output: join(folder, "o"), prompt: join(folder, "p") };
      writeFileSync(brought.transcript, said);
      writeFileSync(brought.output, came);
      writeFileSync(brought.prompt, said);
      try {
        const { findings } = await examine(brought);
        for (const { seen } of findings) expect(seen.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(BasewiseError);
      }
    }),
    { numRuns: 300 },
  );
});

test("an output that is a response is read like a transcript's", async () => {
  expect(await readOutput(response({ content: "Hi" }))).toMatchObject({
    text: "Hi",
    finish: "stop",
    promptTokens: 20,
  });
});
