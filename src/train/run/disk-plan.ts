import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import { printable } from "../../printable.ts";

/** Bytes that a run writes for each number that it learns: weights and two moments, each in 32 bits. */
const CHECKPOINT_BYTES = 12;
const BEST_BYTES = 4;

/** A run would fill its disk. */
export class RunSpaceError extends BasewiseError {
  override readonly name = "RunSpaceError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The folder of the run. */
  readonly path: string;
  /** What the run writes at most. */
  readonly neededBytes: number;
  /** What the disk has left. */
  readonly freeBytes: number;

  constructor(
    path: string,
    parameters: number,
    checkpoints: number,
    fileBytes: number,
    neededBytes: number,
    freeBytes: number,
  ) {
    const [shown, millions] = [printable(path, 300), (parameters / 1e6).toFixed(1)];
    const [each, needed, free] = [CHECKPOINT_BYTES * parameters, neededBytes, freeBytes].map(mebibytes);
    const files = mebibytes((BEST_BYTES + fileBytes) * parameters);
    super({
      en: `The run needs ${needed} more on the disk of ${shown}, which has ${free} free: ${checkpoints} checkpoints of ${each} (${CHECKPOINT_BYTES} bytes for each of ${millions} M parameters), and ${files} for the best weights and the model files, less what is there already; make room, choose another output, or lower keep.`,
      zh: `${shown} 所在磁盘还需要 ${needed}，而只剩 ${free}：${checkpoints} 个检查点，每个 ${each}（${millions} M 参数，每个 ${CHECKPOINT_BYTES} 字节），最佳权重与模型文件 ${files}，已扣除现有文件；请腾出空间、更换 output 或减小 keep。`,
    });
    this.path = path;
    this.neededBytes = neededBytes;
    this.freeBytes = freeBytes;
  }
}

/** Throws RunSpaceError where checkpoints and model files will not fit. One checkpoint more is there while it is written. */
export async function requireRunSpace(
  output: string,
  parameters: number,
  keep: number,
  fileBytes: number,
): Promise<void> {
  const checkpoints = keep + 1;
  const whole = (checkpoints * CHECKPOINT_BYTES + BEST_BYTES + fileBytes) * parameters;
  const needed = whole - (await bytesIn(output)) - (await bytesIn(join(output, "checkpoint")));
  const { bavail, bsize, blocks } = await statfs(output);
  // some network and virtual file systems do not say
  if (blocks === 0 || bavail * bsize >= needed) return;
  throw new RunSpaceError(output, parameters, checkpoints, fileBytes, needed, bavail * bsize);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names
    .filter((name) => /\.(safetensors|gguf)$/.test(name))
    .map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function mebibytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
