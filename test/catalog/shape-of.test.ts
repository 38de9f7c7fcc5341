import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { shapeOfConfig } from "../../src/catalog/shape-of.ts";
import { LABELLED_FOLDER } from "../support/labelled.ts";

describe.skipIf(LABELLED_FOLDER === undefined)("the config.json of released models (labelled data)", () => {
  test.each([
    ["qwen2.5-0.5b-base", "Qwen/Qwen2.5-0.5B"],
    ["qwen2.5-7b-instruct", "Qwen/Qwen2.5-7B-Instruct"],
    ["qwen3-8b", "Qwen/Qwen3-8B"],
    ["qwen3-embedding-0.6b-config", "Qwen/Qwen3-Embedding-0.6B"],
    ["llama-3.2-3b-instruct", "meta-llama/Llama-3.2-3B-Instruct"],
    ["qwen3.5-9b-finetune", "Qwen/Qwen3.5-9B"],
    ["qwen3.8-27b-mtplx", "Qwen/Qwen3.8-27B"],
    ["qwen3.5-2b", "Qwen/Qwen3.5-0.8B"], // its label says that it is the smaller one
  ])("%s has the catalogue's shape", (slug, reference) => {
    const path = join(LABELLED_FOLDER ?? "", slug, "config.json");
    expect(existsSync(path)).toBe(true);
    const config: unknown = JSON.parse(readFileSync(path, "utf8"));
    expect(shapeOfConfig(config)).toEqual(CATALOGUE.find((one) => one.reference === reference)?.shape);
  });
});

test.each([
  ["another kind of model", { model_type: "whisper", num_hidden_layers: 4 }],
  ["a config without its numbers", { model_type: "qwen3" }],
  ["layers without end", { model_type: "llama", num_hidden_layers: 1e12, hidden_size: 8 }],
  ["text where numbers belong", { model_type: "llama", num_hidden_layers: "many" }],
  ["a list", []],
  ["nothing", null],
])("%s has no shape", (_, config) => {
  expect(shapeOfConfig(config)).toBeUndefined();
});
