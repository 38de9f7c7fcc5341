import type { Nearness } from "../stage/signals/nearness.ts";
import type { RepresentingModel } from "./embedding-model.ts";

/** Sentences beside what says the same in other words; no two pairs have to do with each other. */
const PAIRS: Readonly<Record<Nearness["language"], readonly (readonly [string, string])[]>> = {
  en: [
    ["A dog is running across the field.", "A hound races over the meadow."],
    ["The bank raised its interest rates again.", "Borrowing money has become more expensive."],
    ["She plays the piano every evening.", "Each night she practises on the keyboard."],
    ["The train to the coast was cancelled.", "No rail service runs to the seaside today."],
  ],
  zh: [
    ["一只狗在田野上奔跑。", "有条犬正飞快地穿过草地。"],
    ["银行又提高了利率。", "贷款的成本再次上升。"],
    ["她每天晚上弹钢琴。", "每到夜里，她都练习琴键。"],
    ["开往海边的火车取消了。", "今天没有去海岸的列车。"],
  ],
};

/** Measures how near each other a model's vectors lie, for paraphrases and for sentences about other things. */
export async function measureNearness(model: RepresentingModel): Promise<Nearness[]> {
  const found: Nearness[] = [];
  for (const [language, pairs] of [
    ["en", PAIRS.en],
    ["zh", PAIRS.zh],
  ] as const) {
    const { vectors } = await model.embed(pairs.flat(), { normalize: true });
    const near = (one: number, other: number): number => {
      const [a, b] = [vectors[one], vectors[other]];
      return a?.reduce((sum, value, i) => sum + value * (b?.[i] ?? Number.NaN), 0) ?? Number.NaN;
    };
    found.push({
      language,
      pairs: pairs.map((_, i) => ({
        paraphrase: near(2 * i, 2 * i + 1),
        others: pairs.flatMap((__, j) => (i === j ? [] : [near(2 * i, 2 * j + 1), near(2 * i, 2 * j)])),
      })),
    });
  }
  return found;
}
