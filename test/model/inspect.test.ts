import { describe, expect, test } from "vitest";
import { BadFileError } from "../../src/errors.ts";
import { inspect } from "../../src/model/inspect.ts";
import { CHATML, ENDS_TURN, GOES_ON } from "../stage/facts.ts";
import {
  count,
  ggufBytes,
  temporaryFile,
  temporaryFolder,
  text,
  tinyModel,
  type Value,
} from "../support/gguf.ts";

const file = (name: string, keys: Record<string, Value>) => temporaryFile(name, ggufBytes(tinyModel(keys)));
const folder = (files: Record<string, unknown>) =>
  temporaryFolder(
    Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value)])),
  );

describe("a GGUF", () => {
  test("as this project records a base", async () => {
    const path = file("m.gguf", {
      "basewise.stage": text("base"),
      "basewise.counterpart": text("mini-instruct"),
      "tokenizer.chat_template": text(CHATML),
    });
    const inspection = await inspect(path);
    expect(inspection).toMatchObject({
      reference: path,
      path,
      stage: "base",
      status: "claimed",
      counterpart: "mini-instruct",
    });
    expect(inspection.uses.chat.fit).toBe("unsuited");
    expect(inspection.uses.complete.fit).toBe("suits");
    expect(inspection.stopTokens).toContainEqual({ by: "GGUF", tokens: [{ id: 3, text: "<|endoftext|>" }] });
    expect(inspection.stopTokens).toContainEqual({ by: "template", tokens: [{ id: 4, text: "<|im_end|>" }] });
  });

  test("with behaviour measured, whatever it is called", async () => {
    const path = file("Qwen2.5-1.5B-Instruct.gguf", {
      "tokenizer.ggml.eos_token_id": count(4),
      "tokenizer.chat_template": text(CHATML),
    });
    expect(await inspect(path)).toMatchObject({
      stage: "instruct",
      status: "claimed",
      counterpart: "Qwen/Qwen2.5-1.5B",
    });
    expect(await inspect(path, { behaviour: ENDS_TURN })).toMatchObject({
      stage: "instruct",
      status: "verified",
    });
    expect(await inspect(path, { behaviour: GOES_ON })).toMatchObject({ stage: "base", status: "verified" });
  });

  test("that pools is an embedding model", async () => {
    const path = file("m.gguf", { "qwen3.pooling_type": count(3) });
    expect(await inspect(path)).toMatchObject({ stage: "embedding" });
  });

  test("that ends in a score is a reranker, and its weights verify it", async () => {
    const parts = tinyModel(
      { "qwen3.pooling_type": count(4) },
      {
        tensors: [
          { name: "token_embd.weight", shape: [8, 5] },
          { name: "cls.output.weight", shape: [8, 2] },
        ],
      },
    );
    const path = temporaryFile("m.gguf", ggufBytes(parts));
    expect(await inspect(path)).toMatchObject({ stage: "reranker", status: "verified" });
  });

  test("that is an adapter is none of the stages", async () => {
    const path = file("m.gguf", { "general.type": text("adapter") });
    expect(await inspect(path)).toMatchObject({ stage: "other", kind: "adapter" });
  });
});

describe("a folder", () => {
  const decoder = {
    3: { content: "<|endoftext|>" },
    4: { content: "<|im_start|>" },
    5: { content: "<|im_end|>" },
  };
  const tokenizer = { chat_template: CHATML, eos_token: "<|im_end|>", added_tokens_decoder: decoder };
  const config = { model_type: "qwen2", architectures: ["Qwen2ForCausalLM"] };

  test("of a base whose tokenizer file says turn end: generation_config.json decides, and the disagreement is told", async () => {
    const inspection = await inspect(
      folder({
        "config.json": { ...config, eos_token_id: 3 },
        "generation_config.json": { eos_token_id: 3, do_sample: false, max_new_tokens: 2048 },
        "tokenizer_config.json": tokenizer,
      }),
    );
    expect(inspection).toMatchObject({ stage: "base", status: "claimed" });
    expect(inspection.warnings).toHaveLength(1);
    expect(inspection.stopDisagreements).toHaveLength(1);
  });

  test("of an instruct model", async () => {
    const inspection = await inspect(
      folder({
        "config.json": config,
        "generation_config.json": { eos_token_id: [5, 3], do_sample: true, temperature: 0.7 },
        "tokenizer_config.json": tokenizer,
      }),
    );
    expect(inspection.stage).toBe("instruct");
    expect(inspection.stopTokens[0]).toEqual({
      by: "generation config",
      tokens: [
        { id: 5, text: "<|im_end|>" },
        { id: 3, text: "<|endoftext|>" },
      ],
    });
  });

  test("of a sentence encoder, a vision model, a classifier", async () => {
    const bert = { model_type: "bert", architectures: ["BertModel"] };
    expect(await inspect(folder({ "config.json": bert, "modules.json": {} }))).toMatchObject({
      stage: "embedding",
    });
    const vision = { model_type: "x", architectures: ["XForConditionalGeneration"], vision_config: {} };
    expect(await inspect(folder({ "config.json": vision }))).toMatchObject({ stage: "other" });
    const classifier = {
      architectures: ["XForSequenceClassification"],
      id2label: { 0: "a", 1: "b", 2: "c" },
    };
    expect(await inspect(folder({ "config.json": classifier }))).toMatchObject({
      stage: "other",
      kind: "classifier",
    });
  });

  test("that tells nothing is unknown", async () => {
    expect(await inspect(folder({ "config.json": {} }))).toMatchObject({
      status: "unknown",
      stage: null,
      counterpart: null,
      evidence: [],
    });
  });

  test.each([
    ["not JSON", "{"],
    ["a list", "[]"],
    ["too large", " ".repeat(17 * 2 ** 20)],
  ])("with a config.json that is %s is refused, naming the file", async (_, content) => {
    const path = temporaryFolder({ "config.json": content });
    await expect(inspect(path)).rejects.toThrow(BadFileError);
    await expect(inspect(path)).rejects.toThrow(/config\.json/);
  });

  test("whose fields are of the wrong kinds is read without them", async () => {
    const odd = {
      model_type: 7,
      architectures: "x",
      eos_token_id: {},
      id2label: [],
      text_config: [],
      vocab_size: "1",
    };
    const inspection = await inspect(
      folder({
        "config.json": odd,
        "generation_config.json": { eos_token_id: ["a"], do_sample: 1 },
        "tokenizer_config.json": {
          chat_template: 5,
          eos_token: [],
          added_tokens_decoder: [],
          additional_special_tokens: {},
        },
      }),
    );
    expect(inspection.status).toBe("unknown");
  });
});
