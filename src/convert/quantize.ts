import type { ChildProcess } from "node:child_process";
import { open, rename, rm, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { EngineCrashedError } from "../engine/engine.ts";
import { BadInputError } from "../errors.ts";
import { notWritten, requireSpace } from "../formats/disk.ts";
import { type GgufHeader, readGgufHeader } from "../formats/gguf/header.ts";
import { requireLoadable } from "../formats/gguf/loadable.ts";
import { partialFor } from "../formats/partial-file.ts";
import { resolveReference } from "../hub/reference.ts";
import { forkBeside } from "../native/fork.ts";
import { LlamaError } from "../native/llama/error.ts";
import { isOneBlock } from "../native/rows.ts";
import { printable } from "../printable.ts";
import { requireAbsent } from "./convert.ts";
import type { QuantizeAnswer, QuantizeRequest } from "./quantize-host.ts";
import type { QuantizeType } from "./types.ts";

/** Tensor types of files that lose nothing, or little, by being quantised again. */
const EXACT_TYPES: ReadonlySet<string> = new Set(["F32", "F16", "BF16"]);

/** What to quantise to, and where. */
export interface QuantizeOptions {
  /** The type that its matrices get. */
  readonly type: QuantizeType;
  /** The file to write; the input's name with the type in it unless stated. */
  readonly output?: string | undefined;
  /** Whether an output that exists already is replaced. */
  readonly force?: boolean | undefined;
  /** Native threads; one for each processor unless stated. */
  readonly threads?: number | undefined;
  /** Stops the work; what was written is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** What a quantisation made. */
export interface Quantization {
  /** The file that was written. */
  readonly path: string;
  /** The type of its matrices. */
  readonly type: QuantizeType;
  /** Bytes of the file before and after. */
  readonly bytesBefore: number;
  /** Size of the new file. */
  readonly bytes: number;
}

/**
 * Quantises a GGUF file with libllama, in a process of its own. All metadata is kept. Throws what `resolveReference`,
 * `readGgufHeader` and `requireLoadable` throw; BadInputError for a file that is quantised already; LlamaError where
 * libllama refuses; EngineCrashedError where the file breaks it; then no file has the final name.
 */
export async function quantize(reference: string, options: QuantizeOptions): Promise<Quantization> {
  const { type, signal, threads = availableParallelism() } = options;
  const lead = await resolveReference(reference);
  if (lead.kind === "folder") throw notConverted(reference);
  const header = await readGgufHeader(lead.path);
  requireLoadable(header);
  requireExact(header);
  requireWideRows(header);
  const path = options.output ?? `${withoutType(lead.path)}-${type}.gguf`;
  if (options.force !== true) await requireAbsent(path);
  // It comes out smaller than it was.
  const partial = await partialFor(path);
  try {
    await requireWritable(path, partial, header.fileBytes);
    await quantizeApart({ from: lead.path, to: partial, type, threads }, signal);
    await sync(partial);
    signal?.throwIfAborted();
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true }).catch(() => {}); // the first error is the one to tell
  }
  return { path, type, bytesBefore: header.fileBytes, bytes: (await stat(path)).size };
}

/** The name without `.gguf`, and without the type that it ends in. */
function withoutType(path: string): string {
  return path.replace(/\.gguf$/i, "").replace(/[-._](f32|f16|bf16)$/i, "");
}

/** Runs the library in a process of its own, and waits for its answer or its end. */
async function quantizeApart(request: QuantizeRequest, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const child = forkBeside(import.meta.url, "quantize-host");
  const stop = (): void => {
    child.kill("SIGKILL");
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const failure = await answerOf(child, request);
    signal?.throwIfAborted();
    if (failure !== undefined) throw failure;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** What went wrong, if anything did. */
function answerOf(child: ChildProcess, request: QuantizeRequest): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let stderr = "";
    let answer: QuantizeAnswer | undefined;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-4000);
    });
    child.on("message", (message: QuantizeAnswer) => {
      answer = message;
    });
    child.on("error", (error) => resolve(new EngineCrashedError(request.from, error.message, stderr)));
    child.on("exit", (code, signal) => {
      if (answer === undefined) {
        resolve(new EngineCrashedError(request.from, signal ?? `exit code ${code}`, stderr));
      } else resolve(answer.failure === undefined ? undefined : new LlamaError(answer.failure));
    });
    child.send(request, () => {}); // a process that is gone says so by its exit
  });
}

/** The library would only say that it failed. */
async function requireWritable(path: string, partial: string, bytes: number): Promise<void> {
  try {
    await (await open(partial, "w")).close();
  } catch (cause) {
    throw notWritten(path, cause);
  }
  await requireSpace(path, bytes);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function requireExact(header: GgufHeader): void {
  const packed = header.tensors.find(({ type }) => !EXACT_TYPES.has(type));
  if (packed === undefined) return;
  const shown = printable(header.path);
  throw new BadInputError({
    en: `${shown} is quantised already (${packed.type}), and would lose twice; quantise the file in F32, F16 or BF16 that it was made from.`,
    zh: `${shown} 已经量化（${packed.type}），再次量化会损失更多；请量化其 F32、F16 或 BF16 原文件。`,
  });
}

/** The library would write such rows, and compute other logits from them than it does from one token at a time. */
function requireWideRows(header: GgufHeader): void {
  const narrow = header.tensors.find(({ shape }) => shape.length > 1 && isOneBlock(shape[0] ?? 0));
  if (narrow === undefined) return;
  const [shown, name] = [printable(header.path), printable(narrow.name)];
  throw new BadInputError({
    en: `${shown} has rows of 32 weights (${name}), which the native library multiplies wrongly once they are quantised; use the file as it is.`,
    zh: `${shown} 中有长度为 32 的行（${name}），量化后原生库会算错；请直接使用该文件。`,
  });
}

function notConverted(reference: string): BadInputError {
  const shown = printable(reference, Number.POSITIVE_INFINITY);
  return new BadInputError({
    en: `${printable(reference)} is no GGUF file yet; convert it first: basewise convert ${shown}`,
    zh: `${printable(reference)} 还不是 GGUF 文件；请先转换：basewise convert ${shown}`,
  });
}
