import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";

/** A package that TRL's program needs, in another version or not there at all. */
export interface MissingPackage {
  /** As PyPI calls it. */
  readonly name: string;
  /** As requirements are written: `>=2.6`. */
  readonly wanted: string;
  /** The version that is there. */
  readonly found: string | null;
}

/** There is no such Python, or it lacks what training with TRL needs. */
export class PythonEnvironmentError extends BasewiseError {
  override readonly name = "PythonEnvironmentError";
  readonly exitCode: ExitCode = EXIT.notFound;
  /** The command that was to be Python. */
  readonly python: string;
  /** What it lacks; empty where it did not run. */
  readonly missing: readonly MissingPackage[];

  constructor(python: string, missing: readonly MissingPackage[], requirements: string, said = "") {
    const shown = printable(python, 300);
    const why = said === "" ? "" : ` ("${printable(said, 200)}")`;
    const [en, zh] = [
      missing.map((one) => missingText(one, (found) => ` (and it is ${found})`)).join(", "),
      missing.map((one) => missingText(one, (found) => `（现为 ${found}）`)).join("、"),
    ];
    const remedy = `${shown} -m pip install -r ${printable(requirements, 300)}`;
    super(
      missing.length === 0
        ? {
            en: `${shown} does not run as Python${why}; name one with --python that has the packages of ${printable(requirements, 300)}.`,
            zh: `${shown} 无法作为 Python 运行${why}；请用 --python 指定装有 ${printable(requirements, 300)} 所列软件包的 Python。`,
          }
        : {
            en: `${shown} lacks ${en}; install them (${remedy}), or name another Python with --python.`,
            zh: `${shown} 缺少 ${zh}；请安装（${remedy}），或用 --python 指定其他 Python。`,
          },
    );
    this.python = python;
    this.missing = missing;
  }
}

function missingText({ name, wanted, found }: MissingPackage, tell: (found: string) => string): string {
  return `${printable(name)} ${wanted}${found === null ? "" : tell(printable(found))}`;
}
