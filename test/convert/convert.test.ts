import { readdirSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkTools } from "../../src/chat/tools/tool.ts";
import { convert } from "../../src/convert/convert.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { requireLoadable } from "../../src/formats/gguf/loadable.ts";
import { inspect } from "../../src/model/inspect.ts";
import { open } from "../../src/model/open.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { folderOfModel, goldenLogits, goldenTexts, MODELS } from "./models.ts";
import { encodeWithAdded } from "./tokenize.ts";

const output = (name: string): string => join(temporaryFolder(), `${name}.gguf`);

/** The largest difference of two lists of logits, as a share of the spread of the first. */
function difference(a: Float32Array, b: Float32Array): number {
  const spread = Math.max(...a) - Math.min(...a);
  return Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? Number.NaN)))) / spread;
}

describe.each(MODELS)("%s", (name) => {
  const engines = new Map<string, Promise<LlamaEngine>>();
  const engineOf = (type: "f32" | "f16" | "bf16" | "q8_0"): Promise<LlamaEngine> => {
    const engine =
      engines.get(type) ??
      convert(folderOfModel(name), { output: output(name), type }).then(({ path }) => LlamaEngine.load(path));
    engines.set(type, engine);
    return engine;
  };
  afterAll(async () => {
    for (const engine of engines.values()) await (await engine)[Symbol.asyncDispose]();
  });

  // libllama keeps keys and values in f16 and rounds activations to the type of the weights: measured were differences
  // up to 0.003 (f32, f16), 0.01 (bf16) and 0.022 (q8_0) of the spread. A wrong layout makes a tenth and more.
  test.each([
    ["f32", 6e-3],
    ["f16", 6e-3],
    ["bf16", 2e-2],
    ["q8_0", 4e-2],
  ] as const)("as %s gives the logits of transformers within %s of their spread", async (type, tolerance) => {
    const { ids, positions, logits } = await goldenLogits(name);
    const found = await (await engineOf(type)).logits(ids, positions);
    const worst = logits.map((golden, at) => difference(golden, found[at] ?? new Float32Array()));
    expect(Math.max(...worst)).toBeLessThan(tolerance);
    expect(Math.max(...worst)).toBeGreaterThan(0); // two computations, not one
  });

  test("gives the token ids of tokenizers", async () => {
    const engine = await engineOf("f32");
    for (const { text, ids } of goldenTexts(name)) {
      expect({ text, ids: await encodeWithAdded(engine, text) }).toEqual({ text, ids });
    }
  });

  test("is a file that our own reader takes, and keeps the type of the folder unless told", async () => {
    const { path, type, tensors, bytes } = await convert(folderOfModel(name), { output: output(name) });
    const header = await readGgufHeader(path);
    requireLoadable(header);
    expect(header.tensors).toHaveLength(tensors);
    expect(header.fileBytes).toBe(bytes);
    expect(header.name).toBe(name);
    const types = new Set(header.tensors.map((tensor) => tensor.type.toLowerCase()));
    expect(types).toEqual(new Set(["f32", type]));
    expect(readdirSync(join(path, ".."))).toEqual([basename(path)]);
  });
});

