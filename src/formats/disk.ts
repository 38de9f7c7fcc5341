import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { BadFileError, BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";

/** A file that is to be written does not fit on its disk. */
export class NoSpaceError extends BasewiseError {
  override readonly name = "NoSpaceError";
  readonly exitCode: ExitCode = EXIT.badInput;
  readonly path: string;
  readonly neededBytes: number;
  readonly freeBytes: number;

  constructor(path: string, neededBytes: number, freeBytes: number) {
    const [shown, needed, free] = [printable(path), gibibytes(neededBytes), gibibytes(freeBytes)];
    super({
      en: `${shown} needs ${needed}, and its disk has ${free} free; make room, or choose another place.`,
      zh: `${shown} 需要 ${needed}，而磁盘只剩 ${free}；请腾出空间，或换一个位置。`,
    });
    this.path = path;
    this.neededBytes = neededBytes;
    this.freeBytes = freeBytes;
  }
}

/** Throws NoSpaceError where the disk of a file that is to be written has less room than it needs. */
export async function requireSpace(path: string, neededBytes: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(dirname(path));
  // Some network and virtual file systems do not say.
  if (blocks > 0 && bavail * bsize < neededBytes) throw new NoSpaceError(path, neededBytes, bavail * bsize);
}

/** A file that the system did not let us write. */
export function notWritten(path: string, cause: unknown): BadFileError {
  const reason = printable(cause instanceof Error ? cause.message : String(cause), 300);
  return new BadFileError(
    path,
    {
      en: `${printable(path)} could not be written (${reason}); free some space or choose another place.`,
      zh: `无法写入 ${printable(path)}（${reason}）；请腾出空间或换一个位置。`,
    },
    { cause },
  );
}

function gibibytes(bytes: number): string {
  return bytes < 2 ** 29 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
