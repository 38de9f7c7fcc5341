import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** What can be wrong with the file that holds the conversations. */
export type StoreProblem = "damaged" | "newer" | "foreign" | "full" | "busy" | "unwritable";

/** The file that holds the conversations cannot be used; what was written before stays as it was. */
export class StoreError extends BasewiseError {
  override readonly name = "StoreError";
  readonly exitCode: ExitCode;
  /** The database file. */
  readonly path: string;
  /** What is wrong with it. */
  readonly problem: StoreProblem;

  constructor(path: string, problem: StoreProblem, reason = "", options?: ErrorOptions) {
    super(sentence(printable(path, 300), problem, printable(reason, 200)), options);
    this.path = path;
    this.problem = problem;
    this.exitCode = problem === "busy" ? EXIT.failed : EXIT.badInput;
  }
}

function sentence(path: string, problem: StoreProblem, reason: string): Text {
  switch (problem) {
    case "damaged":
      return {
        en: `The conversations in ${path} cannot be read: the file is damaged (${reason}). Save what can be read with basewise conversations repair, or put a copy of it back.`,
        zh: `无法读取 ${path} 中的对话：文件已损坏（${reason}）。请用 basewise conversations repair 抢救可读的内容，或恢复备份。`,
      };
    case "newer":
      return {
        en: `The conversations in ${path} were written by a newer basewise (${reason}); update basewise, or name another place with BASEWISE_HOME.`,
        zh: `${path} 中的对话由更新版本的 basewise 写入（${reason}）；请升级 basewise，或用 BASEWISE_HOME 指定其他位置。`,
      };
    case "foreign":
      return {
        en: `${path} belongs to another program, so no conversation is written there; move it away, or name another place with BASEWISE_HOME.`,
        zh: `${path} 属于其他程序，不会写入对话；请移走该文件，或用 BASEWISE_HOME 指定其他位置。`,
      };
    case "full":
      return {
        en: `The disk of ${path} is full, so this was not written; what was there before is kept. Make room and try again.`,
        zh: `${path} 所在磁盘已满，此内容未写入；先前内容均已保留。请腾出空间后重试。`,
      };
    case "busy":
      return {
        en: `Another process has kept ${path} busy for too long, so this was not written; try again.`,
        zh: `另一个进程长时间占用 ${path}，此内容未写入；请重试。`,
      };
    case "unwritable":
      return {
        en: `${path} cannot be written (${reason}); allow it, or name another place with BASEWISE_HOME.`,
        zh: `无法写入 ${path}（${reason}）；请授予权限，或用 BASEWISE_HOME 指定其他位置。`,
      };
  }
}

/** There is no conversation of this name. */
export class NoConversationError extends BasewiseError {
  override readonly name = "NoConversationError";
  readonly exitCode: ExitCode = EXIT.notFound;
  /** The name that leads to none. */
  readonly conversation: string;

  constructor(conversation: string) {
    const shown = printable(conversation);
    super({
      en: `There is no conversation "${shown}"; basewise conversations list shows their names.`,
      zh: `没有名为“${shown}”的对话；basewise conversations list 可列出所有名称。`,
    });
    this.conversation = conversation;
  }
}

/** A conversation of this name is there already. */
export class NameTakenError extends BasewiseError {
  override readonly name = "NameTakenError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The name that is taken. */
  readonly conversation: string;

  constructor(conversation: string) {
    const shown = printable(conversation);
    super({
      en: `There is a conversation "${shown}" already; take another name, or remove that one first.`,
      zh: `已有名为“${shown}”的对话；请换一个名称，或先删除原有对话。`,
    });
    this.conversation = conversation;
  }
}

/** A turn that should come next was preceded by one of another process. */
export class ConversationMovedError extends BasewiseError {
  override readonly name = "ConversationMovedError";
  readonly exitCode: ExitCode = EXIT.failed;
  readonly conversation: string;

  constructor(conversation: string) {
    const shown = printable(conversation);
    super({
      en: `Another process went on with "${shown}" meanwhile; read its turns again, or go on in a branch.`,
      zh: `另一个进程已继续了对话“${shown}”；请重新读取，或在分支中继续。`,
    });
    this.conversation = conversation;
  }
}
