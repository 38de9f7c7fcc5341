import { availableMemory } from "../../engine/machine/machine.ts";
import type { SftRecipe } from "../recipe.ts";
import type { PreflightFinding } from "./finding.ts";

/** Bytes of each number that is learned as it was first read; they are given back when it is in the store. */
const FIRST_BYTES = 4;
/** Bytes of each learned number as it is packed for a file in 8 bits. */
const WRITTEN_BYTES = 34 / 32;
/** The same for each frozen number while it is unpacked and packed. */
const PACKED_BYTES = 16;
/** V8 collects at the latest when so much lies outside its heap (`kExternalAllocationSoftLimit`). */
const MOST_LEFT = 64 * 2 ** 20;

/** What the process that trains takes of memory. */
export interface ProcessMemory {
  /** Now. */
  readonly rss: number;
  /** At most so far. */
  readonly peak: number;
}

export function processMemory(): ProcessMemory {
  return { rss: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 };
}

/**
 * Bytes that the process will have taken at its peak: what it has now but for the first copy of `learned` numbers, what
 * the graphs will write, and what writing a file of `learned` and loading `frozen` numbers leaves behind.
 */
export function foreseenBytes(
  native: number,
  { learned, frozen }: { readonly learned: number; readonly frozen: number },
  { rss, peak }: ProcessMemory,
): number {
  const left = WRITTEN_BYTES * learned + Math.min(MOST_LEFT, PACKED_BYTES * frozen);
  return Math.max(peak, rss - FIRST_BYTES * learned + native + left);
}

/** What of a recipe decides how much memory it takes. */
export interface Sized extends Pick<SftRecipe, "batch" | "checkpointing"> {
  readonly kind: string;
  readonly adapter?: SftRecipe["adapter"];
}

/** Whether the machine has room for what a run takes beyond what it has; the remedies, those that cost least first. */
export function checkMemory(
  recipe: Sized,
  needed: number,
  { rss }: ProcessMemory,
  free = availableMemory(),
): PreflightFinding[] {
  if (needed - rss < free) return [];
  const [least, room] = [needed - rss, free].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
  const { batch, checkpointing } = recipe;
  const remedies = [
    ...(batch.batch > 1
      ? [
          {
            en: `compute fewer rows at once (batch.batch: 1, batch.accumulate: ${batch.batch * batch.accumulate})`,
            zh: `减少同时计算的行数（batch.batch: 1, batch.accumulate: ${batch.batch * batch.accumulate}）`,
          },
        ]
      : []),
    ...(checkpointing
      ? []
      : [{ en: "compute layers twice (checkpointing: true)", zh: "重算各层（checkpointing: true）" }]),
    ...(recipe.kind === "pretrain" || recipe.adapter !== undefined
      ? []
      : [{ en: "learn an adapter beside the weights (adapter: {})", zh: "改为训练适配器（adapter: {}）" }]),
    { en: "shorten rows (batch.time)", zh: "缩短每行长度（batch.time）" },
    { en: "take a smaller model", zh: "选用更小的模型" },
  ];
  const [en, zh] = [
    remedies.map((remedy) => remedy.en).join(", or "),
    remedies.map((remedy) => remedy.zh).join("，或"),
  ];
  return [
    {
      id: "memory",
      level: "stops",
      text: {
        en: `The run would take ${least} of memory, and ${room} are free: ${en}.`,
        zh: `训练将占用 ${least} 内存，而可用 ${room}：请${zh}。`,
      },
    },
  ];
}
