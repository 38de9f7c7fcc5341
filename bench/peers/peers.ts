import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

/** Where `npm run bench:peers` puts them (bench/peers/build.sh). */
export const PEERS = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "basewise", "peers");
const LLAMA_BENCH = join(PEERS, "bin", "llama-bench");
const LLAMA_SERVER = join(PEERS, "bin", "llama-server");
const NODE_LLAMA_CPP = join(PEERS, "node-llama-cpp", "node_modules", "node-llama-cpp", "dist", "index.js");

/** Whether they are there; where not, says what to do. */
export function hasPeers(): boolean {
  if ([LLAMA_BENCH, LLAMA_SERVER, NODE_LLAMA_CPP].every((path) => existsSync(path))) return true;
  console.log("set up what to measure beside first: npm run bench:peers");
  return false;
}

export const hasLlamaBench = (): boolean => existsSync(LLAMA_BENCH);

const benchReport = z.tuple([z.object({ avg_ts: z.number() })]);

/** Tokens a second by llama-bench, which samples nothing: `-p 512 -n 0` or `-p 0 -n 128`. */
export async function llamaBench(model: string, threads: number, ...measure: string[]): Promise<number> {
  const args = ["-m", model, "-r", "1", "-t", `${threads}`, "-o", "json", ...measure];
  const { stdout } = await promisify(execFile)(LLAMA_BENCH, args);
  return benchReport.parse(JSON.parse(stdout))[0].avg_ts;
}

/** The most memory that a process has had, in bytes. Linux only. */
export function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
}

const completion = z.object({ tokens_predicted: z.number() });

/** llama-server with a model, without the cache of prompts that takes it memory beside the context. */
export class LlamaServer implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  static async start(
    model: string,
    { context, sequences, threads }: { context: number; sequences: number; threads: number },
  ): Promise<LlamaServer> {
    const port = await freePort();
    const sizes = ["-c", context, "-np", sequences, "-t", threads, "-tb", threads, "--cache-ram", 0];
    const args = ["-m", model, "--port", `${port}`, "--kv-unified", ...sizes.map(String)];
    const server = new LlamaServer(
      spawn(LLAMA_SERVER, args, { stdio: "ignore" }),
      `http://127.0.0.1:${port}`,
    );
    for (;;) {
      const answer = await fetch(`${server.#url}/health`).catch(() => undefined);
      if (answer?.ok) return server;
      if (server.#process.exitCode !== null) throw new Error("llama-server ended");
      await setTimeout(200);
    }
  }

  /** Writes so many tokens greedily, the fastest way that it has, and hears each as it comes; gives how many. */
  async complete(prompt: readonly number[], count: number): Promise<number> {
    const greedy = { temperature: 0, top_k: 1, samplers: ["top_k"] };
    const plan = { n_predict: count, ignore_eos: true, cache_prompt: false, stream: true };
    const answer = await fetch(`${this.#url}/completion`, {
      method: "POST",
      body: JSON.stringify({ prompt, ...plan, ...greedy }),
    });
    if (!answer.ok || answer.body === null) throw new Error(await answer.text());
    let last = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream()))
      last = (last + piece).slice(-20_000);
    const event = last
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^data: /, "");
    return completion.parse(JSON.parse(event ?? "")).tokens_predicted;
  }

  get peak(): number {
    return peakOf(this.#process.pid ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }
}

/** node-llama-cpp with a model, in a process of its own: asked for texts, it tells how long they took. */
export class NodeLlamaCpp implements AsyncDisposable {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(
    model: string,
    { context, sequences, threads }: { context: number; sequences: number; threads: number },
  ): Promise<NodeLlamaCpp> {
    const script = fileURLToPath(new URL("node-llama-cpp.mjs", import.meta.url));
    const plan = JSON.stringify({ library: NODE_LLAMA_CPP, model, context, sequences, threads });
    const peer = new NodeLlamaCpp(
      spawn(process.execPath, [script, plan], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    await peer.#line();
    return peer;
  }

  /** Writes so many tokens after each prompt, all at once; gives the milliseconds that it took. */
  async complete(prompts: readonly (readonly number[])[], count: number): Promise<number> {
    this.#process.stdin?.write(`${JSON.stringify({ prompts, count })}\n`);
    return Number(await this.#line());
  }

  async #line(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#process.once("exit", () => reject(new Error("node-llama-cpp ended")));
      this.#process.stdout?.once("data", (data: Buffer) => resolve(data.toString()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
