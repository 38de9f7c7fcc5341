import { BadInputError } from "../errors.ts";
import { BYTE_ALPHABET } from "../formats/tokenizer/alphabet.ts";
import { Heap } from "../formats/tokenizer/heap.ts";
import { preTokenEnd } from "../formats/tokenizer/split.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";

/** What a new tokenizer shall have. */
export interface TokenizerPlan {
  /** All tokens together: 256 bytes, the merges, the control tokens. */
  readonly vocabularySize: number;
  /** In the order of their ids, which are the last ones. */
  readonly controlTokens: readonly string[];
  /**
   * Whether a word is the same tokens wherever it stands, the space or mark before it being a token of its own. Texts
   * grow longer by it; a small model then copies a word into another place, which it cannot where "star" and " star"
   * have nothing in common.
   */
  readonly detachWords?: boolean;
}

/** A pair seen once is chance, not a pattern. */
const FEWEST = 2;
const NONE = -1;

/**
 * Learns a byte-level BPE vocabulary: join the most frequent pair of neighbouring tokens, again and again. Of equally
 * frequent pairs the one with the lower left id, then the lower right id, goes first, so the result depends on the
 * texts alone and not on their order. The id of a byte token is its byte. The texts are read once, before any merge.
 * Throws {@link BadInputError} for a plan that cannot be met. Source: Sennrich, Haddow and Birch 2016, algorithm 1.
 */
export function trainTokenizer(texts: Iterable<string>, plan: TokenizerPlan): Vocabulary {
  checkPlan(plan);
  const { vocabularySize, controlTokens } = plan;
  const ordinarySize = vocabularySize - controlTokens.length;
  const reserved = new Set(controlTokens);

  const tokens = [...BYTE_ALPHABET];
  const merges: string[] = [];
  const pairs = new Pairs(countWords(texts, plan.detachWords ?? false));

  while (tokens.length < ordinarySize) {
    const pair = pairs.takeMostFrequent();
    if (pair === undefined) throw tooLittleText(tokens.length, ordinarySize, plan);
    const left = tokens[pair.left] ?? "";
    const right = tokens[pair.right] ?? "";
    // No merge may spell a control token, or a text could.
    if (reserved.has(left + right)) continue;
    // The token is new: wherever these bytes stood free, the same merges had led to this same pair.
    merges.push(`${left} ${right}`);
    pairs.join(pair, tokens.push(left + right) - 1);
  }
  return {
    tokens: [...tokens, ...controlTokens],
    merges,
    controlTokens: controlTokens.map((text, index) => ({ id: ordinarySize + index, text })),
  };
}

function checkPlan({ vocabularySize, controlTokens }: TokenizerPlan): void {
  const least = BYTE_ALPHABET.length + controlTokens.length;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least) {
    throw new BadInputError({
      en: `A vocabulary of ${vocabularySize} tokens cannot hold 256 bytes and ${controlTokens.length} control tokens; ask for a whole number of at least ${least}.`,
      zh: `${vocabularySize} 个词元的词表放不下 256 个字节和 ${controlTokens.length} 个控制符；请给出不小于 ${least} 的整数。`,
    });
  }
  const seen = new Set(["", ...BYTE_ALPHABET]);
  for (const text of controlTokens) {
    if (seen.has(text)) {
      throw new BadInputError({
        en: `The control token "${text}" is empty, given twice or a byte token; give each control token a name of its own, such as <|im_end|>.`,
        zh: `控制符 "${text}" 为空、重复或与字节词元相同；请给每个控制符一个独有的名字，例如 <|im_end|>。`,
      });
    }
    seen.add(text);
  }
}

function tooLittleText(found: number, wanted: number, { vocabularySize }: TokenizerPlan): BadInputError {
  return new BadInputError({
    en: `The texts hold only ${found} tokens worth learning, ${wanted} were to be learnt; give more text or a vocabulary of at most ${vocabularySize - wanted + found}.`,
    zh: `这些文本只够学出 ${found} 个词元，而需要 ${wanted} 个；请提供更多文本，或把词表缩小到 ${vocabularySize - wanted + found} 以内。`,
  });
}

/** The space or mark that a pre-token of letters begins with. */
const MARK = /[^\p{L}\p{N}](?=\p{L})/uy;

