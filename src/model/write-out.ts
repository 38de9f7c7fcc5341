import type { Engine, FinishReason } from "../engine/engine.ts";
import { Utf8Stream } from "../formats/tokenizer/utf8-stream.ts";
import type { WrittenToken } from "./generation.ts";

/** A text that was written, with its measurements. */
export interface Written {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly completionTokens: number;
  /** Of those, how many had been guessed. */
  readonly draftedTokens: number;
  readonly tokensPerSecond: number;
  readonly cachedTokens: number | undefined;
  /** Where likelihoods were asked for. */
  readonly tokens: readonly WrittenToken[] | undefined;
}

/** Turns tokens into text as they come, whole characters at a time, and measures; some control tokens by their names. */
export async function writeOut(
  generation: ReturnType<Engine["generate"]>,
  emit: (piece: string) => void,
  spelled: ReadonlyMap<number, string>,
): Promise<Written> {
  const characters = new Utf8Stream();
  const tokens: WrittenToken[] = [];
  let text = "";
  let completionTokens = 0;
  let draftedTokens = 0;
  let elapsed = 0;
  let isLikely = false;
  let cachedTokens: number | undefined;
  const add = (piece: string): void => {
    if (piece === "") return;
    text += piece;
    emit(piece);
  };
  for (;;) {
    const { done, value } = await generation.next();
    if (done) {
      add(characters.end());
      return {
        text,
        finishReason: value,
        completionTokens,
        draftedTokens,
        tokensPerSecond: elapsed > 0 ? (completionTokens - 1) / (elapsed / 1000) : 0,
        cachedTokens,
        tokens: isLikely ? tokens : undefined,
      };
    }
    completionTokens++;
    if (value.isDrafted) draftedTokens++;
    elapsed = value.elapsed;
    cachedTokens ??= value.cachedTokens;
    const { id, bytes, likelihood } = value;
    if (likelihood !== undefined) {
      isLikely = true;
      const { logProbability, top } = likelihood;
      const others = top.map((one) => ({ ...shown(one.id, one.bytes), logProbability: one.logProbability }));
      tokens.push({ ...shown(id, bytes), logProbability, top: others });
    }
    const name = bytes.length === 0 ? spelled.get(id) : undefined;
    add(name ?? characters.push(bytes));
  }
}

function shown(id: number, bytes: Uint8Array): Pick<WrittenToken, "id" | "text" | "bytes"> {
  return { id, text: decoded(bytes), bytes: [...bytes] };
}

/** Bytes as text; a part of a character shows as U+FFFD. */
export function decoded(bytes: Uint8Array | undefined): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
