/** A kind of fact somebody tells about themselves and asks for later. */
export type FactKind =
  | "name"
  | "colour"
  | "number"
  | "pet"
  | "petName"
  | "city"
  | "food"
  | "drink"
  | "codeWord"
  | "thingColour"
  | "job"
  | "hobby"
  | "friend"
  | "month"
  | "day";

/** How one kind of fact is told, taken note of, asked for and answered. Slots: {value}, {thing}. */
export interface FactWordings {
  readonly tell: readonly string[];
  readonly note: readonly string[];
  readonly ask: readonly string[];
  readonly answer: string;
}

/** Instructions whose fulfilment can be checked. Slots: {word}, {count}, {kind}, {words}, {question}, {sentence}. */
export type InstructionKind =
  | "only"
  | "repeat"
  | "bullets"
  | "numbers"
  | "yesNo"
  | "reverse"
  | "ending"
  | "beginning"
  | "containing"
  | "echo"
  | "oneWord"
  | "translate";

/** Questions with one right answer. Slots: {word}, {n}, {m}. */
export type QuestionKind =
  | "opposite"
  | "dayAfter"
  | "dayBefore"
  | "sum"
  | "colour"
  | "eats"
  | "lives"
  | "legs"
  | "job";

/** Everything a language needs to hold the conversations. */
export interface Phrasebook {
  readonly systems: readonly string[];
  /** Sentences that may stand before or after any request. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly facts: Readonly<Record<FactKind, FactWordings>>;
  /** What to say before telling a fact, and before asking for one. */
  readonly tellingBefore: readonly string[];
  readonly askingBefore: readonly string[];
  readonly unknownFact: string;
  readonly instructions: Readonly<Record<InstructionKind, readonly string[]>>;
  /** English only: "Write … in capital letters". */
  readonly capitals: readonly string[];
  readonly questions: Readonly<Record<QuestionKind, readonly string[]>>;
  readonly answers: Readonly<Record<QuestionKind, string>>;
  /** Sentences that end with, begin with or hold a word. */
  readonly endings: readonly string[];
  readonly beginnings: readonly string[];
  readonly holding: readonly string[];
  /** Questions answered with yes or no. Slots: {word}, {kind}, {colour}, {n}, {m}. */
  readonly isKind: readonly string[];
  readonly isColour: readonly string[];
  readonly isBigger: readonly string[];
  readonly yes: string;
  readonly no: string;
  /** Wordings that ask for help with a goal, safe or not. Slot: {goal}. */
  readonly goals: readonly string[];
  readonly sure: string;
  readonly refusal: string;
  readonly reasons: readonly string[];
  readonly despair: readonly string[];
  readonly comfort: readonly string[];
  /** Fixed pairs: what is said, what may be replied. */
  readonly smalltalk: readonly (readonly [readonly string[], readonly string[]])[];
  readonly identity: readonly (readonly [readonly string[], readonly string[]])[];
  readonly unknown: readonly string[];
  readonly dontKnow: readonly string[];
  /** Open requests about an animal, a food, a job, a city. Slot: {word}. */
  readonly about: readonly string[];
  readonly storyAbout: readonly string[];
}

/** The wording with its slots filled; a slot without a value stays as it is, which the tests would see. */
export function fill(wording: string, values: Readonly<Record<string, string | number>>): string {
  return wording.replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/**
 * Every wording that patterns stand for: "[Say|Write] {word}[| and stop]." stands for four. People say the same thing in
 * many ways, and a small model follows a request in new words only after it has met very many.
 */
export function ways(...patterns: readonly string[]): string[] {
  return patterns.flatMap(waysOf);
}

function waysOf(pattern: string): string[] {
  const choice = /\[([^[\]]*)\]/.exec(pattern);
  if (choice === null) return [pattern];
  const [whole, parts = ""] = choice;
  const [before, after] = [pattern.slice(0, choice.index), pattern.slice(choice.index + whole.length)];
  return parts.split("|").flatMap((part) => waysOf(before + part + after));
}
