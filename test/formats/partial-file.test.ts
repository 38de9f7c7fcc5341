import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { partialFor } from "../../src/formats/partial-file.ts";
import { temporaryFolder } from "../support/gguf.ts";

test("removes what processes that are gone left of the same file, and nothing else", async () => {
  const path = join(temporaryFolder(), "model.gguf");
  const own = basename(await partialFor(path));
  const writtenBy = (id: number | undefined): string => own.replace(`${process.pid}`, `${id}`);
  const gone = spawnSync(process.execPath, ["--version"]);
  const living = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  try {
    const kept = [
      writtenBy(living.pid),
      own,
      `model.gguf.another-machine-${gone.pid}.part`,
      `other-${writtenBy(gone.pid)}`,
      `${writtenBy(gone.pid)}.txt`,
      "model.gguf",
    ];
    for (const name of [...kept, writtenBy(gone.pid)]) writeFileSync(join(path, "..", name), "");
    expect(basename(await partialFor(path))).toBe(own);
    expect(readdirSync(join(path, "..")).sort()).toEqual(kept.sort());
  } finally {
    living.kill();
    await once(living, "exit");
  }
});
