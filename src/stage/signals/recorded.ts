import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import type { Kind } from "../kinds.ts";
import { STAGES, type Stage } from "../stage.ts";
import { STAGE_WORDS } from "../words.ts";
import { observe } from "./observe.ts";

/** The GGUF metadata key under which basewise records the stage of what it trained. */
export const STAGE_KEY = "basewise.stage";
/** And the key for the reference of the counterpart. */
export const COUNTERPART_KEY = "basewise.counterpart";

/** `general.type` of the GGUF specification, where it is no model. */
const FILE_KINDS: Readonly<Record<string, Kind>> = { adapter: "adapter", mmproj: "projector" };

/** What the metadata of a GGUF file says outright: the recorded stage, and the kind of file. */
export function recordedSignal(facts: ModelFacts): Evidence[] {
  const found: Evidence[] = [];
  const stage = STAGES.find((known) => known === facts.recordedStage);
  if (stage !== undefined) found.push(recorded(stage));
  if (facts.fileType !== undefined && facts.fileType !== "model") {
    const type = printable(facts.fileType);
    const kind = Object.hasOwn(FILE_KINDS, facts.fileType) ? FILE_KINDS[facts.fileType] : undefined;
    found.push(
      observe(
        "metadata",
        "file type",
        10,
        { says: "other", kind: kind ?? "file" },
        {
          en: `Its metadata calls it "${type}", not a model.`,
          zh: `其元数据称它为 "${type}"，而不是模型。`,
        },
      ),
    );
  }
  return found;
}

function recorded(stage: Stage): Evidence {
  const text = {
    en: `Who made the file recorded it as ${STAGE_WORDS[stage].en} (${STAGE_KEY}).`,
    zh: `制作者在文件中将其记录为${STAGE_WORDS[stage].zh}（${STAGE_KEY}）。`,
  };
  return { source: "metadata", signal: "recorded stage", says: stage, fitsToo: [], weight: 4, text };
}
