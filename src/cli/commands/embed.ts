import { existsSync } from "node:fs";
import { extname } from "node:path";
import { TextTooLongError } from "../../engine/vectors.ts";
import { EXIT } from "../../errors.ts";
import { numbersOf } from "../../formats/vectors/jsonl.ts";
import {
  VECTOR_FORMATS,
  type VectorFormat,
  type VectorRow,
  writeVectors,
} from "../../formats/vectors/write-vectors.ts";
import type { CutText, EmbedOptions, EmbedResult, RepresentingModel } from "../../model/embedding-model.ts";
import { open } from "../../model/open.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { warningLines } from "../summary.ts";
import { textsFrom } from "../texts.ts";
import { UsageError } from "../usage.ts";
import type { EmbedCommandOptions } from "./embed.command.ts";

/** Texts that are embedded before their vectors are written. */
const AT_ONCE = 64;

/** What is told of all texts together. */
interface Summary
  extends Pick<EmbedResult, "dimensions" | "pooling" | "layer" | "normalized" | "prefix" | "stage"> {
  readonly tokens: number;
  readonly cut: readonly CutText[];
  readonly warnings: EmbedResult["warnings"];
}

/** Embeds texts: vectors as JSON lines on stdout, or in a file that appears when it is whole. */
export async function embedTexts(
  context: Context,
  reference: string,
  file: string | undefined,
  options: EmbedCommandOptions,
): Promise<number> {
  const { output } = options;
  const format = formatOf(options);
  if (output !== undefined && options.force !== true && existsSync(output)) throw exists(output);
  const texts = await textsFrom(file, options.text ?? []);
  if (texts.length === 0) throw noTexts();
  await using model = await open(reference, { for: "embed" });
  const done = await interruptible(context, async (signal) => {
    const work = new Work(model, texts, { ...optionsOf(options), signal });
    const first = await work.summary();
    if (output === undefined) await print(context, work);
    else await writeVectors(output, format, first.dimensions, work.rows());
    return await work.summary();
  });
  if (done === undefined) return EXIT.interrupted;
  tell(context, reference, texts.length, output, done);
  return EXIT.done;
}

/** The texts and their vectors, computed some at a time while they are written. */
class Work {
  readonly #model: RepresentingModel;
  readonly #texts: readonly string[];
  readonly #options: EmbedOptions;
  readonly #cut: CutText[] = [];
  #tokens = 0;
  #first: EmbedResult | undefined;

  constructor(model: RepresentingModel, texts: readonly string[], options: EmbedOptions) {
    this.#model = model;
    this.#texts = texts;
    this.#options = options;
  }

