import { estimateFile } from "../../catalog/shape-of.ts";
import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { GgufHeader } from "../../formats/gguf/header.ts";
import type { CacheType } from "../../native/llama/context.ts";
import { printable } from "../../printable.ts";
import { hasCardBuild } from "../machine/graphics.ts";
import { availableMemory } from "../machine/machine.ts";
import { detectProcessor } from "../machine/processor.ts";

/** A model and its context do not fit the memory that is free; nothing was loaded. */
export class NotEnoughMemoryError extends BasewiseError {
  override readonly name = "NotEnoughMemoryError";
  readonly exitCode: ExitCode = EXIT.failed;
  /** The model's file. */
  readonly path: string;
  /** What loading it would take. */
  readonly neededBytes: number;
  /** What the machine has left. */
  readonly availableBytes: number;
  /** The context it was to be loaded with, in tokens. */
  readonly contextSize: number;
  /** The longest context that would fit; nothing where the weights alone do not. */
  readonly fittingContext: number | undefined;

  constructor(
    facts: Pick<
      NotEnoughMemoryError,
      "path" | "neededBytes" | "availableBytes" | "contextSize" | "fittingContext"
    >,
  ) {
    const { path, contextSize, fittingContext } = facts;
    const [shown, needed, free] = [
      printable(path),
      gibibytes(facts.neededBytes),
      gibibytes(facts.availableBytes),
    ];
    const remedy =
      fittingContext === undefined
        ? {
            en: "take a smaller quantisation or model, or close other programs",
            zh: "请使用更小的量化或模型，或关闭其他程序",
          }
        : {
            en: `take a context of at most ${fittingContext} tokens, or close other programs`,
            zh: `请使用不超过 ${fittingContext} 个词元的上下文，或关闭其他程序`,
          };
    super({
      en: `${shown} with a context of ${contextSize} tokens needs ${needed} of memory, and ${free} are free; ${remedy.en}.`,
      zh: `${shown} 连同 ${contextSize} 个词元的上下文需要 ${needed} 内存，而可用内存为 ${free}；${remedy.zh}。`,
    });
    this.path = path;
    this.neededBytes = facts.neededBytes;
    this.availableBytes = facts.availableBytes;
    this.contextSize = contextSize;
    this.fittingContext = fittingContext;
  }
}

/** What is to be loaded beside the file. */
export interface Load {
  readonly contextSize: number;
  readonly sequences: number;
  readonly batch: number;
  readonly outputs: number;
  readonly cacheType: CacheType;
  /** What else is loaded with it. */
  readonly besideBytes?: number | undefined;
}

/** Contexts to try, as shares of the one that does not fit. */
const SHORTEST = 256;

/**
 * Throws NotEnoughMemoryError where the file with its context takes more than is free, before it is loaded: the system
 * would kill the process, or another one. Where a graphics card takes a part of it, or the header does not say what
 * the arithmetic needs, it is left to the library to say so.
 */
export function requireMemory(header: GgufHeader, load: Load, available: number = availableMemory()): void {
  if (hasCardBuild()) return;
  const needed = (contextSize: number): number | undefined => {
    const own = bytesFor(header, { ...load, contextSize });
    return own && own + (load.besideBytes ?? 0);
  };
  const neededBytes = needed(load.contextSize);
  if (neededBytes === undefined || neededBytes <= available) return;
  let fitting: number | undefined = load.contextSize;
  while (fitting !== undefined && (needed(fitting) ?? 0) > available) {
    const next: number = Math.floor(fitting / 2 / SHORTEST) * SHORTEST;
    fitting = next < SHORTEST ? undefined : next;
  }
  throw new NotEnoughMemoryError({
    path: header.path,
    neededBytes,
    availableBytes: available,
    contextSize: load.contextSize,
    fittingContext: fitting,
  });
}

/** What a file with its context takes; nothing where its header does not say what the arithmetic needs. */
export function bytesFor(header: GgufHeader, load: Load): number | undefined {
  const { contextSize: context, sequences, batch, outputs } = load;
  const cacheType = CACHE_NAMES[load.cacheType];
  const { packing } = detectProcessor();
  return estimateFile(header, { context, sequences, batch, outputs, cacheType, packing })?.total;
}

const CACHE_NAMES = { f32: "F32", f16: "F16", q8_0: "Q8_0", q4_0: "Q4_0" } as const;

function gibibytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
