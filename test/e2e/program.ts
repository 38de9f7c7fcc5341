import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built program; `npm test` builds it first. */
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a run of the program left. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Another installation's program. */
  readonly main?: string;
  /** What is piped in; nothing by default. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A signal to send once, when what was written so far says so. */
  readonly interrupt?: {
    readonly signal: NodeJS.Signals;
    readonly when: (stdout: string, stderr: string) => boolean;
  };
}

/** Runs the program as a user would, with pipes in place of a terminal and an English locale. */
export function basewise(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [options.main ?? MAIN, ...args], {
    env: { ...withoutLocale(), LANG: "en_US.UTF-8", ...options.env },
  });
  let stdout = "";
  let stderr = "";
  let isInterrupted = false;
  const told = (): void => {
    const { interrupt } = options;
    if (isInterrupted || interrupt === undefined || !interrupt.when(stdout, stderr)) return;
    isInterrupted = true;
    child.kill(interrupt.signal);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    told();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    told();
  });
  child.stdin.on("error", () => {}); // the program may end without reading it
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Keys to press when something new is on the terminal. */
export interface Press {
  readonly after: string;
  readonly keys: string;
}

/** Runs the program on a pseudo-terminal, as `script` of util-linux makes one, and presses keys in turn. */
export function onTerminal(
  columns: number,
  args: readonly string[],
  presses: readonly Press[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Omit<Outcome, "stderr">> {
  const words = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", `stty cols ${columns} rows 40; ${words}`, "/dev/null"], {
    env: { ...withoutLocale(), LANG: "en_US.UTF-8", TERM: "xterm-256color", NO_COLOR: "", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const coming = [...presses];
  let stdout = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const [press] = coming;
    const at = press === undefined ? -1 : stdout.indexOf(press.after, seen);
    if (press === undefined || at === -1) return;
    seen = at + press.after.length;
    coming.shift();
    child.stdin.write(press.keys);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout }));
  });
}

/** The JSON objects that a run printed, one a line. */
export function jsonLines({ stdout }: Outcome): unknown[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

function withoutLocale(): NodeJS.ProcessEnv {
  const { LC_ALL: _, LC_MESSAGES: __, LANG: ___, FORCE_COLOR: ____, ...rest } = process.env;
  return rest;
}
