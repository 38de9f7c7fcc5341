import { describe, expect, test } from "vitest";
import { BadFileError, NotFoundError } from "../../../src/errors.ts";
import { INDEX_FILE, readCheckpoint, SINGLE_FILE } from "../../../src/formats/safetensors/checkpoint.ts";
import { filesOfFolder } from "../../../src/hub/model-files.ts";
import { temporaryFolder } from "../../support/gguf.ts";
import { floats, safetensorsBytes } from "../../support/safetensors.ts";

const tensor = (...values: number[]) => ({ dtype: "F32", shape: [values.length], data: floats(...values) });
const index = (map: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ metadata: { total_size: 12 }, weight_map: map });
const FIRST = "model-00001-of-00002.safetensors";
const SECOND = "model-00002-of-00002.safetensors";
const sharded = {
  [FIRST]: safetensorsBytes({ a: tensor(1), b: tensor(2, 3) }),
  [SECOND]: safetensorsBytes({ c: tensor(4), unnamed: tensor(5) }),
  [INDEX_FILE]: index({ a: FIRST, b: FIRST, c: SECOND }),
};

test("a single file", async () => {
  const folder = temporaryFolder({ [SINGLE_FILE]: safetensorsBytes({ a: tensor(1) }) });
  const { files, tensors } = await readCheckpoint(filesOfFolder(folder));
  expect(files).toEqual([SINGLE_FILE]);
  expect(tensors.get("a")).toMatchObject({ file: SINGLE_FILE, shape: [1], bytes: 4 });
});

test("several files, of which the index says what counts", async () => {
  const folder = temporaryFolder(sharded);
  const { files, tensors } = await readCheckpoint(filesOfFolder(folder));
  expect(files).toEqual([FIRST, SECOND]);
  expect([...tensors].map(([name, { file }]) => [name, file])).toEqual([
    ["a", FIRST],
    ["b", FIRST],
    ["c", SECOND],
  ]);
});

describe("refuses", () => {
  test("a folder without weights", async () => {
    await expect(readCheckpoint(filesOfFolder(temporaryFolder()))).rejects.toThrow(NotFoundError);
  });

  test("a missing file of several", async () => {
    const folder = temporaryFolder({ [FIRST]: sharded[FIRST], [INDEX_FILE]: sharded[INDEX_FILE] });
    await expect(readCheckpoint(filesOfFolder(folder))).rejects.toThrow(
      `${SECOND} is missing, one of 2 files`,
    );
  });

  test("an index that promises what no file holds", async () => {
    const folder = temporaryFolder({ ...sharded, [INDEX_FILE]: index({ a: FIRST, lost: SECOND }) });
    await expect(readCheckpoint(filesOfFolder(folder))).rejects.toThrow(
      /holds the tensor "lost", and it does not/,
    );
  });

  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /is not JSON/],
    ["no map", "{}", /no "weight_map"/],
    ["a map of nothing", index({}), /names 0 files/],
    ["a tensor twice", `{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}`, /"a" appears twice/],
    ...[
      "../model.safetensors",
      "/etc/passwd",
      "a/b.safetensors",
      "a\\b.safetensors",
      "C:x.safetensors",
      ".hidden.safetensors",
      "model.bin",
      "model\u0000.safetensors",
      7,
      null,
    ].map((name): [string, string, RegExp] => [
      `the name ${JSON.stringify(name)}`,
      index({ a: name }),
      /no safetensors file in the same/,
    ]),
  ])("an index with %s", async (_, content, message) => {
    const folder = temporaryFolder({ ...sharded, [INDEX_FILE]: content });
    await expect(readCheckpoint(filesOfFolder(folder))).rejects.toThrow(BadFileError);
    await expect(readCheckpoint(filesOfFolder(folder))).rejects.toThrow(message);
  });
});
