import type { DataCounts } from "../data/prepare.ts";
import type { PreflightFinding } from "./finding.ts";

/** Of held-out items that training has too, the share at which measuring says little. */
const FEW = 0.01;

/** What the data itself shows: items held out that are learned as well, repetitions, and what cutting costs. */
export function checkData({ overlap, duplicates, heldOut, items, sources }: DataCounts): PreflightFinding[] {
  const findings: PreflightFinding[] = [];
  const known = overlap === undefined ? 0 : overlap.exact + overlap.near;
  if (known > 0) {
    const [first] = overlap?.examples ?? [];
    const where = first === undefined ? "" : ` (${first.one} ~ ${first.other})`;
    findings.push({
      id: "overlap",
      level: "warning",
      text: {
        en: `${known} of ${heldOut} held-out items are in the training data too, or nearly${where}; the held-out loss is better than it should be.`,
        zh: `${heldOut} 条评估数据中有 ${known} 条也在训练数据中或几乎相同${where}；评估损失会偏低。`,
      },
    });
  }
  const repeated = duplicates.exact + duplicates.near;
  if (repeated > FEW * items) {
    findings.push({
      id: "duplicates",
      level: "warning",
      text: {
        en: `${repeated} of ${items} items repeat others (${duplicates.exact} exactly); they count more often than their weight says.`,
        zh: `${items} 条数据中有 ${repeated} 条与其他重复（${duplicates.exact} 条完全相同）；它们的实际权重更高。`,
      },
    });
  }
  for (const { path, rows, truncated, trainedTokens } of sources) {
    if (truncated.rows === 0) continue;
    const share = truncated.trainedTokens / Math.max(1, truncated.trainedTokens + trainedTokens);
    findings.push({
      id: "truncation",
      level: "warning",
      text: {
        en: `${truncated.rows} of ${rows} rows of ${path} are cut, which costs ${truncated.trainedTokens} tokens to learn (${(100 * share).toFixed(1)} %); raise batch.time to keep them.`,
        zh: `${path} 的 ${rows} 行中有 ${truncated.rows} 行被截断，损失 ${truncated.trainedTokens} 个训练词元（${(100 * share).toFixed(1)} %）；增大 batch.time 可保留。`,
      },
    });
  }
  return findings;
}