describe("what the folder says is carried over", () => {
  const converted = async (name: (typeof MODELS)[number]) => {
    const conversion = await convert(folderOfModel(name), { output: output(name) });
    const { metadata } = await readGgufHeader(conversion.path);
    return { ...conversion, metadata, number: (key: string) => metadata.number(key) };
  };

  test("of a base: its stage, its one end token, its template and no sampling", async () => {
    const { stage, isRecorded, metadata, number, path } = await converted("tiny-qwen2-base");
    expect({ stage, isRecorded }).toEqual({ stage: "base", isRecorded: true });
    expect(metadata.string("basewise.stage")).toBe("base");
    const end = number("tokenizer.ggml.eos_token_id") ?? -1;
    expect(metadata.stringAt("tokenizer.ggml.tokens", end)).toBe("<|endoftext|>");
    expect(number("tokenizer.ggml.eot_token_id")).toBeUndefined();
    expect(metadata.boolean("tokenizer.ggml.add_bos_token")).toBe(false);
    expect(metadata.string("tokenizer.chat_template")).toContain("<|im_start|>");
    expect(metadata.string("tokenizer.ggml.pre")).toBe("qwen2");
    expect(metadata.string("basewise.normalizer")).toBe("NFC");
    expect(metadata.keys().filter((key) => key.startsWith("general.sampling"))).toEqual([]);
    expect(await inspect(path)).toMatchObject({ stage: "base" });
  });

  test("of a model with a template for tools: both, and tools are laid out by theirs", async () => {
    const folder = join(temporaryFolder(), "with-tools");
    await cp(folderOfModel("tiny-qwen3-instruct"), folder, { recursive: true });
    await rm(join(folder, "chat_template.jinja"), { force: true });
    const settings = join(folder, "tokenizer_config.json");
    const templates = [
      { name: "default", template: "{% for m in messages %}{{ m.content }}{% endfor %}" },
      {
        name: "tool_use",
        template: "{{ tools | tojson }}{% for m in messages %}{{ m.content }}{% endfor %}",
      },
    ];
    const { chat_template: _, ...rest } = JSON.parse(await readFile(settings, "utf8"));
    await writeFile(settings, JSON.stringify({ ...rest, chat_template: templates }));
    const { path } = await convert(folder, { output: output("with-tools") });
    const { metadata } = await readGgufHeader(path);
    expect(metadata.string("tokenizer.chat_template")).toBe(templates[0]?.template);
    expect(metadata.string("tokenizer.chat_template.tool_use")).toBe(templates[1]?.template);
    await using model = await open(path, { for: "chat", force: true });
    const tools = checkTools([{ name: "weather" }]);
    const messages = [{ role: "user", content: "Hi" }] as const;
    const [plain = 0, withTools = 0] = [
      await model.countTokens(messages),
      await model.countTokens(messages, { tools }),
    ];
    expect(withTools).toBeGreaterThan(plain + 10);
  });

  test("of an instruct: both end tokens and the recommended sampling", async () => {
    const { stage, metadata, number } = await converted("tiny-qwen3-instruct");
    expect(stage).toBe("instruct");
    const texts = ["eos", "eot"].map((end) =>
      metadata.stringAt("tokenizer.ggml.tokens", number(`tokenizer.ggml.${end}_token_id`) ?? -1),
    );
    expect(texts).toEqual(["<|im_end|>", "<|endoftext|>"]);
    expect(number("general.sampling.temp")).toBeCloseTo(0.7);
    expect(number("general.sampling.top_k")).toBe(20);
    expect(number("general.sampling.top_p")).toBeCloseTo(0.8);
    expect(number("general.sampling.penalty_repeat")).toBeCloseTo(1.05);
    expect(number("qwen3.attention.key_length")).toBe(32);
  });

  test("of Llama 3: three end tokens, the beginning, and the frequencies", async () => {
    const { metadata, number, path } = await converted("tiny-llama3");
    const texts = ["bos", "eos", "eot", "eom"].map((end) =>
      metadata.stringAt("tokenizer.ggml.tokens", number(`tokenizer.ggml.${end}_token_id`) ?? -1),
    );
    expect(texts).toEqual(["<|begin_of_text|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"]);
    expect(metadata.boolean("tokenizer.ggml.add_bos_token")).toBe(true);
    expect(metadata.string("tokenizer.ggml.pre")).toBe("llama-bpe");
    const { tensors } = await readGgufHeader(path);
    expect(tensors.find((tensor) => tensor.name === "rope_freqs.weight")?.shape).toEqual([8]);
  });

  test("of a stretched context: its factor and the first context", async () => {
    const { metadata, number } = await converted("tiny-qwen2-yarn");
    expect(metadata.string("qwen2.rope.scaling.type")).toBe("yarn");
    expect(number("qwen2.rope.scaling.factor")).toBe(4);
    expect(number("qwen2.rope.scaling.original_context_length")).toBe(32);
  });
});
