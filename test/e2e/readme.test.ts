import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/gguf.ts";
import { basewise } from "./program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);

/** A folder of a program that has installed basewise, with the program that a README shows. */
function programOf(readme: string): string {
  const code = /```ts\n(.+?)```/s.exec(readFileSync(join(root, readme), "utf8"))?.[1] ?? "";
  const folder = temporaryFolder({
    "program.ts": code,
    "package.json": '{"type":"module"}',
    "tsconfig.json": readFileSync(join(root, "tsconfig.json"), "utf8").replace(
      /"include": .*/,
      '"include": ["*.ts"]',
    ),
  });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "basewise"), "junction");
  symlinkSync(join(root, "node_modules", "@types"), join(folder, "node_modules", "@types"), "junction");
  return folder;
}

describe.each(["README.md", "README.zh-CN.md"])("the program in %s", (readme) => {
  test("compiles", () => {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", programOf(readme)], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("runs, is refused the chat with the base, and gets an answer from the instruct", () => {
    const program = join(programOf(readme), "program.ts");
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    const { status, stdout } = spawnSync(process.execPath, ["--import", tsx, program], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(stdout).toMatch(/basewise chat mini-instruct/);
    expect(stdout).toMatch(/ stop\n$/);
  });
});

describe.each(["README.md", "README.zh-CN.md"])("what %s shows", (readme) => {
  // A block of plain text holds what models wrote and measured, which may differ between processors.
  const shown = readFileSync(join(root, readme), "utf8").matchAll(
    /```console\n\$ basewise ([^\n]+)\n(.+?)```/gs,
  );
  const blocks = [...shown].map(([, command = "", output = ""]) => ({ command, output }));

  test("is there", () => expect(blocks).not.toEqual([]));

  test.each(blocks)("is what `$command` prints", async ({ command, output }) => {
    const { stdout, stderr } = await basewise(command.split(" "), {
      env: readme.includes("zh") ? { LANG: "zh_CN.UTF-8" } : {},
    });
    expect(`${stdout}${stderr}`).toBe(output);
  });
});
