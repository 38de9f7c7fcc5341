import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readExhibit } from "../../src/doctor/exhibit-file.ts";
import { openFile, readSmallText } from "../../src/formats/file-bytes.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";
import { readSafetensorsHeader } from "../../src/formats/safetensors/header.ts";
import { filesOfFolder } from "../../src/hub/model-files.ts";
import { readRecipe } from "../../src/train/read-recipe.ts";
import { temporaryFile, temporaryFolder } from "../support/gguf.ts";

test("gives exactly the bytes that are asked for, and says where the file has fewer", async () => {
  await using file = await openFile(temporaryFile("a", Uint8Array.of(1, 2, 3, 4)));
  expect(file.size).toBe(4);
  expect([...(await file.read(1, 2))]).toEqual([2, 3]);
  await expect(file.read(2, 3)).rejects.toThrow(/changed while reading/);
});

test("reads no text beyond its limit", async () => {
  const path = temporaryFile("a.yaml", Buffer.from("猫: 1"));
  expect(await readSmallText(path, 6)).toBe("猫: 1");
  await expect(readSmallText(path, 5)).rejects.toThrow(/has 6 bytes \(at most 5/);
});

// Opening a pipe for reading waits until somebody opens it for writing, and nobody ever does here.
describe.skipIf(process.platform === "win32")("a named pipe in place of a file", () => {
  const pipe = (): string => {
    const path = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  };

  test.each<[string, (path: string) => Promise<unknown>]>([
    ["a file", openFile],
    ["a GGUF header", readGgufHeader],
    ["a safetensors header", readSafetensorsHeader],
    ["a transcript", (path) => readExhibit(path)],
    ["a recipe", readRecipe],
  ])("is refused at once by the reader of %s", { timeout: 5000 }, async (_, read) => {
    await expect(read(pipe())).rejects.toMatchObject({ name: "BadFileError", exitCode: 2 });
  });

  test("is no small file of a model", { timeout: 5000 }, async () => {
    const path = pipe();
    expect(await filesOfFolder(join(path, "..")).text("pipe", 100)).toBeUndefined();
    expect(await filesOfFolder(join(path, "..")).list()).toEqual([]);
  });

  test.runIf(existsSync("/dev/zero"))("nor is a device", async () => {
    await expect(openFile("/dev/zero")).rejects.toThrow(/not a regular file/);
    await expect(readExhibit("/dev/zero")).rejects.toThrow(/not a regular file/);
  });
});
