import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { pull } from "../../src/hub/pull/pull.ts";
import { packagedModelPath } from "../../src/hub/reference.ts";
import { planRemoval, remove } from "../../src/hub/remove.ts";
import { modelsInLooseFolder } from "../../src/hub/stores/loose-folder.ts";
import { type ListedModel, listModels } from "../../src/model/list.ts";
import { ggufBytes, temporaryFolder, tinyModel } from "../support/gguf.ts";
import { LocalHub } from "../support/local-hub.ts";
import { useOwnMachine } from "../support/own-machine.ts";

let hub: LocalHub;
const gguf = ggufBytes(tinyModel());
const NAME = "owner/tiny-GGUF";

beforeAll(async () => {
  hub = await LocalHub.start();
  hub.publish(NAME, { "tiny.gguf": readFileSync(packagedModelPath("mini-instruct")) });
});
const home = useOwnMachine(() => hub);

const listed = async (reference: string): Promise<ListedModel | undefined> =>
  (await listModels()).find((model) => model.reference === reference);

describe("the list of models", () => {
  test("has the packaged pair, each with its stage, once", async () => {
    const packaged = (await listModels()).filter(({ path }) => path === packagedModelPath("mini-base"));
    expect(packaged).toMatchObject([
      { reference: "mini-base", store: "basewise", format: "GGUF", stage: "base", problem: null },
    ]);
    const instruct = await listed("mini-instruct");
    expect(instruct).toMatchObject({ stage: "instruct", suits: expect.arrayContaining(["chat"]) });
  });

  test("has what pull wrote with its stage and size, until rm", async () => {
    const { path, bytes } = await pull(NAME);
    expect(await listModels()).toContainEqual(
      expect.objectContaining({
        reference: expect.stringContaining(NAME),
        store: "Hugging Face",
        format: "GGUF",
        stage: "instruct",
        path,
        bytes,
        problem: null,
      }),
    );
    await remove(await planRemoval(NAME));
    expect((await listModels()).map((model) => model.path)).not.toContain(path);
  });

  test("has a damaged model with its problem, and the others all the same", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "damaged.gguf"), "GGUF and nothing more");
    copyFileSync(packagedModelPath("mini-instruct"), join(folder, "whole.gguf"));
    const models = await listModels([folder]);
    expect(models).toContainEqual(
      expect.objectContaining({
        path: join(folder, "damaged.gguf"),
        store: "folder",
        stage: null,
        status: "unknown",
        problem: { en: expect.stringMatching(/damaged\.gguf/), zh: expect.stringMatching(/damaged\.gguf/) },
      }),
    );
    expect(models).toContainEqual(
      expect.objectContaining({ path: join(folder, "whole.gguf"), stage: "instruct", problem: null }),
    );
  });

  test("does not mind a cache without refs, stray files, and links that lead nowhere or in a circle", async () => {
    const repository = join(home(), "hf", "hub", "models--owner--model");
    const snapshot = join(repository, "snapshots", "a".repeat(40));
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(join(snapshot, "m.gguf"), gguf);
    writeFileSync(join(home(), "hf", "hub", "version.txt"), "1");
    symlinkSync("nowhere", join(snapshot, "gone.gguf"));
    const folder = temporaryFolder({ "m.gguf": gguf });
    symlinkSync(folder, join(folder, "circle"));
    const paths = (await listModels([folder])).map(({ path }) => path);
    expect(paths).toContain(join(snapshot, "m.gguf"));
    expect(paths).toContain(join(folder, "m.gguf"));
  });
});

describe("a loose folder is looked into", () => {
  test("three levels deep, no further, and never into node_modules", async () => {
    const folder = temporaryFolder();
    for (const place of ["", "a", "a/b", "a/b/c", "node_modules"]) {
      mkdirSync(join(folder, place), { recursive: true });
      writeFileSync(join(folder, place, "m.gguf"), gguf);
    }
    expect((await modelsInLooseFolder(folder)).map(({ path }) => path)).toEqual(
      ["m.gguf", "a/m.gguf", "a/b/m.gguf"].map((name) => join(folder, name)),
    );
  });

  test("within a bound on folders, the near ones first", async () => {
    const folder = temporaryFolder();
    for (const place of ["a/deep", "b", "c"]) {
      mkdirSync(join(folder, place), { recursive: true });
      writeFileSync(join(folder, place, "m.gguf"), gguf);
    }
    expect((await modelsInLooseFolder(folder, 3)).map(({ path }) => path)).toEqual(
      ["b/m.gguf"].map((name) => join(folder, name)),
    );
    expect((await modelsInLooseFolder(folder)).length).toBe(3);
  });
});
