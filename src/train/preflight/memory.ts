import { availableMemory } from "../../engine/machine/machine.ts";
import { byteCountOf } from "../../native/gguf-writer.ts";
import type { Job } from "../job.ts";
import type { PreflightFinding } from "./finding.ts";

/** Bytes for each number that is learned: itself, its gradient and two moments, in 32 bits. */
const LEARNED_BYTES = 16;

/** Bytes that a run takes at least, whatever its batch: what is learned with its moments, and the weights beside it. */
export function leastBytes({ weights, frozen }: Pick<Job, "weights" | "frozen">): number {
  const learned = [...weights.values()].reduce((sum, values) => sum + values.length, 0);
  const kept = [...(frozen?.weights.values() ?? [])].reduce((sum, one) => sum + byteCountOf(one), 0);
  return LEARNED_BYTES * learned + kept;
}

/** Whether the machine has room for the run. */
export function checkMemory(job: Pick<Job, "weights" | "frozen">): PreflightFinding[] {
  const [needed, free] = [leastBytes(job), availableMemory()];
  if (needed < free) return [];
  const [least, room] = [needed, free].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
  const remedy =
    job.frozen === undefined
      ? { en: "learn an adapter beside the weights (adapter: {})", zh: "改为训练适配器（adapter: {}）" }
      : { en: "quantise the parent first, or take a smaller one", zh: "先量化父模型，或选用更小的模型" };
  return [
    {
      id: "memory",
      level: "stops",
      text: {
        en: `The run takes at least ${least} of memory, and ${room} are free; ${remedy.en}.`,
        zh: `训练至少需要 ${least} 内存，而可用 ${room}；请${remedy.zh}。`,
      },
    },
  ];
}
