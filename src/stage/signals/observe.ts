import type { Text } from "../../language.ts";
import type { Evidence, Source } from "../evidence.ts";
import { KIND_WORDS, type Kind } from "../kinds.ts";
import type { Stage } from "../stage.ts";

/** What an observation speaks for: a stage, with those that it fits as well, or a kind of other model. */
export type Points =
  | { readonly says: Exclude<Stage, "other">; readonly fitsToo?: readonly Stage[]; readonly kind?: Kind }
  | { readonly says: "other"; readonly kind: Kind; readonly fitsToo?: readonly Stage[] };

/** One observation, written short. */
export function observe(
  source: Source,
  signal: string,
  weight: number,
  { says, fitsToo = [], kind }: Points,
  text: Text,
): Evidence {
  return { source, signal, says, fitsToo, weight, text, ...(kind === undefined ? {} : { kind }) };
}

/** "…: it is a vision model." for observations whose meaning is the kind itself. */
export function kindText(observed: Text, kind: Kind): Text {
  const words = KIND_WORDS[kind];
  return { en: `${observed.en}: it is ${words.en}.`, zh: `${observed.zh}：它是${words.zh}。` };
}
