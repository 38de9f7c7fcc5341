import type { Option } from "commander";
import type { Declare } from "./declare.ts";

/** Where to write, as the command line gives it. */
export interface OutputFileOptions {
  readonly output?: string;
  readonly force?: true;
}

/** The options of every command that makes a model file. */
export function outputFileOptions({ option }: Declare): readonly Option[] {
  return [
    option("--output <file>", { en: "the file to write", zh: "要写入的文件" }),
    option("--force", { en: "replace a file that exists already", zh: "覆盖已存在的文件" }),
  ];
}
