import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { convert } from "../../src/convert/convert.ts";
import { LlamaEngine } from "../../src/engine/llama/llama-engine.ts";
import { parseSentencePiece } from "../../src/formats/tokenizer/sentencepiece-model.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { safetensorsBytes } from "../support/safetensors.ts";
import { encodeWithAdded } from "./tokenize.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/sentencepiece/", import.meta.url));
/** What SentencePiece itself gives: `test/oracle/sentencepiece_model.py`. */
const golden: Readonly<Record<string, readonly unknown[]>> = JSON.parse(
  readFileSync(`${FIXTURES}golden.json`, "utf8"),
);

/** A llama of one layer of zeros beside a tokenizer.model, without a tokenizer.json. */
function folderWith(model: string, settings: object = {}): string {
  const folder = temporaryFolder();
  const [hidden, rows] = [64, 430];
  const config = {
    architectures: ["LlamaForCausalLM"],
    vocab_size: rows,
    hidden_size: hidden,
    intermediate_size: hidden,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    bos_token_id: 1,
    eos_token_id: 2,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(settings));
  copyFileSync(`${FIXTURES}${model}.model`, join(folder, "tokenizer.model"));
  const layer = ["q", "k", "v", "o"].map((part) => `self_attn.${part}_proj`);
  const feedForward = ["gate", "up", "down"].map((part) => `mlp.${part}_proj`);
  const norms = ["input_layernorm", "post_attention_layernorm"].map((name) => `model.layers.0.${name}`);
  const shapes: [string, number[]][] = [
    ["model.embed_tokens", [rows, hidden]],
    ["lm_head", [rows, hidden]],
    ...[...norms, "model.norm"].map((name): [string, number[]] => [name, [hidden]]),
    ...[...layer, ...feedForward].map((name): [string, number[]] => [
      `model.layers.0.${name}`,
      [hidden, hidden],
    ]),
  ];
  const tensors = shapes.map(([name, shape]) => {
    const data = new Uint8Array(2 * shape.reduce((product, size) => product * size, 1));
    return [`${name}.weight`, { dtype: "BF16", shape, data }] as const;
  });
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(Object.fromEntries(tensors)));
  return folder;
}

const output = (): string => join(temporaryFolder(), "out.gguf");

describe("a folder with tokenizer.model and no tokenizer.json", () => {
  test.each(["llama", "bare"])("%s: gives the token ids of SentencePiece", async (name) => {
    const { path } = await convert(folderWith(name), { output: output() });
    await using engine = await LlamaEngine.load(path);
    const texts = golden[name] ?? [];
    expect(texts.length).toBeGreaterThan(10);
    for (const { text, ids } of texts as { text: string; ids: number[] }[]) {
      expect({ text, ids: await engine.tokenize(text) }).toEqual({ text, ids });
    }
    expect(engine.model.beginToken).toBe(1);
  });

  test("its added tokens are tokens of the file", async () => {
    const added = { "425": { content: "<|turn|>", special: true }, "426": { content: "<tool>" } };
    const { path } = await convert(folderWith("llama", { added_tokens_decoder: added }), {
      output: output(),
    });
    await using engine = await LlamaEngine.load(path);
    expect(await encodeWithAdded(engine, "<|turn|>")).toEqual([425]);
    expect(engine.model.addedTokens.get("<tool>")).toBe(426);
    expect(engine.model.controlTokens.has(425)).toBe(true);
  });

  test("is refused where it joins pieces in another way, rewrites text, or is no such file", async () => {
    await expect(convert(folderWith("unigram"), { output: output() })).rejects.toMatchObject({
      name: "UnconvertibleError",
      message: expect.stringMatching(/SentencePiece model joins by unigram/),
    });
    const folder = folderWith("llama");
    writeFileSync(join(folder, "tokenizer.model"), "version https://git-lfs.github.com/spec/v1\n");
    await expect(convert(folder, { output: output() })).rejects.toThrow(/no usable SentencePiece model/);
  });
});

describe("the reader of tokenizer.model", () => {
  const bytes = readFileSync(`${FIXTURES}llama.model`);

  test("reads the pieces that SentencePiece reads", () => {
    const { pieces, algorithm, fallsBackToBytes, addsSpace, rewritesText } = parseSentencePiece("m", bytes);
    expect(pieces.map(({ text }) => text)).toEqual(golden["llama pieces"]);
    expect({ algorithm, fallsBackToBytes, addsSpace, rewritesText }).toEqual({
      algorithm: "bpe",
      fallsBackToBytes: true,
      addsSpace: true,
      rewritesText: false,
    });
    expect(pieces.slice(0, 4).map(({ kind }) => kind)).toEqual(["unknown", "control", "control", "byte"]);
    expect(parseSentencePiece("m", readFileSync(`${FIXTURES}bare.model`)).addsSpace).toBe(false);
    expect(parseSentencePiece("m", readFileSync(`${FIXTURES}unigram.model`))).toMatchObject({
      algorithm: "unigram",
      rewritesText: true,
    });
  });

  test("refuses or reads it cut at any byte, and never worse", () => {
    for (let end = 0; end < bytes.length; end += 7) {
      try {
        parseSentencePiece("m", bytes.subarray(0, end));
      } catch (error) {
        expect(error).toMatchObject({ name: "BadFileError" });
      }
    }
  });
});
