import { freemem, platform, totalmem } from "node:os";
import type { NativeDevice } from "../../native/ggml/devices.ts";
import { detectGraphics } from "./graphics.ts";
import { detectProcessor, type Processor } from "./processor.ts";

/** What this machine has to run a model on. Memory in bytes. */
export interface Machine {
  readonly system: NodeJS.Platform;
  readonly memory: {
    /** What is built in, or what the container may take. */
    readonly total: number;
    /** What can be had now without swapping. */
    readonly available: number;
  };
  readonly processor: Processor;
  readonly graphics: readonly NativeDevice[];
}

/** Bytes that can be had now without swapping. */
export function availableMemory(): number {
  return Math.min(totalMemory(), process.availableMemory() || freemem());
}

function totalMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

export async function detectMachine(): Promise<Machine> {
  return {
    system: platform(),
    memory: { total: totalMemory(), available: availableMemory() },
    processor: detectProcessor(),
    graphics: await detectGraphics(),
  };
}
