import {
  BadFileError,
  BadInputError,
  BasewiseError,
  EXIT,
  type ExitCode,
  NotFoundError,
} from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { DivergedError } from "./diverged.ts";

/** The process that trained died: an abort of the native library, or a kill. */
export class TrainingCrashedError extends BasewiseError {
  override readonly name = "TrainingCrashedError";
  readonly exitCode: ExitCode = EXIT.failed;
  /** Steps that were done. */
  readonly step: number;
  /** The step of the newest checkpoint; 0 where there is none. */
  readonly checkpoint: number;
  /** A signal or an exit code. */
  readonly how: string;
  /** The last that it wrote to its standard error. */
  readonly log: string;

  constructor(step: number, checkpoint: number, how: string, log: string) {
    const said = printable(log.trim().split("\n").at(-1) ?? "", 300);
    const [keptEn, keptZh] =
      checkpoint === 0
        ? ["there is no checkpoint yet", "尚无检查点"]
        : [`the checkpoint of step ${checkpoint} is kept`, `第 ${checkpoint} 步的检查点已保留`];
    super({
      en: `The training process died (${how}) after step ${step}${said === "" ? "" : `, saying "${said}"`}; ${keptEn}. Run the same command to go on; where it dies again, lower batch or threads and report it.`,
      zh: `训练进程在第 ${step} 步之后意外终止（${how}）${said === "" ? "" : `，其输出为"${said}"`}；${keptZh}。请运行同一命令继续；若再次终止，请减小 batch 或 threads 并报告。`,
    });
    this.step = step;
    this.checkpoint = checkpoint;
    this.how = how;
    this.log = log;
  }
}

/** Another process is at this run. */
export class RunBusyError extends BasewiseError {
  override readonly name = "RunBusyError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The folder of the run. */
  readonly path: string;
  /** The process that is at it. */
  readonly pid: number;

  constructor(path: string, pid: number) {
    const shown = printable(path, 300);
    super({
      en: `${shown} is being trained by process ${pid}; wait for it, stop it, or choose another output folder.`,
      zh: `进程 ${pid} 正在训练 ${shown}；请等待或停止它，或更换 output 文件夹。`,
    });
    this.path = path;
    this.pid = pid;
  }
}

/** An error of the process that trains, as data that passes between processes. */
export interface Failure {
  readonly name: string;
  readonly text: Text;
  readonly exitCode: ExitCode;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function failureOf(error: BasewiseError): Failure {
  const { name, text, exitCode, message: _, cause: __, stack: ___, ...facts } = error;
  return { name, text, exitCode, facts: JSON.parse(JSON.stringify(facts)) };
}

/** An error that was told by the process that trains: its name, sentence and facts. */
class RelayedError extends BasewiseError {
  override readonly name: string;
  readonly exitCode: ExitCode;

  constructor({ name, text, exitCode, facts }: Failure) {
    super(text);
    this.name = name;
    this.exitCode = exitCode;
    Object.assign(this, facts);
  }
}

export function errorOf(failure: Failure): BasewiseError {
  const { name, text, facts } = failure;
  const path = String(facts.path ?? facts.reference ?? "");
  switch (name) {
    case "BadFileError":
      return new BadFileError(path, text);
    case "BadInputError":
      return new BadInputError(text);
    case "NotFoundError":
      return new NotFoundError(path, text);
    case "DivergedError": {
      const { step, loss, rows, checkpoint } = facts;
      return new DivergedError({
        step: Number(step),
        loss: loss === null ? Number.NaN : Number(loss),
        rows: Array.isArray(rows) ? rows.map(String) : [],
        checkpoint: Number(checkpoint),
      });
    }
    default:
      return new RelayedError(failure);
  }
}
