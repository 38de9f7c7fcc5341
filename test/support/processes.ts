import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

/** The processes that a process started and that still run, the newest last. */
export async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,stat=,args="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, of, state, ...command]) =>
        Number(of) === parent && !state?.startsWith("Z") && command.join(" ").includes("host"),
    )
    .map(([pid]) => Number(pid))
    .sort((one, other) => one - other);
}

/** Whether a process ends within this time. */
export async function endedWithin(pid: number, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await setTimeout(20)) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
  }
  return false;
}
