import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { Packing } from "../../catalog/memory.ts";

/** The processors of this machine, as far as this program may use them. */
export interface Processor {
  readonly model: string;
  /** Cores, each of which may run two threads; nothing where the system does not say. */
  readonly cores: number | null;
  readonly threads: number;
  /** Threads that this program may keep busy: fewer in a container with a quota. */
  readonly usableThreads: number;
  /** How llama.cpp lays matrices out for it. */
  readonly packing: Packing;
}

export function detectProcessor(): Processor {
  const all = cpus();
  const information = textOf("/proc/cpuinfo");
  const quota = processorQuota(textOf("/sys/fs/cgroup/cpu.max"), {
    quota: textOf("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    period: textOf("/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
  });
  const parallelism = availableParallelism();
  return {
    model: all[0]?.model.trim() ?? process.arch,
    cores: coresOf(information),
    threads: Math.max(1, all.length),
    usableThreads: Math.max(1, Math.min(parallelism, Math.floor(quota ?? parallelism))),
    packing: packingOf(process.arch, information),
  };
}

/**
 * The layout that llama.cpp copies matrices into. Source: the conditions of `ggml_repack_get_optimal_repack_type`
 * and the processor builds of the native packages.
 *
 * @param information the text of Linux's `/proc/cpuinfo`; other systems' x64 machines are taken to have AVX2.
 */
export function packingOf(architecture: string, information: string | undefined): Packing {
  if (architecture === "arm64") return "arm";
  if (architecture !== "x64") return "none";
  if (information === undefined) return "x86";
  const flags = new Set(/^flags\s*:\s*(.+)$/m.exec(information)?.[1]?.split(" "));
  if (flags.has("amx_int8") && flags.has("avx512_vnni")) return "amx";
  return flags.has("avx2") ? "x86" : "none";
}

/** Cores by their distinct places, from the text of `/proc/cpuinfo`. */
export function coresOf(information: string | undefined): number | null {
  const places = new Set<string>();
  for (const processor of (information ?? "").split(/\n\s*\n/)) {
    const core = /^core id\s*:\s*(\d+)$/m.exec(processor)?.[1];
    const socket = /^physical id\s*:\s*(\d+)$/m.exec(processor)?.[1] ?? "0";
    if (core !== undefined) places.add(`${socket}/${core}`);
  }
  return places.size === 0 ? null : places.size;
}

/** Processors that a container may keep busy: the quota over the period, of cgroup 2 (`cpu.max`) or 1. */
export function processorQuota(
  second: string | undefined,
  first: { readonly quota: string | undefined; readonly period: string | undefined },
): number | undefined {
  const [quota, period] = second?.trim().split(/\s+/).map(Number) ?? [
    Number(first.quota),
    Number(first.period),
  ];
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return quota / period;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // another system, or a container that hides it
  }
}
