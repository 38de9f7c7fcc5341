import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";

/** An adapter is to be added to another model than the one it was trained beside. */
export class WrongParentError extends BasewiseError {
  override readonly name = "WrongParentError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The model that was given. */
  readonly parent: string;
  /** Hashes of the weights: of the model that was given, and of the one that the adapter was trained beside. */
  readonly hash: string;
  /** The SHA-256 of the weights that the adapter was trained on. */
  readonly wantedHash: string;

  constructor(parent: string, hash: string, wanted: { readonly name: string; readonly hash: string }) {
    const [given, due, name] = [hash.slice(0, 12), wanted.hash.slice(0, 12), printable(wanted.name)];
    const shown = printable(parent, 300);
    super({
      en: `${shown} is not the model that the adapter was trained beside: its weights hash to ${given}…, those of ${name} to ${due}…; give that file with --parent.`,
      zh: `${shown} 不是训练该适配器时所用的模型：其权重哈希为 ${given}…，而 ${name} 为 ${due}…；请用 --parent 指定该文件。`,
    });
    this.parent = parent;
    this.hash = hash;
    this.wantedHash = wanted.hash;
  }
}

/** A model cannot be written in another format. */
export class UnexportableError extends BasewiseError {
  override readonly name = "UnexportableError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The model's file. */
  readonly path: string;

  constructor(path: string, what: Text, remedy: Text) {
    const shown = printable(path, 300);
    super({
      en: `${shown} cannot be exported: ${what.en}; ${remedy.en}.`,
      zh: `无法导出 ${shown}：${what.zh}；${remedy.zh}。`,
    });
    this.path = path;
  }
}
