import type { ModelFacts } from "./facts.ts";
import { familyOf, plainName } from "./families.ts";
import { readName } from "./signals/name.ts";
import { CHAT_STAGES, type Stage } from "./stage.ts";

/** What families append to a stem to say the stage, with the date that may follow it. */
const STAGE_SUFFIX = /-(base|pt|instruct|chat|it|thinking)(-\d{4})?$/i;

/**
 * The same model at the other stage, base for chat and chat for base: as recorded in the file, else by the naming
 * rule of the family, else the base that its card says it was tuned from. Nothing where no counterpart is known; a
 * guessed name could lead nowhere.
 */
export function counterpartOf(facts: ModelFacts, stage: Stage | null): string | null {
  if (facts.recordedCounterpart !== undefined && facts.recordedCounterpart !== "") {
    return facts.recordedCounterpart;
  }
  const toChat = stage === "base";
  if (!toChat && !CHAT_STAGES.some((chat) => chat === stage)) return null;
  for (const { name } of facts.names) {
    const counterpart = counterpartOfName(name, toChat);
    if (counterpart !== null) return counterpart;
  }
  return toChat ? null : baseInCard(facts);
}

/** What a tuned model was made from, where that is one and its name says that it is a base. */
function baseInCard({ card }: ModelFacts): string | null {
  const [parent, ...others] = card?.parents ?? [];
  if (card === undefined || parent === undefined || others.length > 0) return null;
  if (card.relation === "quantized" || card.relation === "merge" || !/^\w[\w.-]*\/\w[\w.-]*$/.test(parent))
    return null;
  return readName(parent)?.says === "base" ? parent : null;
}

function counterpartOfName(name: string, toChat: boolean): string | null {
  const plain = plainName(name);
  if (/^mini-(base|instruct)$/.test(plain)) return toChat ? "mini-instruct" : "mini-base";
  const stem = plain.replace(STAGE_SUFFIX, "");
  const family = familyOf(stem);
  if (family?.pair === undefined) return null;
  return `${family.owner}/${stem}${toChat ? family.pair.chat : family.pair.base}`;
}

/** What the names of a model at its stages have in common: without owner, packing and stage. */
export function stemOf(name: string): string {
  return plainName(name).replace(STAGE_SUFFIX, "");
}

/**
 * The counterpart among the models that its publisher has: the same stem, at the other stage by its name. Of several
 * the shortest name is taken; those in another packing do not count.
 */
export function counterpartAmong(published: readonly string[], name: string, stage: Stage): string | null {
  const own = stemOf(name).toLowerCase();
  const isOther = (one: string): boolean => {
    const says = readName(one)?.says;
    return stage === "base" ? CHAT_STAGES.some((chat) => chat === says) : says === "base";
  };
  const found = published.filter(
    (one) =>
      one !== name &&
      stemOf(one).toLowerCase() === own &&
      plainName(one) === one.split("/").at(-1) &&
      isOther(one),
  );
  return found.sort((one, other) => one.length - other.length)[0] ?? null;
}
