import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { STAGES, type Stage } from "../stage.ts";
import { STAGE_WORDS } from "../words.ts";

/** The GGUF metadata key under which basewise records the stage of what it trained. */
export const STAGE_KEY = "basewise.stage";
/** And the key for the reference of the counterpart. */
export const COUNTERPART_KEY = "basewise.counterpart";

/** Tags of model cards that name a stage. `conversational` is left out: hubs add it wherever a template is. */
const TAGS: Readonly<Record<string, Stage>> = {
  "sentence-transformers": "embedding",
  "sentence-similarity": "embedding",
  "feature-extraction": "embedding",
  "text-ranking": "reranker",
  reranker: "reranker",
  "reward-model": "reward",
};

/** What the metadata of a GGUF file says outright: the recorded stage, the kind of file, the card's tags. */
export function recordedSignal(facts: ModelFacts): Evidence[] {
  const found: Evidence[] = [];
  const stage = STAGES.find((known) => known === facts.recordedStage);
  if (stage !== undefined) {
    found.push({
      source: "metadata",
      signal: "recorded stage",
      says: stage,
      fitsToo: [],
      weight: 4,
      text: {
        en: `Who made the file recorded it as ${STAGE_WORDS[stage].en} (${STAGE_KEY}).`,
        zh: `制作者在文件中将其记录为${STAGE_WORDS[stage].zh}（${STAGE_KEY}）。`,
      },
    });
  }
  if (facts.fileType !== undefined && facts.fileType !== "model") {
    const type = printable(facts.fileType);
    found.push({
      source: "metadata",
      signal: "file type",
      says: "other",
      fitsToo: [],
      weight: 8,
      text: {
        en: `Its metadata calls it "${type}", not a model.`,
        zh: `其元数据称它为 "${type}"，而不是模型。`,
      },
      detail: { en: `a file of type "${type}"`, zh: `类型为 "${type}" 的文件` },
    });
  }
  const tag = facts.tags.find((name) => Object.hasOwn(TAGS, name));
  const tagged = tag === undefined ? undefined : TAGS[tag];
  if (tag !== undefined && tagged !== undefined) {
    found.push({
      source: "metadata",
      signal: "card tag",
      says: tagged,
      fitsToo: [],
      weight: 2,
      text: {
        en: `Its card is tagged "${tag}", which is ${STAGE_WORDS[tagged].en}.`,
        zh: `其模型卡带有标签 "${tag}"，表示${STAGE_WORDS[tagged].zh}。`,
      },
    });
  }
  return found;
}
