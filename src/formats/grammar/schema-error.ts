import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** A JSON Schema that cannot be kept to: malformed, contradictory, or with a keyword that is not supported. */
export class JsonSchemaError extends BasewiseError {
  override readonly name = "JsonSchemaError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** Where, as a JSON pointer from `#`. */
  readonly path: string;
  /** The keyword that is the matter. */
  readonly keyword: string | null;
  /** What is wrong there. */
  readonly problem: Text;

  /** @param file where the schema stands, if in a file. */
  constructor(path: string, keyword: string | null, problem: Text, file?: string) {
    const at = printable(path, 200);
    const [en, zh] = file === undefined ? ["", "该"] : [` in ${printable(file)}`, ` ${printable(file)} 中的`];
    super({
      en: `The JSON schema${en} cannot be kept to at ${at}: ${problem.en}.`,
      zh: `无法遵循${zh} JSON Schema，位置 ${at}：${problem.zh}。`,
    });
    this.problem = problem;
    this.path = path;
    this.keyword = keyword;
  }
}

/** A place in a schema, and what can be wrong there. */
export class Place {
  readonly path: string;
  readonly depth: number;

  constructor(path = "#", depth = 0) {
    this.path = path;
    this.depth = depth;
  }

  /** A place beneath this one. */
  at(...keys: readonly (string | number)[]): Place {
    const escaped = keys.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1"));
    return new Place([this.path, ...escaped].join("/"), this.depth + 1);
  }

  unsupported(keyword: string): JsonSchemaError {
    const shown = printable(keyword, 60);
    return this.wrong(keyword, {
      en: `the keyword ${shown} is not supported; leave it out`,
      zh: `不支持关键字 ${shown}；请将其去掉`,
    });
  }

  /** Two keywords that are supported, but not beside each other. */
  unsupportedBeside(keyword: string, other: string): JsonSchemaError {
    return this.wrong(keyword, {
      en: `${keyword} beside ${other} is not supported; leave one of them out`,
      zh: `不支持 ${keyword} 与 ${other} 同时出现；请去掉其中之一`,
    });
  }

  malformed(keyword: string, en: string, zh: string): JsonSchemaError {
    return this.wrong(keyword, { en: `${keyword} must be ${en}`, zh: `${keyword} 必须是${zh}` });
  }

  /** Nothing could be written that the schema allows. */
  impossible(keyword: string | null): JsonSchemaError {
    return this.wrong(keyword, {
      en: "it contradicts itself, so that no value would do",
      zh: "自相矛盾，没有任何值能满足",
    });
  }

  wrong(keyword: string | null, problem: Text): JsonSchemaError {
    return new JsonSchemaError(this.path, keyword, problem);
  }
}
