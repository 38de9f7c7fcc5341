import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { temporaryFolder } from "./gguf.ts";
import type { LocalHub } from "./local-hub.ts";

/** Variables that would lead a test to places of the machine it runs on. */
const CLEARED = [
  "HUGGINGFACE_HUB_CACHE",
  "HF_TOKEN",
  "HUGGING_FACE_HUB_TOKEN",
  "HF_TOKEN_PATH",
  "HF_HUB_OFFLINE",
  "TRANSFORMERS_OFFLINE",
  "BASEWISE_OFFLINE",
  "MODELSCOPE_API_TOKEN",
  "MODELSCOPE_DOMAIN",
];

/** The environment of a machine that has nothing, and whose hub is `hub`; everything is kept below `home`. */
export function environmentOf(home: string, hub: Pick<LocalHub, "origin">): Record<string, string> {
  return {
    HOME: home,
    USERPROFILE: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    HF_HOME: join(home, "hf"),
    HF_HUB_CACHE: join(home, "hf", "hub"),
    HF_ENDPOINT: hub.origin,
    MODELSCOPE_ENDPOINT: hub.origin,
    MODELSCOPE_CACHE: join(home, "modelscope"),
    OLLAMA_MODELS: join(home, "ollama"),
    BASEWISE_HOME: join(home, "basewise"),
    ...Object.fromEntries(CLEARED.map((name) => [name, ""])),
  };
}

/** Gives every test of a file such a machine of its own; the function tells its home. */
export function useOwnMachine(hub: () => Pick<LocalHub, "origin">): () => string {
  let home = "";
  beforeEach(() => {
    home = temporaryFolder();
    for (const [name, value] of Object.entries(environmentOf(home, hub()))) vi.stubEnv(name, value);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  return () => home;
}
