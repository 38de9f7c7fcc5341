import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import type { EmbeddingSettings, Setting } from "../stage/embedding.ts";
import type { Context } from "./context.ts";

const SOURCES: Readonly<Record<Setting<unknown>["from"], Text>> = {
  files: { en: "by its files", zh: "据其文件" },
  family: { en: "as its family", zh: "据其系列" },
  usual: { en: "a guess: nothing says it", zh: "推测：没有资料说明" },
};

/** How a model is asked for vectors, a line for each thing that there is. */
export function embeddingLines({ say }: Context, settings: EmbeddingSettings): string[] {
  const { pooling, normalizes, prompts, endToken, leastDimensions, mostTokens } = settings;
  const source = ({ from }: Setting<unknown>): string =>
    say({ en: ` (${SOURCES[from].en})`, zh: `（${SOURCES[from].zh}）` });
  const { query, passage } = prompts.value;
  return [
    say({ en: `pooling: ${pooling.value}`, zh: `池化：${pooling.value}` }) + source(pooling),
    say(
      normalizes.value
        ? { en: "normalised to length 1", zh: "归一化为长度 1" }
        : { en: "not normalised", zh: "不归一化" },
    ) + (normalizes.from === "usual" ? "" : source(normalizes)),
    ...(query === ""
      ? []
      : [
          say({ en: `before a query: ${quoted(query)}`, zh: `查询之前：${quoted(query)}` }) + source(prompts),
        ]),
    ...(passage === ""
      ? []
      : [
          say({ en: `before a passage: ${quoted(passage)}`, zh: `文档之前：${quoted(passage)}` }) +
            source(prompts),
        ]),
    ...(endToken.value === null
      ? []
      : [
          say({
            en: `behind every text: ${printable(endToken.value)}`,
            zh: `每条文本之后：${printable(endToken.value)}`,
          }) + source(endToken),
        ]),
    ...(leastDimensions.value === null
      ? []
      : [
          say({
            en: `may be cut to ${leastDimensions.value} dimensions or more`,
            zh: `可截断至不少于 ${leastDimensions.value} 维`,
          }) + source(leastDimensions),
        ]),
    ...(mostTokens === null
      ? []
      : [say({ en: `texts of up to ${mostTokens} tokens`, zh: `文本最多 ${mostTokens} 个词元` })]),
  ];
}

function quoted(text: string): string {
  return `"${printable(text, 120)}"`;
}
