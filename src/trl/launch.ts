import { spawn } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { TrainingCrashedError } from "../train/run/errors.ts";
import { LAUNCH_FILES } from "./plan.ts";
import { type ProgramEvent, ProgramEvents } from "./progress.ts";
import { PROGRAM } from "./python.ts";

const POLL_MILLISECONDS = 100;
const LOG = "log.txt";
const KEPT_LOG = 4000;

/**
 * Starts the program of a plan with accelerate and gives what it tells until it ends; aborting asks it to save a checkpoint
 * and stop. Throws TrainingCrashedError where it fails. It ends with this process.
 */
export async function* launched(
  folder: string,
  python: string,
  threads: number,
  resumedAt: number,
  signal: AbortSignal,
): AsyncGenerator<ProgramEvent> {
  const events = await ProgramEvents.open(folder, "next");
  const log = await open(join(folder, LOG), "w");
  const [config] = LAUNCH_FILES;
  const launch = ["-m", "accelerate.commands.launch", "--config_file", config, PROGRAM];
  const program = spawn(python, launch, {
    cwd: folder,
    // it ends where this pipe does
    stdio: ["pipe", log.fd, log.fd],
    // Ctrl-C is for basewise to understand
    detached: process.platform !== "win32",
    env: { ...process.env, BASEWISE_FOLLOWS: "1", OMP_NUM_THREADS: String(threads) },
  });
  let how: string | undefined;
  const ended = new Promise<void>((resolve) => {
    program.on("error", (error) => {
      how = error.message;
      resolve();
    });
    program.on("exit", (code, killed) => {
      how = killed ?? `exit code ${code}`;
      resolve();
    });
  });
  const stop = (): void => {
    void writeFile(join(folder, "stop"), "").catch(() => {}); // a folder that is gone has ended it as well
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  let [step, checkpoint] = [resumedAt, resumedAt];
  try {
    for (let isOver = false; !isOver; ) {
      isOver = how !== undefined; // what it told last is still to be read
      for (const event of await events.news()) {
        if (event.event === "step") step = event.step;
        else if (event.event === "checkpoint") checkpoint = event.step;
        yield event;
      }
      if (!isOver) await Promise.race([setTimeout(POLL_MILLISECONDS), ended]);
    }
    if (how !== "exit code 0") {
      const said = await readFile(join(folder, LOG), "utf8");
      throw new TrainingCrashedError(step, checkpoint, how ?? "", said.slice(-KEPT_LOG));
    }
  } finally {
    signal.removeEventListener("abort", stop);
    program.stdin?.destroy();
    await ended;
    await log.close();
  }
}
