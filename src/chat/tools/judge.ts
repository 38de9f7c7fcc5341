import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { WrittenCall } from "./formats.ts";
import type { Tool, ToolCall, UnusableCall } from "./tool.ts";

/** What was written as a call, judged by the tools that were given. */
export function judgeCall(call: WrittenCall, tools: readonly Tool[]): ToolCall {
  const id = newId();
  const unusable = (kind: UnusableCall["kind"], problem: Text): UnusableCall => ({
    status: "unusable",
    id,
    name: call.name,
    text: call.text,
    kind,
    problem,
  });
  const { name } = call;
  if (name === null) {
    return unusable("unreadable", {
      en: "The model wrote a call of a tool that cannot be read.",
      zh: "模型写出的工具调用无法解析。",
    });
  }
  const tool = tools.find((one) => one.function.name === name);
  const shown = printable(name, 80);
  if (tool === undefined) {
    const names = tools.map((one) => one.function.name);
    return unusable("unknown tool", {
      en: `There is no tool ${shown}; there are ${names.join(", ")}.`,
      zh: `没有工具 ${shown}；可用的有 ${names.join("、")}。`,
    });
  }
  // Llama and others leave the arguments out where there are none.
  const given: unknown = call.arguments ?? {};
  if (!isObject(given)) {
    return unusable("malformed arguments", {
      en: `The arguments of ${shown} are no object.`,
      zh: `${shown} 的参数不是对象。`,
    });
  }
  const problem = misfit(given, tool);
  if (problem !== undefined) {
    return unusable("malformed arguments", {
      en: `The arguments of ${shown} do not fit its schema: ${problem.en}.`,
      zh: `${shown} 的参数不符合其模式：${problem.zh}。`,
    });
  }
  return { status: "ready", id, name, arguments: given };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where arguments do not fit a schema; a schema that cannot be checked lets everything pass. */
function misfit(
  given: Readonly<Record<string, unknown>>,
  { function: { parameters } }: Tool,
): Text | undefined {
  if (typeof parameters !== "object") return undefined;
  try {
    const schema = z.fromJSONSchema({ type: "object", ...parameters });
    if (schema.safeParse(given).success) return undefined;
    const [en, zh] = LOCALES.map(({ localeError }) =>
      firstIssue(schema.safeParse(given, { error: localeError })),
    );
    return en === undefined || zh === undefined ? undefined : { en, zh };
  } catch {
    return undefined;
  }
}

const LOCALES = [z.locales.en(), z.locales.zhCN()];

function firstIssue({ error }: z.ZodSafeParseResult<unknown>): string | undefined {
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return undefined;
  return printable(`${issue.path.join(".")}: ${issue.message}`.replace(/^: /, ""), 200);
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Nine letters and digits, as Mistral's templates require. */
function newId(): string {
  return [...randomBytes(9)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}
