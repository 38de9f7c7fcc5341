import { execFile, spawnSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { locate, packagedModelPath } from "../../src/hub/reference.ts";
import { listModels } from "../../src/model/list.ts";
import { folderOfModel } from "../convert/models.ts";
import { LocalHub } from "../support/local-hub.ts";
import { environmentOf, useOwnMachine } from "../support/own-machine.ts";

/** The first Python here that has the package; `BASEWISE_PYTHON` names another one. */
const python = [process.env.BASEWISE_PYTHON, "python3", "python"].find(
  (name) =>
    name !== undefined && name !== "" && spawnSync(name, ["-c", "import huggingface_hub"]).status === 0,
);
if (python === undefined) console.log("skipped: no Python with huggingface_hub (BASEWISE_PYTHON names one)");

const FOLDER = "owner/tiny-Instruct";
const GGUF = "owner/tiny-GGUF";
const DOWNLOAD = `
import sys
from huggingface_hub import hf_hub_download, snapshot_download
print(snapshot_download(sys.argv[1]))
print(hf_hub_download(sys.argv[2], "tiny-q8_0.gguf"))
`;

/** The cache that Python's own client wrote, read by ours. */
describe.skipIf(python === undefined)("a cache written by huggingface_hub", () => {
  let hub: LocalHub;
  beforeAll(async () => {
    hub = await LocalHub.start();
    const files = ["config.json", "generation_config.json", "tokenizer_config.json", "tokenizer.json"];
    const parts = [1, 2, 3].map((part) => `model-0000${part}-of-00003.safetensors`);
    const model = [...files, ...parts, "model.safetensors.index.json"].map((name) => [
      name,
      readFileSync(join(folderOfModel("tiny-qwen3-instruct"), name)),
    ]);
    hub.publish(FOLDER, Object.fromEntries(model));
    const gguf = readFileSync(packagedModelPath("mini-instruct"));
    hub.publish(GGUF, { "tiny-q8_0.gguf": gguf, "tiny-q4_0.gguf": gguf });
  });
  const home = useOwnMachine(() => hub);

  test("is listed with its stages, and references lead into it", { timeout: 120_000 }, async () => {
    // A variable that is empty means something else to Python than one that is not there.
    const set = Object.entries(environmentOf(home(), hub)).filter(([, value]) => value !== "");
    const env = { PATH: process.env.PATH, ...Object.fromEntries(set), HF_HUB_DISABLE_XET: "1" };
    const { stdout } = await promisify(execFile)(python ?? "", ["-c", DOWNLOAD, FOLDER, GGUF], { env });
    const [snapshot = "", file = ""] = stdout.trim().split("\n");
    expect(snapshot.startsWith(join(home(), "hf", "hub"))).toBe(true);

    const listed = (await listModels()).filter(({ store }) => store === "Hugging Face");
    expect(listed.map(({ reference, stage, format }) => ({ reference, stage, format }))).toEqual(
      expect.arrayContaining([
        { reference: FOLDER, stage: "instruct", format: "Hugging Face" },
        { reference: expect.stringContaining(GGUF), stage: "instruct", format: "GGUF" },
      ]),
    );
    expect(listed).toHaveLength(2);
    expect(await locate(FOLDER)).toMatchObject({ kind: "folder", path: snapshot, published: FOLDER });
    const found = await locate(GGUF);
    expect(found).toMatchObject({ kind: "file", path: file });
    expect(realpathSync(file)).toMatch(/blobs/);
  });
});
