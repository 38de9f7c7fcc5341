import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ConvertOptions, convert } from "../../src/convert/convert.ts";
import { BasewiseError } from "../../src/errors.ts";
import { readSafetensorsHeader } from "../../src/formats/safetensors/header.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { safetensorsBytes } from "../support/safetensors.ts";
import { folderOfModel, type ModelName } from "./models.ts";

/** A copy of a tiny model that may be changed. */
function copyOf(name: ModelName, change: (folder: string) => void = () => {}): string {
  const folder = join(temporaryFolder(), name);
  cpSync(folderOfModel(name), folder, { recursive: true });
  change(folder);
  return folder;
}

/** Changes one of the JSON files of a folder; `undefined` takes a field away. */
function edited(folder: string, file: string, fields: Readonly<Record<string, unknown>>): void {
  const path = join(folder, file);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...fields }));
}

const config = (fields: Readonly<Record<string, unknown>>) => (folder: string) =>
  edited(folder, "config.json", fields);
const without = (file: string) => (folder: string) => rmSync(join(folder, file));

async function refusal(folder: string, options: ConvertOptions = {}): Promise<BasewiseError> {
  const output = options.output ?? join(temporaryFolder(), "out.gguf");
  const error = await convert(folder, { output, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BasewiseError)) throw error ?? new Error("it was not refused");
  expect(error.text.zh).toMatch(/[\u4e00-\u9fff]{4}/);
  expect(readdirSync(join(output, "..")).filter((name) => /\.part$/.test(name))).toEqual([]);
  return error;
}

