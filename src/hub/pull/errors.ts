import { BadFileError, BadInputError, BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { GgufChoice } from "../gguf-choices.ts";

/** Ctrl-C, or the caller's signal: what was loaded is kept, and the same command goes on from there. */
export class PullInterruptedError extends BasewiseError {
  override readonly name = "PullInterruptedError";
  readonly exitCode: ExitCode = EXIT.interrupted;
  readonly reference: string;
  readonly keptBytes: number;

  constructor(reference: string, keptBytes: number) {
    const again = `basewise pull ${printable(reference, Number.POSITIVE_INFINITY)}`;
    super({
      en: `Stopped; ${keptBytes} bytes are kept. To go on: ${again}`,
      zh: `已停止；已保留 ${keptBytes} 字节。继续下载：${again}`,
    });
    this.reference = reference;
    this.keptBytes = keptBytes;
  }
}

/** The disk cannot hold what is to come. */
export class NoSpaceError extends BasewiseError {
  override readonly name = "NoSpaceError";
  readonly exitCode: ExitCode = EXIT.failed;
  readonly path: string;
  readonly neededBytes: number;
  readonly freeBytes: number;

  constructor(path: string, neededBytes: number, freeBytes: number) {
    super({
      en: `The disk of ${printable(path)} has ${freeBytes} bytes free, and ${neededBytes} are needed. Free some, or name another place (HF_HOME, BASEWISE_HOME).`,
      zh: `${printable(path)} 所在磁盘仅剩 ${freeBytes} 字节，需要 ${neededBytes} 字节。请清理空间，或另指定位置（HF_HOME、BASEWISE_HOME）。`,
    });
    this.path = path;
    this.neededBytes = neededBytes;
    this.freeBytes = freeBytes;
  }
}

/** Another process downloads the same file at this moment. */
export class BusyError extends BasewiseError {
  override readonly name = "BusyError";
  readonly exitCode: ExitCode = EXIT.failed;
  readonly path: string;
  readonly process: number;

  constructor(path: string, process: number) {
    super({
      en: `Process ${process} is downloading this model already. Wait for it, or stop it.`,
      zh: `进程 ${process} 正在下载此模型。请等待其完成或将其停止。`,
    });
    this.path = path;
    this.process = process;
  }
}

/** A repository of several models from which one must be chosen. */
export class ChoiceNeededError extends BasewiseError {
  override readonly name = "ChoiceNeededError";
  readonly exitCode: ExitCode = EXIT.badInput;
  readonly reference: string;
  readonly choices: readonly { readonly label: string; readonly bytes: number }[];

  constructor(reference: string, choices: readonly GgufChoice[]) {
    const labels = choices.map(({ label }) => printable(label)).join(", ");
    super({
      en: `${printable(reference)} comes in ${choices.length} quantisations: ${labels}. Choose one with --quant.`,
      zh: `${printable(reference)} 有 ${choices.length} 种量化：${labels}。请用 --quant 选择其一。`,
    });
    this.reference = reference;
    this.choices = choices.map(({ label, bytes }) => ({ label, bytes }));
  }
}

export function noSuchChoice(reference: string, word: string, choices: readonly GgufChoice[]): BadInputError {
  const labels = choices.map(({ label }) => printable(label)).join(", ");
  return new BadInputError({
    en: `${printable(reference)} has no GGUF "${printable(word)}". ${labels === "" ? "It holds none; leave the choice out." : `Choose one of ${labels}.`}`,
    zh: `${printable(reference)} 中没有 GGUF“${printable(word)}”。${labels === "" ? "它不含 GGUF；请去掉选择。" : `可选：${labels}。`}`,
  });
}

export function wrongDigest(path: string, expected: string, found: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} arrived damaged: its digest is ${found.slice(0, 12)}…, not ${expected.slice(0, 12)}…; what came was removed. Download it again, or from another host.`,
    zh: `${printable(path)} 下载后已损坏：摘要为 ${found.slice(0, 12)}…，应为 ${expected.slice(0, 12)}…；已删除收到的内容。请重新下载，或换用其他站点。`,
  });
}
