import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./measure.ts";

/**
 * Wall time of whole processes of the built program: `--help`, and `inspect` of a local GGUF file, beside an empty
 * Node program as the floor. `npm run bench:startup [-- --model FILE]`, after `npm run build`.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: `${root}models/mini-base.gguf` },
    runs: { type: "string", default: "20" },
  },
});
const main = `${root}dist/cli/main.js`;
const runs = Number(options.runs);

const cases = [
  { name: "node -e 0 (the floor)", arguments: ["-e", "0"], target: undefined },
  { name: "basewise --help", arguments: [main, "--help"], target: 100 },
  { name: "basewise inspect (GGUF header)", arguments: [main, "inspect", options.model], target: 250 },
].filter((each) => {
  const missing = [main, options.model].find((file) => each.arguments.includes(file) && !existsSync(file));
  if (missing !== undefined) console.log(`${each.name}: skipped, ${missing} is not there`);
  return missing === undefined;
});

const times = new Map(cases.map(({ name }) => [name, [] as number[]]));
for (let run = -1; run < runs; run++) {
  for (const { name, arguments: commandLine } of cases) {
    const milliseconds = timeOf(commandLine);
    if (run >= 0) times.get(name)?.push(milliseconds); // the first round only warms the file cache
  }
}
for (const { name, target } of cases) {
  const measured = times.get(name) ?? [];
  const aim =
    target === undefined ? "" : `, ${(median(measured) / target).toFixed(2)}× of the ${target} ms aimed at`;
  console.log(
    `${name}: median ${median(measured).toFixed(0)} ms, fastest ${Math.min(...measured).toFixed(0)} ms of ${runs} runs${aim}`,
  );
}

function timeOf(commandLine: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, commandLine, { encoding: "utf8" });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`${commandLine.join(" ")} exited with ${status}: ${stderr}`);
  return milliseconds;
}