describe("is refused with one clear sentence", () => {
  test.each<[string, ModelName, (folder: string) => void, RegExp, number]>([
    ["no config", "tiny-llama3", without("config.json"), /has no config\.json, which a conversion needs/, 2],
    [
      "no tokenizer",
      "tiny-llama3",
      without("tokenizer.json"),
      /has no tokenizer\.json and no tokenizer\.model/,
      2,
    ],
    ["no weights", "tiny-llama3", without("model.safetensors"), /There are no weights in/, 4],
    [
      "a missing part",
      "tiny-qwen3-instruct",
      without("model-00002-of-00003.safetensors"),
      /model-00002-of-00003\.safetensors is missing, one of 3 files/,
      4,
    ],
    [
      "weights cut short",
      "tiny-llama3",
      (folder) => truncateSync(join(folder, "model.safetensors"), 50_000),
      /is cut short/,
      2,
    ],
    [
      "another architecture",
      "tiny-llama3",
      config({ architectures: ["GemmaForCausalLM"], model_type: "gemma" }),
      /GemmaForCausalLM is not supported \(only text models of qwen2, qwen3, llama\)/,
      2,
    ],
    [
      "a classifier",
      "tiny-qwen2-base",
      config({ architectures: ["Qwen2ForSequenceClassification"] }),
      /Qwen2ForSequenceClassification is not supported/,
      2,
    ],
    [
      "experts",
      "tiny-qwen3-instruct",
      config({ architectures: ["Qwen3MoeForCausalLM"], model_type: "qwen3_moe", num_experts: 8 }),
      /Qwen3MoeForCausalLM is a mixture of experts/,
      2,
    ],
    [
      "quantised weights",
      "tiny-qwen2-base",
      config({ quantization_config: { quant_method: "awq" } }),
      /already quantised; take the model they were made from/,
      2,
    ],
    [
      "another scaling of positions",
      "tiny-qwen2-base",
      config({ rope_parameters: { rope_type: "longrope", rope_theta: 1e6 } }),
      /positions are scaled by "longrope"/,
      2,
    ],
    [
      "Llama 3's scaling in another architecture",
      "tiny-qwen2-base",
      config({ rope_scaling: { type: "llama3", factor: 8 }, rope_parameters: null }),
      /positions are scaled by "llama3", which is not supported for qwen2/,
      2,
    ],
    [
      "another activation",
      "tiny-llama3",
      config({ hidden_act: "gelu" }),
      /activation gelu instead of silu/,
      2,
    ],
    [
      "no layers",
      "tiny-llama3",
      config({ num_hidden_layers: undefined }),
      /does not say num_hidden_layers/,
      2,
    ],
    ["negative heads", "tiny-llama3", config({ num_attention_heads: -4 }), /num_attention_heads is -4/, 2],
    [
      "heads that do not divide",
      "tiny-llama3",
      config({ num_key_value_heads: 3 }),
      /contradicts itself \(2 layers, 4 heads, 3 key-value heads of 16\)/,
      2,
    ],
    [
      "one layer more than there is",
      "tiny-llama3",
      config({ num_hidden_layers: 3 }),
      /the tensor model\.layers\.2\.input_layernorm\.weight is missing/,
      2,
    ],
    [
      "one layer fewer",
      "tiny-llama3",
      config({ num_hidden_layers: 1 }),
      /tensor model\.layers\.1\.\S+ has no place in the architecture llama/,
      2,
    ],
    [
      "another width",
      "tiny-llama3",
      config({ intermediate_size: 65 }),
      /mlp\.\w+\.weight is \d+ × \d+, and config\.json asks for/,
      2,
    ],
    [
      "a smaller vocabulary than the tokenizer's",
      "tiny-llama2",
      (folder) => {
        const path = join(folder, "tokenizer.json");
        const file = JSON.parse(readFileSync(path, "utf8"));
        file.added_tokens.push({ id: 5000, content: "<more>", special: true });
        writeFileSync(path, JSON.stringify(file));
      },
      /tokenizer has 5001 tokens, and the embedding only \d+ rows/,
      2,
    ],
    [
      "weights in eight bits",
      "tiny-llama2",
      (folder) => {
        const data = new Uint8Array(64);
        writeFileSync(
          join(folder, "model.safetensors"),
          safetensorsBytes({ "model.embed_tokens.weight": { dtype: "I8", shape: [64], data } }),
        );
      },
      /is missing from its weights/,
      2,
    ],
    [
      "a tokenizer of another kind",
      "tiny-llama2",
      (folder) => edited(folder, "tokenizer.json", { model: { type: "Unigram", vocab: [] } }),
      /is a Unigram tokenizer, and only BPE is supported/,
      2,
    ],
    [
      "an unknown way to cut text",
      "tiny-llama3",
      (folder) =>
        edited(folder, "tokenizer.json", { pre_tokenizer: { type: "ByteLevel", add_prefix_space: true } }),
      /cuts text in a way that is not known \(pre_tokenizer\)/,
      2,
    ],
    [
      "an unknown normalizer",
      "tiny-llama3",
      (folder) => edited(folder, "tokenizer.json", { normalizer: { type: "Lowercase" } }),
      /cuts text in a way that is not known \(normalizer\)/,
      2,
    ],
    [
      "merges that are no scores",
      "tiny-llama2",
      (folder) => {
        const { model } = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
        edited(folder, "tokenizer.json", { model: { ...model, merges: model.merges.slice(0, -1) } });
      },
      /merges of its tokenizer do not follow from scores/,
      2,
    ],
  ])("%s", async (_, name, change, message, exitCode) => {
    const error = await refusal(copyOf(name, change));
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(exitCode);
  });

  test("a folder that is not there", async () => {
    expect((await refusal(join(temporaryFolder(), "absent"))).exitCode).toBe(4);
  });

  test("a file in place of a folder", async () => {
    const error = await refusal(join(folderOfModel("tiny-llama3"), "config.json"));
    expect(error.message).toMatch(/is one file\. Give the folder/);
  });

  test("an output that exists, unless it is to be replaced", async () => {
    const output = join(temporaryFolder({ "out.gguf": "mine" }), "out.gguf");
    const folder = folderOfModel("tiny-llama3");
    expect((await refusal(folder, { output })).message).toMatch(/exists already\. Choose another name/);
    expect(readFileSync(output, "utf8")).toBe("mine");
    await convert(folder, { output, force: true });
    expect(readFileSync(output).subarray(0, 4).toString()).toBe("GGUF");
  });

  test("a place that cannot be written", async () => {
    const place = temporaryFolder({ file: "" });
    for (const [name, why] of [
      ["file", /could not be written \(\S+ is not a folder\); choose/],
      ["absent", /could not be written \(the folder \S+absent does not exist\); make it/],
    ] as const) {
      const output = join(place, name, "out.gguf");
      const error = await convert(folderOfModel("tiny-llama3"), { output }).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ name: "BadFileError", exitCode: 2, message: expect.stringMatching(why) });
    }
  });

  test("a weight that f16 cannot hold", async () => {
    const folder = copyOf("tiny-llama2");
    const file = join(folder, "model.safetensors");
    const { tensors } = await readSafetensorsHeader(file);
    const bytes = readFileSync(file);
    const at = tensors.get("model.layers.1.mlp.up_proj.weight")?.offset ?? 0;
    bytes.writeUInt16LE(0x7f00, at); // 1.7e38 in bf16
    writeFileSync(file, bytes);
    expect((await refusal(folder, { type: "f16" })).message).toMatch(
      /too large for f16; convert with --type/,
    );
    await convert(folder, { type: "bf16", output: join(temporaryFolder(), "out.gguf") });
  });
});

test("stopped halfway, nothing is left", async () => {
  const folder = temporaryFolder();
  const stopping = new AbortController();
  const stopped = convert(folderOfModel("tiny-llama3"), {
    output: join(folder, "out.gguf"),
    signal: stopping.signal,
    progress: (written, total) => {
      if (written > total / 2) stopping.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  expect(readdirSync(folder)).toEqual([]);
});
