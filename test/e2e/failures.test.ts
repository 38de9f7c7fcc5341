import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise, jsonLines } from "./program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** An installation of its own, without the native package, and with a defect in `next`. */
let broken: string;
beforeAll(() => {
  const folder = temporaryFolder();
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === "@node-llama-cpp") continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
  }
  symlinkSync(join(root, "models"), join(folder, "models"), "junction");
  writeFileSync(
    join(folder, "dist", "cli", "commands", "next.js"),
    'export async function next() { throw new TypeError("a is not a function"); }\n',
  );
  broken = join(folder, "dist", "cli", "main.js");
});

test("without the native package, exit 1 names the command that installs it", async () => {
  const { code, stdout, stderr } = await basewise(["complete", "mini-base", "hi"], { main: broken });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^✗ [^\n]*npm install @node-llama-cpp\/[^\n]+\n$/);
});

test("an unexpected error says that it is ours, exit 1, and shows its stack only when asked", async () => {
  const quiet = await basewise(["next", "mini-base", "hi"], { main: broken });
  expect(quiet).toMatchObject({ code: 1, stdout: "" });
  expect(quiet.stderr).toBe(
    "✗ This is a defect in basewise, not a mistake of yours: a is not a function\n" +
      "Please report it, with what BASEWISE_DEBUG=1 prints.\n",
  );
  const loud = await basewise(["next", "mini-base", "hi"], { main: broken, env: { BASEWISE_DEBUG: "1" } });
  expect(loud.stderr).toMatch(/TypeError: a is not a function\n +at .*next/);
  const told = jsonLines(await basewise(["next", "mini-base", "hi", "--json"], { main: broken }));
  expect(told).toEqual([
    { error: { name: "Defect", message: expect.stringContaining("a is not a function"), exitCode: 1 } },
  ]);
});