/** How often each pre-token occurs, or each of its parts where words are to be detached. */
function countWords(texts: Iterable<string>, detach: boolean): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (let start = 0; start < text.length; ) {
      MARK.lastIndex = start;
      const end = detach && MARK.test(text) ? MARK.lastIndex : preTokenEnd(text, start);
      const word = text.slice(start, end);
      const count = counts.get(word);
      // A copy as key: V8's slices keep the whole text they were cut from.
      if (count === undefined) counts.set(Buffer.from(word, "utf16le").toString("utf16le"), 1);
      else counts.set(word, count + 1);
      start = end;
    }
  }
  return counts;
}

/** Two neighbouring tokens: how often they occur now, and everywhere they ever began. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly places: number[];
  count: number;
}

/** A pair as the queue saw it; out of date where the pair's count has changed since. */
interface Candidate {
  readonly pair: Pair;
  readonly count: number;
}

function comesFirst(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}

/**
 * All words, each once, as linked lists of tokens in flat arrays, with the count of every pair kept up to date: a merge
 * costs what its pair occurs, not what the words are long.
 */
class Pairs {
  /** Of each place: the token there, its neighbours' places, and how often its word occurs in the texts. */
  readonly #token: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #weight: Float64Array;

  readonly #pairs = new Map<number, Pair>();
  readonly #queue = new Heap<Candidate>(comesFirst);

  constructor(words: ReadonlyMap<string, number>) {
    let size = 0;
    for (const word of words.keys()) size += Buffer.byteLength(word);
    this.#token = new Int32Array(size);
    this.#next = new Int32Array(size);
    this.#previous = new Int32Array(size);
    this.#weight = new Float64Array(size);

    let place = 0;
    for (const [word, weight] of words) {
      const bytes = Buffer.from(word);
      bytes.forEach((byte, index) => {
        this.#token[place] = byte;
        this.#previous[place] = index === 0 ? NONE : place - 1;
        this.#next[place] = index + 1 === bytes.length ? NONE : place + 1;
        this.#weight[place] = weight;
        place++;
      });
    }
    const pairs = new Set<Pair>();
    for (let start = 0; start < size; start++) this.#gain(start, pairs);
    this.#enqueue(pairs);
  }

  /** The most frequent pair, which is then forgotten; undefined where none occurs twice. */
  takeMostFrequent(): Pair | undefined {
    for (let best = this.#queue.pop(); best !== undefined; best = this.#queue.pop()) {
      const { pair, count } = best;
      if (pair.count === count) {
        this.#pairs.delete(keyOf(pair.left, pair.right));
        pair.count = 0;
        return pair;
      }
      if (pair.count < count) this.#enqueue([pair]);
    }
    return undefined;
  }

  /** Writes `token` wherever the pair stands. */
  join({ left, right, places }: Pair, token: number): void {
    const changed = new Set<Pair>();
    // The places ascend, since every earlier merge went through its own in order: of "aaa" the first two join.
    for (const place of places) {
      const other = this.#next[place] ?? NONE;
      if (this.#token[place] !== left || other === NONE || this.#token[other] !== right) continue;
      const before = this.#previous[place] ?? NONE;
      const after = this.#next[other] ?? NONE;

      if (before !== NONE) this.#lose(before);
      this.#lose(other);
      this.#token[place] = token;
      this.#token[other] = NONE;
      this.#next[place] = after;
      if (after !== NONE) this.#previous[after] = place;
      if (before !== NONE) this.#gain(before, changed);
      this.#gain(place, changed);
    }
    this.#enqueue(changed);
  }

  /** Counts the pair that begins here, if one does. */
  #gain(place: number, changed: Set<Pair>): void {
    const other = this.#next[place] ?? NONE;
    if (other === NONE) return;
    const left = this.#token[place] ?? NONE;
    const right = this.#token[other] ?? NONE;
    const key = keyOf(left, right);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, places: [], count: 0 };
      this.#pairs.set(key, pair);
    }
    pair.count += this.#weight[place] ?? 0;
    pair.places.push(place);
    changed.add(pair);
  }

  /** Discounts the pair that begins here, if one does. */
  #lose(place: number): void {
    const other = this.#next[place] ?? NONE;
    if (other === NONE) return;
    const pair = this.#pairs.get(keyOf(this.#token[place] ?? NONE, this.#token[other] ?? NONE));
    if (pair !== undefined) pair.count -= this.#weight[place] ?? 0;
  }

  #enqueue(pairs: Iterable<Pair>): void {
    for (const pair of pairs) if (pair.count >= FEWEST) this.#queue.push({ pair, count: pair.count });
  }
}

/** One number for two ids; exact for vocabularies of up to 2²⁶ tokens. */
function keyOf(left: number, right: number): number {
  return left * 0x400_0000 + right;
}
