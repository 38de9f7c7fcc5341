import { EXIT } from "../../errors.ts";
import { open } from "../../model/open.ts";
import type { Score, ScoredToken } from "../../model/score.ts";
import { readText } from "../../model/text-file.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { padded } from "../layout.ts";
import { tokenText } from "../model-text.ts";
import { pipedText } from "../piped-text.ts";
import { UsageError } from "../usage.ts";
import type { ScoreWords } from "./score.command.ts";

/** Says how likely a model finds a text, and in which windows it was read. */
export async function score(
  context: Context,
  reference: string,
  given: string | undefined,
  { file, tokens: showsTokens }: ScoreWords,
): Promise<number> {
  const { out, json, language } = context;
  if (given !== undefined && file !== undefined) throw textTwice();
  const text = given ?? (file === undefined ? await pipedText() : await readText(file));
  await using model = await open(reference, { for: "complete" });
  const { tokens, ...rest } = await model.score(text);
  if (json) {
    const counts = { tokens: tokens.length, scored: scoredCount(tokens), bytes: Buffer.byteLength(text) };
    const each = showsTokens ? { each: tokens } : {};
    out.line(jsonLine({ reference, stage: model.stage, ...rest, ...counts, ...each }, language));
  } else {
    if (showsTokens) for (const line of tokens.map(tokenLine)) out.line(line);
    for (const line of summaryLines(context, rest, tokens)) out.line(line);
  }
  return EXIT.done;
}

function summaryLines(
  { say }: Context,
  { logLikelihood, perplexity, bitsPerByte, windows }: Omit<Score, "tokens">,
  tokens: readonly ScoredToken[],
): string[] {
  const count = scoredCount(tokens);
  const rows: [string, string][] = [
    [say({ en: "bits per byte", zh: "每字节比特" }), bitsPerByte?.toFixed(4) ?? "-"],
    [say({ en: "perplexity", zh: "困惑度" }), perplexity?.toFixed(3) ?? "-"],
    [
      say({ en: "log-likelihood", zh: "对数似然" }),
      say({
        en: `${logLikelihood.toFixed(3)} nats over ${count} of ${tokens.length} tokens`,
        zh: `${logLikelihood.toFixed(3)} 奈特，共 ${tokens.length} 个词元中的 ${count} 个`,
      }),
    ],
  ];
  if (windows.count > 1) {
    rows.push([
      say({ en: "windows", zh: "窗口" }),
      say({
        en: `${windows.count} of at most ${windows.size} tokens; each begins with the last ${windows.overlap} of the one before`,
        zh: `${windows.count} 个，每个最多 ${windows.size} 个词元，开头为前一窗口的最后 ${windows.overlap} 个`,
      }),
    ]);
  }
  return rows.map(([name, value]) => `${padded(name, 16)}${value}`);
}

function tokenLine({ text, logProbability }: ScoredToken): string {
  return `${padded(tokenText(text), 20)}${logProbability?.toFixed(3) ?? "-"}`;
}

function scoredCount(tokens: readonly ScoredToken[]): number {
  return tokens.filter(({ logProbability }) => logProbability !== null).length;
}

function textTwice(): UsageError {
  return new UsageError({
    en: "Give the text or --file, not both.",
    zh: "请给出文本或 --file，二者只能选一。",
  });
}
