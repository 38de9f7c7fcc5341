import type { TokenizerFile } from "../formats/tokenizer/tokenizer-json.ts";
import type { Text } from "../language.ts";
import type { GgufValue } from "../native/gguf-writer.ts";

/** What SentencePiece writes for a space. */
const SPACE = "\u2581";

/**
 * The metadata of a tokenizer of SentencePiece's kind, as Llama 2's is, beside its tokens; or what keeps it from being
 * one. libllama has no merges there: it joins whichever two neighbours make the token with the highest score. So the
 * merges must be exactly the ways to join tokens, and all that make the same token must follow each other.
 */
export function sentencePieceMetadata(
  tokenizer: TokenizerFile,
  rows: number,
  known?: ReadonlyMap<number, number>,
): { readonly metadata: [string, GgufValue][] } | { readonly unlike: Text } {
  const addsSpace = beginsWithSpace(tokenizer);
  if (!tokenizer.fallsBackToBytes || addsSpace === undefined) {
    return { unlike: { en: "its tokenizer is of an unknown kind", zh: "其分词器种类未知" } };
  }
  const found = known ?? scoresOfMerges(tokenizer);
  if (found === undefined) {
    return {
      unlike: {
        en: "the merges of its tokenizer do not follow from scores",
        zh: "其分词器的合并规则无法由得分得出",
      },
    };
  }
  // What no merge makes, such as a control token, is the last thing that pieces are joined to.
  let least = 0;
  for (const score of found.values()) least = Math.min(least, score);
  const scores = new Float32Array(rows).fill(least - 1);
  for (const [id, score] of found) if (id < rows) scores[id] = score;
  return {
    metadata: [
      ["tokenizer.ggml.model", "llama"],
      ["tokenizer.ggml.pre", "default"],
      ["tokenizer.ggml.scores", { f32s: scores }],
      ["tokenizer.ggml.add_space_prefix", addsSpace],
    ],
  };
}

/** Scores that join tokens as the merges do, by id; `undefined` where there are none. */
function scoresOfMerges(tokenizer: TokenizerFile): Map<number, number> | undefined {
  const ranks = rankedTokens(tokenizer);
  if (ranks === undefined || !joinsEverything(tokenizer)) return undefined;
  const scores = new Map<number, number>();
  for (const [token, rank] of ranks) {
    const id = tokenizer.vocabulary.get(token);
    if (id !== undefined) scores.set(id, -rank);
  }
  return scores;
}

/** The tokens that merges make, by urgency; `undefined` where those of one token do not follow each other. */
function rankedTokens({ vocabulary, merges }: TokenizerFile): Map<string, number> | undefined {
  const ranks = new Map<string, number>();
  let last: string | undefined;
  for (const [left, right] of merges) {
    const token = left + right;
    if (token === last) continue;
    if (!vocabulary.has(token) || ranks.has(token)) return undefined;
    ranks.set(token, ranks.size);
    last = token;
  }
  return ranks;
}

/** Whether every two tokens that make a third are a merge. */
function joinsEverything({ vocabulary, merges, addedTokens }: TokenizerFile): boolean {
  const joins = new Set(merges.map(([left, right]) => `${left} ${right}`));
  const added = new Set(addedTokens.map(({ text }) => text));
  const isPiece = (text: string): boolean => vocabulary.has(text) && !added.has(text);
  for (const token of vocabulary.keys()) {
    if (added.has(token) || /^<0x[0-9A-F]{2}>$/.test(token)) continue;
    const characters = [...token];
    for (let at = 1; at < characters.length; at++) {
      const [left, right] = [characters.slice(0, at).join(""), characters.slice(at).join("")];
      if (isPiece(left) && isPiece(right) && !joins.has(`${left} ${right}`)) return false;
    }
  }
  return true;
}

/** Whether a space is put before every text; `undefined` where spaces are treated in no known way. */
function beginsWithSpace({ normalizers, preTokenizers }: TokenizerFile): boolean | undefined {
  const [metaspace, ...more] = preTokenizers;
  if (metaspace !== undefined) {
    const { type, replacement, prepend_scheme: scheme, split } = metaspace;
    const isKnown = more.length === 0 && type === "Metaspace" && replacement === SPACE && split === false;
    if (!isKnown || normalizers.length > 0) return undefined;
    return scheme === "never" ? false : scheme === "first" || scheme === "always" ? true : undefined;
  }
  const [prepend, replace] = normalizers.length === 1 ? [undefined, normalizers[0]] : normalizers;
  const pattern = replace?.pattern;
  const replacesSpaces =
    normalizers.length <= 2 &&
    replace?.type === "Replace" &&
    replace.content === SPACE &&
    typeof pattern === "object" &&
    pattern !== null &&
    "String" in pattern &&
    pattern.String === " ";
  if (!replacesSpaces) return undefined;
  if (prepend === undefined) return false;
  return prepend.type === "Prepend" && prepend.prepend === SPACE ? true : undefined;
}
