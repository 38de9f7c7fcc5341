import { endKind, marksTurns } from "./ends.ts";
import type { ModelFacts, Token } from "./facts.ts";

/** Which rows of the vocabulary's matrices to look at. */
export interface RowChoice {
  readonly turns: readonly { readonly id: number; readonly text: string }[];
  /** Tokens that every text may use. */
  readonly ordinary: readonly number[];
  /** Rows that perhaps nothing uses: padding behind the vocabulary, tokens kept in reserve, other special tokens. */
  readonly spare: readonly number[];
}

/** Where rows may lie: anywhere, or in a few places, for files of which every place is a request. */
export type Reach = "anywhere" | "few places";

const MOST_TURNS = 4;
/** Half of the sample is spread over the vocabulary, half lies at its end, where tokens are rare. */
const SAMPLE = 128;
const MOST_SPARE = 32;
/** In few places: so many rows in a row, from these parts of the vocabulary on; and spare rows so near to a turn's. */
const BLOCK = 24;
const BLOCKS_FROM = [0.25, 0.55, 0.85];
const NEARBY = 256;

/** Special tokens behind this part of the rows stand at the end of the vocabulary. */
const SPECIAL_AT_END = 0.9;

/** Names that families give to tokens which no text uses. */
const RESERVED =
  /reserved|unused|placeholder|^<SPECIAL_\d+>$|^\[PAD\d*\]$|^<\|?(extra|dummy|pad|empty)_?\d+\|?>$|^<extra_id_\d+>$/i;
/** Marks that a text of another kind may hold: code models are taught them in pretraining. */
const TAUGHT_EARLY = /fim|file|repo|think|tool|vision|image|video|audio|box|quad|object/i;

/**
 * Chooses the rows that tell whether turn tokens were ever trained: theirs, a spread of ordinary ones, and those that
 * nothing uses. `rows` is how many rows the matrix has; rows behind the last token pad it. Nothing where the model has
 * no turn tokens of its own.
 */
export function chooseRows(
  facts: ModelFacts,
  rows: number,
  reach: Reach = "anywhere",
): RowChoice | undefined {
  const tokens = (facts.specialTokens ?? []).filter(
    (token): token is { readonly id: number; readonly text: string } =>
      token.id !== undefined && token.text !== undefined && token.id < rows,
  );
  const turns = distinct(tokens.filter(({ text }) => isTurn(text, facts))).slice(0, MOST_TURNS);
  if (turns.length === 0) return undefined;
  const special = new Set(tokens.map(({ id }) => id));
  const last = lastUsed(Math.max(...special), rows, facts);
  const padding = Array.from(
    { length: Math.min(MOST_SPARE, Math.max(0, rows - last - 1)) },
    (_, i) => last + 1 + i,
  );
  const isTurnRow = new Set(turns.map(({ id }) => id));
  const others = tokens.filter(({ id, text }) => !isTurnRow.has(id) && endKind(text) !== "end of text");
  const reserved = [...others].sort(
    (one, two) => Number(RESERVED.test(two.text)) - Number(RESERVED.test(one.text)),
  );
  const listed = facts.unusedTokens.filter((id) => id < rows);
  const isNear = (id: number): boolean =>
    reach === "anywhere" || turns.some((turn) => Math.abs(turn.id - id) <= NEARBY);
  const spare = [...new Set([...listed, ...padding, ...reserved.map(({ id }) => id)])]
    .filter(isNear)
    .slice(0, MOST_SPARE);
  const isOrdinary = (id: number): boolean => !special.has(id) && !facts.unusedTokens.includes(id);
  return {
    turns,
    ordinary: (reach === "anywhere" ? spread : blocks)(Math.min(rows, last + 1)).filter(isOrdinary),
    spare,
  };
}

/** Whether a model has turn tokens of its own, without which its rows tell nothing. */
export function hasTurnTokens(facts: ModelFacts): boolean {
  return chooseRows(facts, Number.MAX_SAFE_INTEGER, "few places") !== undefined;
}

/**
 * The last row that a token uses. A GGUF lists every token; a folder's small files list the special ones, and where
 * those stand at the end, what comes behind them is padding.
 */
function lastUsed(lastSpecial: number, rows: number, { format }: ModelFacts): number {
  return format === "Hugging Face folder" && lastSpecial > rows * SPECIAL_AT_END ? lastSpecial : rows - 1;
}

/** A token that the template writes around turns, or one known to; the end of a text does not count. */
function isTurn(text: string, { template }: ModelFacts): boolean {
  if (endKind(text) === "end of text" || RESERVED.test(text) || TAUGHT_EARLY.test(text)) return false;
  return marksTurns(text) && (template === undefined || template.includes(text));
}

/** Ids over the whole vocabulary but for the first tenth, where byte tokens and control tokens lie. */
function spread(count: number): number[] {
  const over = (from: number, to: number): number[] => {
    const sample = Math.min(SAMPLE / 2, to - from);
    return Array.from({ length: sample }, (_, i) => from + Math.floor(((i + 0.5) * (to - from)) / sample));
  };
  return [...new Set([...over(Math.floor(count * 0.1), count), ...over(Math.floor(count * 0.9), count)])];
}

function blocks(count: number): number[] {
  return BLOCKS_FROM.flatMap((from) =>
    Array.from({ length: BLOCK }, (_, i) => Math.floor(count * from) + i),
  ).filter((id) => id < count);
}

function distinct<T extends Token>(tokens: readonly T[]): T[] {
  return [...new Map(tokens.map((token) => [token.id, token])).values()];
}
