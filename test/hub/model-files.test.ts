import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BadFileError, NotFoundError } from "../../src/errors.ts";
import { readGgufHeaderFrom } from "../../src/formats/gguf/header.ts";
import { filesOfFile, filesOfFolder } from "../../src/hub/model-files.ts";
import { readModelFolder } from "../../src/hub/model-folder.ts";
import { ggufBytes, temporaryFile, temporaryFolder, tinyModel } from "../support/gguf.ts";

describe("the files of a folder", () => {
  test("are listed with their sizes, links and folders included, hidden ones left out", async () => {
    const folder = temporaryFolder({ "config.json": "{}", ".hidden": "x" });
    mkdirSync(join(folder, "1_Pooling"));
    writeFileSync(join(folder, "1_Pooling", "config.json"), "[1]");
    symlinkSync(join(folder, "config.json"), join(folder, "linked.json"));
    symlinkSync(join(folder, "nowhere"), join(folder, "broken.json"));
    expect(await filesOfFolder(folder).list()).toEqual([
      { name: "1_Pooling/config.json", bytes: 3 },
      { name: "config.json", bytes: 2 },
      { name: "linked.json", bytes: 2 },
    ]);
  });

  test("are read whole up to a limit, or by ranges", async () => {
    const files = filesOfFolder(temporaryFolder({ "a.txt": "0123456789" }));
    expect(await files.text("a.txt", 10)).toBe("0123456789");
    expect(await files.text("b.txt", 10)).toBeUndefined();
    await expect(files.text("a.txt", 9)).rejects.toThrow(/has 10 bytes \(at most 9 are allowed\)/);
    await using file = await files.open("a.txt");
    expect(file.size).toBe(10);
    expect(Buffer.from(await file.read(3, 4)).toString()).toBe("3456");
    await expect(file.read(8, 4)).rejects.toThrow(BadFileError);
    await expect(files.open("b.txt")).rejects.toThrow(NotFoundError);
  });

  test("of which the card, the modules, the adapter and the index are known", async () => {
    const folder = temporaryFolder({
      "README.md": "---\nlicense: mit\n---\n# A model",
      "modules.json": '[{"idx":0,"type":"sentence_transformers.models.Transformer"}]',
      "adapter_config.json": '{"base_model_name_or_path":"Qwen/Qwen3-0.6B-Base"}',
      "model.safetensors.index.json": '{"weight_map":{"a":"b"}}',
    });
    expect(await readModelFolder(filesOfFolder(folder))).toMatchObject({
      card: "---\nlicense: mit\n---\n# A model",
      modules: [{ idx: 0, type: "sentence_transformers.models.Transformer" }],
      hasModules: true,
      adapterConfig: { base_model_name_or_path: "Qwen/Qwen3-0.6B-Base" },
      safetensorsIndex: { weight_map: { a: "b" } },
      config: undefined,
    });
  });
});

test("one file is a model of one file, whose header is read by ranges", async () => {
  const path = temporaryFile("m.gguf", ggufBytes(tinyModel()));
  const files = filesOfFile(path);
  expect(await files.list()).toMatchObject([{ name: "m.gguf" }]);
  expect(await files.text("README.md", 100)).toBeUndefined();
  await using file = await files.open("m.gguf");
  expect((await readGgufHeaderFrom(file, { firstBytes: 64, growth: 2 })).name).toBe("Tiny");
});
