import { EXIT } from "../../errors.ts";
import { open } from "../../model/open.ts";
import type { RerankResult } from "../../model/reranker-model.ts";
import { printable } from "../../printable.ts";
import type { Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { jsonLine } from "../json.ts";
import { bar, padded } from "../layout.ts";
import { warningLines } from "../summary.ts";
import { textsFrom } from "../texts.ts";
import { UsageError } from "../usage.ts";
import type { RerankCommandOptions } from "./rerank.command.ts";

const BAR_WIDTH = 12;

/** Scores documents against a query, the best first. */
export async function rerankDocuments(
  context: Context,
  reference: string,
  query: string,
  file: string | undefined,
  { document: given = [], top, instruction, truncate }: RerankCommandOptions,
): Promise<number> {
  const documents = await textsFrom(file, given);
  if (documents.length === 0) throw noDocuments();
  await using model = await open(reference, { for: "rerank" });
  const ranked = await interruptible(context, (signal) =>
    model.rerank(query, documents, {
      signal,
      ...(instruction === undefined ? {} : { instruction }),
      ...(truncate === undefined ? {} : { truncate }),
    }),
  );
  if (ranked === undefined) return EXIT.interrupted;
  const results = ranked.results
    .slice(0, top)
    .map((one) => ({ ...one, document: documents[one.index] ?? "" }));
  if (context.json) {
    context.out.line(jsonLine({ reference, query, ...ranked, results }, context.language));
    return EXIT.done;
  }
  print(context, results, ranked.by);
  tell(context, documents.length, ranked);
  return EXIT.done;
}

function print(
  { out }: Context,
  results: readonly { readonly index: number; readonly score: number; readonly document: string }[],
  by: RerankResult["by"],
): void {
  for (const { index, score, document } of results) {
    const shown = printable(document, Math.max(20, out.width() - BAR_WIDTH - 16));
    // What a server's measure begins and ends with is not known.
    if (by === "server") {
      out.line(`${padded(score.toFixed(4), 10)}${padded(String(index + 1), 4)}${shown}`);
      continue;
    }
    out.line(
      `${score.toFixed(4)}  ${out.paint.green(padded(bar(score, BAR_WIDTH), BAR_WIDTH))}  ${padded(String(index + 1), 4)}${shown}`,
    );
  }
}

function tell(context: Context, documents: number, { by, usage, cut, warnings }: RerankResult): void {
  const { err, say } = context;
  for (const warning of warningLines(context, warnings)) err.line(warning);
  for (const { index, textTokens, keptTokens } of cut) {
    err.line(
      err.paint.yellow(
        say({
          en: `⚠ Document ${index + 1} was cut: with the query it had ${textTokens} tokens, ${keptTokens} were read.`,
          zh: `⚠ 第 ${index + 1} 篇文档被截断：连同查询有 ${textTokens} 个词元，读取了 ${keptTokens} 个。`,
        }),
      ),
    );
  }
  const made =
    by === "head"
      ? { en: "scored by the model's head", zh: "由模型的打分头评分" }
      : by === "server"
        ? { en: "scored by the server, in its own measure", zh: "由服务器按其自身的尺度评分" }
        : { en: "how likely it says yes against no", zh: "回答 yes 相对 no 的概率" };
  const counted = {
    en: `${documents} documents, ${usage.tokens} tokens`,
    zh: `${documents} 篇文档，${usage.tokens} 个词元`,
  };
  err.line(err.paint.dim(`[${say(counted)} · ${say(made)}]`));
}

function noDocuments(): UsageError {
  return new UsageError({
    en: "There are no documents; give a file with one a line, --document, or pipe them in.",
    zh: "没有文档；请给出每行一篇的文件、--document，或通过管道传入。",
  });
}
