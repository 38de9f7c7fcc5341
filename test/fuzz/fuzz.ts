import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { FuzzNews, FuzzRequest } from "./child.ts";

/**
 * `npm run fuzz [-- --seed 1 --inputs 120000] [-- --seed 1 --reader gguf --input 4711]`: changed inputs for every reader
 * of strangers' files, in a process of its own with bounded memory. A refusal in a sentence of ours is right; any other
 * error, the end of the process, or silence is not. Prints what makes the same input again; exits 1 where one failed.
 */
const SILENCE_MILLISECONDS = 60_000;
const MEMORY_MEBIBYTES = 1024;
const MOST_SHOWN = 10;

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    inputs: { type: "string", default: "120000" },
    reader: { type: "string" },
    input: { type: "string", default: "0" },
  },
});
const request: FuzzRequest = {
  seed: Number(options.seed),
  inputs: Number(options.inputs),
  ...(options.reader === undefined ? {} : { only: { reader: options.reader, input: Number(options.input) } }),
};

const child = fork(fileURLToPath(new URL("child.ts", import.meta.url)), {
  execArgv: [...process.execArgv, `--max-old-space-size=${MEMORY_MEBIBYTES}`],
});
let last = "the start";
let failures = 0;
let isDone = false;
const silence = setTimeout(() => {
  console.error(`no sign of life since ${last}`);
  child.kill("SIGKILL");
}, SILENCE_MILLISECONDS);

child.on("message", (news: FuzzNews) => {
  silence.refresh();
  if ("done" in news) {
    isDone = true;
    const counts = Object.entries(news.done);
    for (const [name, { inputs, refused }] of counts)
      console.log(`${name}: ${inputs} inputs, ${refused} refused`);
    const total = counts.reduce((sum, [, { inputs }]) => sum + inputs, 0);
    console.log(`${total} inputs with seed ${request.seed}, ${failures} of them failed`);
  } else if ("error" in news) {
    failures++;
    if (failures > MOST_SHOWN) return;
    console.error(`${news.reader}, input ${news.input}: ${news.error.split("\n").slice(0, 6).join("\n")}`);
    console.error(
      `  npm run fuzz -- --seed ${request.seed} --reader "${news.reader}" --input ${news.input}\n`,
    );
  } else last = `reader "${news.at}", input ${news.input} with seed ${request.seed}`;
});
child.on("exit", (code, signal) => {
  clearTimeout(silence);
  if (code !== 0 || !isDone) console.error(`the readers' process ended by ${signal ?? code} after ${last}`);
  process.exitCode = code === 0 && isDone && failures === 0 ? 0 : 1;
});
child.send(request);
