import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { BadFileError, BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";

/** A file that is to be written does not fit on its disk. */
export class NoSpaceError extends BasewiseError {
  override readonly name = "NoSpaceError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** What was to be written. */
  readonly path: string;
  /** What it takes. */
  readonly neededBytes: number;
  /** What the disk has left. */
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
  const shown = printable(path);
  const reason = reasonOf(path, cause);
  return new BadFileError(
    path,
    {
      en: `${shown} could not be written (${reason.en.what}); ${reason.en.remedy}.`,
      zh: `无法写入 ${shown}（${reason.zh.what}）；${reason.zh.remedy}。`,
    },
    { cause },
  );
}

interface Reason {
  readonly what: string;
  readonly remedy: string;
}

function reasonOf(path: string, cause: unknown): Readonly<Record<"en" | "zh", Reason>> {
  const folder = printable(dirname(path));
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const what = printable(cause instanceof Error ? cause.message : String(cause), 300);
  switch (code) {
    case "ENOENT":
      return {
        en: { what: `the folder ${folder} does not exist`, remedy: "make it, or choose another place" },
        zh: { what: `文件夹 ${folder} 不存在`, remedy: "请先创建，或换一个位置" },
      };
    case "ENOTDIR":
      return {
        en: { what: `${folder} is not a folder`, remedy: "choose another place" },
        zh: { what: `${folder} 不是文件夹`, remedy: "请换一个位置" },
      };
    case "EISDIR":
      return {
        en: { what: "it is a folder", remedy: "choose another name" },
        zh: { what: "它是一个文件夹", remedy: "请换一个名字" },
      };
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return {
        en: { what: `writing in ${folder} is not allowed`, remedy: "choose another place" },
        zh: { what: `没有写入 ${folder} 的权限`, remedy: "请换一个位置" },
      };
    case "ENOSPC":
    case "EDQUOT":
      return {
        en: { what: "the disk is full", remedy: "make room, or choose another place" },
        zh: { what: "磁盘已满", remedy: "请腾出空间，或换一个位置" },
      };
    default:
      return { en: { what, remedy: "choose another place" }, zh: { what, remedy: "请换一个位置" } };
  }
}

function gibibytes(bytes: number): string {
  return bytes < 2 ** 29 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
