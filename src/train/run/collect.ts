import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Variables of a process whose arrays go back to the system when they are freed: glibc then maps those of 128 KiB and more
 * each by itself (mallopt(3), M_MMAP_THRESHOLD), where it would raise that bound by itself and keep them.
 */
export const GIVES_BACK: Readonly<Record<string, string>> = { MALLOC_MMAP_THRESHOLD_: "131072" };

/**
 * Gives back the memory of arrays that nobody refers to. V8 counts what lies outside its heap too little to do so by itself: the
 * weights as they were read would stay in memory beside those that learn.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
}
