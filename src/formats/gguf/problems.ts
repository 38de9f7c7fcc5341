import { BadFileError, NotFoundError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** A header that says something impossible: what it says, and to fetch the file anew. */
export function contradiction(path: string, what: Text): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is damaged: ${what.en}. Download or convert it again.`,
    zh: `${printable(path)} 已损坏：${what.zh}。请重新下载或重新转换。`,
  });
}

/** A file of which the end is missing. */
export function cutShort(path: string, neededBytes: number, fileBytes: number): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is cut short: it has ${fileBytes} bytes, and its header speaks of at least ${neededBytes}. Download it again.`,
    zh: `${printable(path)} 不完整：文件只有 ${fileBytes} 字节，而文件头提到至少 ${neededBytes} 字节。请重新下载。`,
  });
}

/** A model that is well formed, and that the pinned native library cannot run. */
export function unloadable(path: string, what: Text, remedy: Text): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} cannot be loaded: ${what.en}. ${remedy.en}.`,
    zh: `${printable(path)} 无法加载：${what.zh}。${remedy.zh}。`,
  });
}

export function missingFile(path: string, cause: unknown): NotFoundError {
  return new NotFoundError(
    path,
    {
      en: `There is no file at ${printable(path)}. Check the path.`,
      zh: `${printable(path)} 处没有文件。请检查路径。`,
    },
    { cause },
  );
}

export function notAFile(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is not a regular file, but a folder, a pipe or a device. Give the path of a file.`,
    zh: `${printable(path)} 不是普通文件，而是文件夹、管道或设备。请给出文件的路径。`,
  });
}

export function unreadable(path: string, cause: unknown): BadFileError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new BadFileError(
    path,
    {
      en: `${printable(path)} cannot be read (${printable(code)}). Check its permissions and the disk.`,
      zh: `无法读取 ${printable(path)}（${printable(code)}）。请检查权限和磁盘。`,
    },
    { cause },
  );
}

export function emptyFile(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is empty (0 bytes). Download it again.`,
    zh: `${printable(path)} 是空文件（0 字节）。请重新下载。`,
  });
}

export function notGguf(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is not a GGUF file: it does not begin with "GGUF". Give a model in GGUF format.`,
    zh: `${printable(path)} 不是 GGUF 文件：开头不是 "GGUF"。请给出 GGUF 格式的模型。`,
  });
}

export function wrongVersion(path: string, version: number): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is GGUF version ${version}; versions 2 and 3 can be read. Convert it again with a current converter.`,
    zh: `${printable(path)} 是 GGUF 第 ${version} 版；只能读取第 2 和第 3 版。请用新的转换工具重新转换。`,
  });
}

export function bigEndian(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is a big-endian GGUF file. Take a little-endian one, as nearly all are.`,
    zh: `${printable(path)} 是大端序 GGUF 文件。请使用常见的小端序文件。`,
  });
}

/** A small file that is none. */
export function tooLarge(path: string, bytes: number, maxBytes: number): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} has ${bytes} bytes (at most ${maxBytes} are allowed). Download it again.`,
    zh: `${printable(path)} 有 ${bytes} 字节（最多允许 ${maxBytes}）。请重新下载。`,
  });
}
