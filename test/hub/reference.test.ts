import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BadFileError, BadInputError, NotFoundError } from "../../src/errors.ts";
import { packagedModelPath, resolveReference, serverOf } from "../../src/hub/reference.ts";
import { temporaryFile, temporaryFolder } from "../support/gguf.ts";

describe("a reference leads", () => {
  test("to a file", async () => {
    const path = temporaryFile("m.gguf", new Uint8Array(1));
    expect(await resolveReference(path)).toEqual({ kind: "file", reference: path, path });
  });

  test("through a folder to the one model in it, past a projector", async () => {
    const folder = temporaryFolder({ "m.gguf": "", "mmproj-m.gguf": "", "README.md": "" });
    expect(await resolveReference(folder)).toMatchObject({ kind: "file", path: join(folder, "m.gguf") });
  });

  test("to the first of several parts", async () => {
    const folder = temporaryFolder({ "m-00001-of-00002.gguf": "", "m-00002-of-00002.gguf": "" });
    expect(await resolveReference(folder)).toMatchObject({ path: join(folder, "m-00001-of-00002.gguf") });
  });

  test("to a folder of Hugging Face files", async () => {
    const folder = temporaryFolder({ "config.json": "{}" });
    expect(await resolveReference(folder)).toEqual({ kind: "folder", reference: folder, path: folder });
  });

  test("to the packaged pair beside the sources", () => {
    expect(packagedModelPath("mini-base")).toBe(join(process.cwd(), "models", "mini-base.gguf"));
  });
});

describe("the address of a server", () => {
  test.each([
    ["http://127.0.0.1:8080", { url: "http://127.0.0.1:8080" }],
    ["http://127.0.0.1:8080/", { url: "http://127.0.0.1:8080" }],
    ["https://host/openai/v1/", { url: "https://host/openai/v1" }],
    ["http://localhost:11434#qwen2.5:7b", { url: "http://localhost:11434", model: "qwen2.5:7b" }],
    ["https://host/api#a%2Fb", { url: "https://host/api", model: "a/b" }],
  ])("%s", (reference, expected) => {
    expect(serverOf(reference)).toEqual({ kind: "server", ...expected });
  });

  test.each([
    "https://host/m.gguf",
    "https://host/download?file=3",
    "https://huggingface.co/Qwen/Qwen3-0.6B",
    "mini-base",
  ])("%s is none", (reference) => {
    expect(serverOf(reference)).toBeUndefined();
  });

  test("holds no files", async () => {
    await expect(resolveReference("http://127.0.0.1:9")).rejects.toThrow(BadInputError);
  });
});

describe("a reference that leads nowhere", () => {
  test.each(["", "  "])("empty: %j", async (reference) => {
    await expect(resolveReference(reference)).rejects.toThrow(BadInputError);
    await expect(resolveReference(reference)).rejects.toMatchObject({ exitCode: 2 });
  });

  test.each([
    ["absent.gguf", /There is no file or folder absent\.gguf/],
    ["./folder/absent", /There is no file or folder/],
    ["Qwen/Qwen2.5-1.5B", /not on this machine.+basewise pull Qwen\/Qwen2\.5-1\.5B/],
    ["ollama:qwen2.5", /not on this machine.+basewise pull ollama:qwen2\.5/],
    ["https://localhost:8000/m.gguf", /not on this machine.+basewise pull/],
  ])("%s", async (reference, message) => {
    await expect(resolveReference(reference)).rejects.toThrow(NotFoundError);
    await expect(resolveReference(reference)).rejects.toThrow(message);
    await expect(resolveReference(reference)).rejects.toThrow(/[Gg]ive the path of a \.gguf file/);
    await expect(resolveReference(reference)).rejects.toMatchObject({ exitCode: 4, reference });
  });

  test("a folder without a model", async () => {
    const folder = temporaryFolder({ "notes.txt": "" });
    await expect(resolveReference(folder)).rejects.toThrow(BadFileError);
    await expect(resolveReference(folder)).rejects.toThrow(/holds no model/);
  });

  test("a folder with several lists them", async () => {
    const folder = temporaryFolder({ "a.gguf": "", "b.gguf": "" });
    await expect(resolveReference(folder)).rejects.toThrow(/holds 2 models: a\.gguf, b\.gguf/);
  });
});
