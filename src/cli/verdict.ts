import type { Text } from "../language.ts";
import { type Evidence, type Source, speaksFor } from "../stage/evidence.ts";
import { KIND_WORDS, type Kind } from "../stage/kinds.ts";
import type { Stage } from "../stage/stage.ts";
import type { Verdict } from "../stage/verdict.ts";
import { stageText } from "../stage/words.ts";
import type { Context } from "./context.ts";
import { beside, padded } from "./layout.ts";
import type { Screen } from "./screen.ts";

const STATUS_WORDS: Readonly<Record<Verdict["status"], Text>> = {
  verified: { en: "verified", zh: "已验证" },
  claimed: { en: "claimed", zh: "仅声称" },
  unknown: { en: "unknown", zh: "未知" },
};

const SOURCE_WORDS: Readonly<Record<Source, Text>> = {
  metadata: { en: "metadata", zh: "元数据" },
  name: { en: "name", zh: "名称" },
  catalogue: { en: "catalogue", zh: "目录" },
  card: { en: "card", zh: "模型卡" },
  config: { en: "config", zh: "配置" },
  "generation config": { en: "generation", zh: "生成配置" },
  tokenizer: { en: "tokenizer", zh: "分词器" },
  template: { en: "template", zh: "模板" },
  modules: { en: "modules", zh: "模块" },
  adapter: { en: "adapter", zh: "适配器" },
  tensors: { en: "weights", zh: "权重" },
  behaviour: { en: "behaviour", zh: "行为" },
};

const NARROW = 60;

/** How the stage is known, as a badge: the three are told apart by colour and by word. */
export function badge(context: Context, { paint }: Screen, verdict: Verdict): string {
  const word = context.say(STATUS_WORDS[verdict.status]);
  const text = verdict.probability === null ? word : `${word} ${certainty(verdict.probability)}`;
  if (!paint.isColorSupported) return `[${text}]`;
  const colour = { verified: paint.green, claimed: paint.yellow, unknown: paint.gray }[verdict.status];
  return paint.inverse(colour(` ${text} `));
}

/** A probability that is never rounded up to certainty. */
function certainty(probability: number): string {
  return `${Math.floor(probability * 1000) / 10} %`;
}

/** The stage in words, or what kind of other model it is. */
export function stageWords(context: Context, stage: Stage | null, kind: Kind | null = null): string {
  return context.say(stage === null || kind === null ? stageText(stage) : KIND_WORDS[kind]);
}

/** Observations as lines: which way each points, its weight in log-odds, its source and what it says. */
export function printEvidence(
  context: Context,
  screen: Screen,
  evidence: readonly Evidence[],
  stage: Stage | null,
): void {
  for (const one of evidence) {
    for (const line of evidenceLines(context, screen, one, stage, screen.width())) screen.line(line);
  }
}

/** One observation as lines of a width. */
export function evidenceLines(
  context: Context,
  screen: Screen,
  evidence: Evidence,
  stage: Stage | null,
  width: number,
): string[] {
  const { paint } = screen;
  const { say } = context;
  const isFor = stage !== null && speaksFor(evidence, stage);
  const weight = evidence.weight.toFixed(1).padStart(4);
  const mark = isFor ? paint.green(`+${weight}`) : paint.red(`-${weight}`);
  // In a narrow column the sentence alone must do; it names its source where that matters.
  if (width < NARROW) return beside(mark, 7, say(evidence.text), width);
  const source = paint.cyan(padded(say(SOURCE_WORDS[evidence.source]), 11));
  return beside(`    ${mark}  ${source}`, 22, say(evidence.text), width);
}