  async *rows(): AsyncGenerator<VectorRow> {
    for (let start = 0; start < this.#texts.length; start += AT_ONCE) {
      const result = await this.#embed(start);
      for (const [i, vector] of result.vectors.entries()) {
        yield { index: start + i, text: this.#texts[start + i] ?? "", vector };
      }
    }
  }

  /** What is known so far; whatever keeps the first texts from being embedded is known before a file is begun. */
  async summary(): Promise<Summary> {
    const { dimensions, pooling, layer, normalized, prefix, stage, warnings } =
      this.#first ?? (await this.#embed(0));
    const [tokens, cut] = [this.#tokens, this.#cut];
    return { dimensions, pooling, layer, normalized, prefix, stage, warnings, tokens, cut };
  }

  async #embed(start: number): Promise<EmbedResult> {
    if (start === 0 && this.#first !== undefined) return this.#first;
    const result = await this.#model
      .embed(this.#texts.slice(start, start + AT_ONCE), this.#options)
      .catch((error: unknown) => {
        // Texts are counted from the first of all.
        throw error instanceof TextTooLongError
          ? new TextTooLongError(start + error.index, error.textTokens, error.mostTokens)
          : error;
      });
    this.#first ??= result;
    this.#tokens += result.usage.tokens;
    this.#cut.push(...result.cut.map((one) => ({ ...one, index: start + one.index })));
    return result;
  }
}

async function print({ out }: Context, work: Work): Promise<void> {
  const { dimensions } = await work.summary();
  for await (const { index, text, vector } of work.rows()) {
    out.line(JSON.stringify({ index, text, embedding: nested(numbersOf(vector), dimensions) }));
  }
}

/** One vector, or the vectors of all tokens where they were not pooled. */
function nested(numbers: readonly number[], dimensions: number): unknown {
  if (numbers.length === dimensions) return numbers;
  return Array.from({ length: numbers.length / dimensions }, (_, i) =>
    numbers.slice(i * dimensions, (i + 1) * dimensions),
  );
}

/** What is worth knowing, as log lines; of vectors in a file as JSON on stdout where that is wanted. */
function tell(
  context: Context,
  reference: string,
  texts: number,
  output: string | undefined,
  summary: Summary,
): void {
  const { out, err, json, say, language } = context;
  const { dimensions, pooling, layer, normalized, prefix, tokens, cut, warnings } = summary;
  if (json && output !== undefined) {
    out.line(jsonLine({ reference, output, texts, ...summary }, language));
    return;
  }
  for (const warning of warningLines(context, warnings)) err.line(warning);
  for (const { index, textTokens, keptTokens } of cut) {
    err.line(
      err.paint.yellow(
        say({
          en: `⚠ Text ${index + 1} was cut: ${keptTokens} of its ${textTokens} tokens count.`,
          zh: `⚠ 第 ${index + 1} 条文本被截断：${textTokens} 个词元中只计入 ${keptTokens} 个。`,
        }),
      ),
    );
  }
  const shown = output === undefined ? "" : `${printable(output, Number.POSITIVE_INFINITY)}: `;
  const facts = [
    say({ en: `${texts} texts, ${tokens} tokens`, zh: `${texts} 条文本，${tokens} 个词元` }),
    say({ en: `${dimensions} dimensions`, zh: `${dimensions} 维` }),
    say(
      pooling === null
        ? { en: "pooled by the server", zh: "由服务器池化" }
        : { en: `pooling ${pooling}`, zh: `池化 ${pooling}` },
    ),
    ...(layer === null ? [] : [say({ en: `after layer ${layer}`, zh: `第 ${layer} 层之后` })]),
    say(normalized ? { en: "normalised", zh: "已归一化" } : { en: "not normalised", zh: "未归一化" }),
    ...(prefix === ""
      ? []
      : [say({ en: `each behind ${JSON.stringify(prefix)}`, zh: `每条之前加 ${JSON.stringify(prefix)}` })]),
  ];
  err.line(err.paint.dim(`${shown}[${facts.join(" · ")}]`));
}

function optionsOf(options: EmbedCommandOptions): EmbedOptions {
  const { kind, instruction, dimensions, pooling, layer, normalize, truncate } = options;
  return {
    // An instruction stands before queries only.
    ...(kind === undefined ? (instruction === undefined ? {} : { kind: "query" }) : { kind }),
    ...(instruction === undefined ? {} : { instruction }),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(pooling === undefined ? {} : { pooling }),
    ...(layer === undefined ? {} : { layer }),
    ...(normalize ? {} : { normalize }),
    ...(truncate === undefined ? {} : { truncate }),
  };
}

function formatOf({ format, output, pooling }: EmbedCommandOptions): VectorFormat {
  const named = output === undefined ? "" : extname(output).slice(1).toLowerCase();
  const chosen = format ?? VECTOR_FORMATS.find((one) => one === named);
  if (output === undefined && chosen !== undefined && chosen !== "jsonl") {
    throw new UsageError({
      en: `${chosen} is written to a file; name it with --output.`,
      zh: `${chosen} 需要写入文件；请用 --output 指定。`,
    });
  }
  if (output !== undefined && chosen === undefined) {
    throw new UsageError({
      en: `The name ${printable(output)} tells no format; give --format jsonl, npy or parquet.`,
      zh: `从文件名 ${printable(output)} 看不出格式；请给出 --format jsonl、npy 或 parquet。`,
    });
  }
  if (output !== undefined && pooling === "none") {
    throw new UsageError({
      en: "Without pooling there is a vector for every token; leave --output out, to have them as JSON lines.",
      zh: "不池化时每个词元都有一个向量；请去掉 --output，以 JSON 行输出。",
    });
  }
  return chosen ?? "jsonl";
}

function exists(output: string): UsageError {
  const shown = printable(output);
  return new UsageError({
    en: `${shown} exists already; choose another name, or replace it with --force.`,
    zh: `${shown} 已存在；请换一个名称，或用 --force 覆盖。`,
  });
}

function noTexts(): UsageError {
  return new UsageError({
    en: "There are no texts; give a file with one a line, --text, or pipe them in.",
    zh: "没有文本；请给出每行一条的文件、--text，或通过管道传入。",
  });
}
