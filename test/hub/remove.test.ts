import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { BadFileError, BadInputError, NotFoundError } from "../../src/errors.ts";
import { pull } from "../../src/hub/pull/pull.ts";
import { planRemoval, remove } from "../../src/hub/remove.ts";
import { ggufBytes, tinyModel } from "../support/gguf.ts";
import { LocalHub, sha256 } from "../support/local-hub.ts";
import { useOwnMachine } from "../support/own-machine.ts";

let hub: LocalHub;
const NAME = "owner/model";
const GGUF = "owner/model-GGUF";
const gguf = ggufBytes(tinyModel());
const weights = Buffer.alloc(5000, 7);
const q8 = Buffer.concat([gguf, Buffer.alloc(100)]);
let first: string;

beforeAll(async () => {
  hub = await LocalHub.start();
  hub.publish(GGUF, { "README.md": "a card", "m-q8_0.gguf": q8, "m-q4_k_m.gguf": gguf });
});
const home = useOwnMachine(() => hub);

const cache = (): string => join(home(), "hf", "hub");
const repository = (name: string): string => join(cache(), `models--${name.replace("/", "--")}`);

/** Two revisions that share their weights and differ in their configuration. */
async function pullTwice(): Promise<string> {
  first = hub.publish(NAME, { "config.json": '{"model_type":"qwen2"}', "model.safetensors": weights });
  await pull(NAME);
  const second = hub.publish(NAME, { "config.json": '{"model_type":"qwen3"}', "model.safetensors": weights });
  await pull(NAME);
  return second;
}

describe("rm of what pull wrote", () => {
  test("takes a whole repository out of the Hugging Face cache, and nothing beside it", async () => {
    await pullTwice();
    await pull(`${GGUF}:Q4_K_M`);
    const removal = await planRemoval(NAME);
    expect(removal).toMatchObject({ store: "Hugging Face", root: cache(), paths: [repository(NAME)] });
    // One copy of the weights, two of the configuration, and the commit in refs/main.
    expect(removal.bytes).toBe(weights.length + 2 * 22 + 40);
    await remove(removal);
    expect(readdirSync(cache())).toEqual(["models--owner--model-GGUF"]);
  });

  test("of one revision leaves the contents that another one uses", async () => {
    const second = await pullTwice();
    await remove(await planRemoval(`${NAME}@${first}`));
    expect(readdirSync(join(repository(NAME), "snapshots"))).toEqual([second]);
    const left = join(repository(NAME), "snapshots", second);
    expect(sha256(readFileSync(join(left, "model.safetensors")))).toBe(sha256(weights));
    expect(readFileSync(join(left, "config.json"), "utf8")).toContain("qwen3");
    expect(readdirSync(join(repository(NAME), "blobs")).length).toBe(2);
    expect(readFileSync(join(repository(NAME), "refs", "main"), "utf8")).toBe(second);
  });

  test("of one quantisation leaves the other and the card", async () => {
    await pull(`${GGUF}:Q4_K_M`);
    const { path } = await pull(`${GGUF}:Q8_0`);
    const removal = await planRemoval(`${GGUF}:Q4_K_M`);
    expect(removal.bytes).toBe(gguf.length);
    await remove(removal);
    expect(readdirSync(join(path, "..")).sort()).toEqual(["README.md", "m-q8_0.gguf"]);
    expect(sha256(readFileSync(path))).toBe(sha256(q8));
    expect(existsSync(join(repository(GGUF), "blobs", sha256(gguf)))).toBe(false);
  });

  test("takes a model out of basewise's own store, with the folders that are empty then", async () => {
    await pull(`modelscope:${GGUF}:Q4_K_M`);
    const removal = await planRemoval(`modelscope:${GGUF}`);
    expect(removal.store).toBe("basewise");
    await remove(removal);
    expect(existsSync(join(home(), "basewise", "models", "modelscope"))).toBe(false);
  });

  test("makes it unknown: a second time there is nothing", async () => {
    await pull(`${GGUF}:Q4_K_M`);
    await remove(await planRemoval(GGUF));
    await expect(planRemoval(GGUF)).rejects.toThrow(NotFoundError);
    await expect(planRemoval(GGUF)).rejects.toThrow(/nothing to remove/);
  });
});

describe("rm refuses", () => {
  test("a choice that is not there, and takes nothing for it", async () => {
    await pull(`${GGUF}:Q4_K_M`);
    await expect(planRemoval(`${GGUF}:Q8_0`)).rejects.toThrow(NotFoundError);
    expect(existsSync(join(repository(GGUF), "blobs", sha256(gguf)))).toBe(true);
  });

  test.each(["mini-base", "./model.gguf", "/models/model.gguf"])("%s, which no pull wrote", async (name) => {
    await expect(planRemoval(name)).rejects.toThrow(BadInputError);
    await expect(planRemoval(name)).rejects.toThrow(/not in a store that basewise manages/);
  });

  test("what belongs to another program", async () => {
    const folder = join(home(), ".lmstudio", "models", "owner", "theirs");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "m.gguf"), gguf);
    await expect(planRemoval("owner/theirs")).rejects.toThrow(/belongs to LM Studio; remove it there/);
    expect(existsSync(join(folder, "m.gguf"))).toBe(true);
  });

  test("a store's folder that leads elsewhere by a link", async () => {
    const outside = join(home(), "outside");
    const theirs = join(outside, "snapshots", "c".repeat(40));
    mkdirSync(theirs, { recursive: true });
    writeFileSync(join(theirs, "m-q4_k_m.gguf"), gguf);
    mkdirSync(join(outside, "refs"));
    writeFileSync(join(outside, "refs", "main"), "c".repeat(40));
    writeFileSync(join(theirs, "m-q8_0.gguf"), q8);
    mkdirSync(cache(), { recursive: true });
    symlinkSync(outside, repository(GGUF));
    await expect(planRemoval(`${GGUF}:Q4_K_M`)).rejects.toThrow(BadFileError);
    // The whole of it is the link; what it leads to stays.
    await remove(await planRemoval(GGUF));
    expect(readdirSync(theirs).sort()).toEqual(["m-q4_k_m.gguf", "m-q8_0.gguf"]);
  });

  test("a plan with a path outside, before anything of it is removed", async () => {
    await pull(`${GGUF}:Q4_K_M`);
    const removal = await planRemoval(GGUF);
    const bystander = join(home(), "bystander");
    writeFileSync(bystander, "stays");
    const paths = [...removal.paths, bystander];
    await expect(remove({ ...removal, paths })).rejects.toThrow(/outside the store/);
    await expect(remove({ ...removal, paths: [removal.root] })).rejects.toThrow(/outside the store/);
    expect(readFileSync(bystander, "utf8")).toBe("stays");
    expect(existsSync(repository(GGUF))).toBe(true);
  });
});
