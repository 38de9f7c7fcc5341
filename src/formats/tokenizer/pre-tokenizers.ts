import type { TokenizerFile } from "./tokenizer-json.ts";

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const TAIL = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const LETTERS = `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+`;

/** How a byte-level BPE tokenizer cuts text before its merges, as its own file describes it. */
interface Rule {
  /** `tokenizer.ggml.pre` */
  readonly name: string;
  /** Regular expressions of `Split`, or the types of other steps, in order. */
  readonly steps: readonly string[];
  readonly ignoresMerges: boolean;
}

/** Both the byte alphabet and GPT-2's own expression. */
const GPT2_WORDS = "ByteLevel words";
const SINGLE_DIGITS = "Digits";

/**
 * The pre-tokenizers that libllama cuts text with exactly as Hugging Face does. Source: the expressions in the pinned
 * library's `llama-vocab.cpp`, compared with `tokenizers` over whole corpora in the tests.
 */
const RULES: readonly Rule[] = [
  { name: "qwen2", steps: [`${LETTERS}|\\p{N}${TAIL}`], ignoresMerges: false },
  { name: "llama-bpe", steps: [`${LETTERS}|\\p{N}{1,3}${TAIL}`], ignoresMerges: true },
  { name: "smaug-bpe", steps: [`${LETTERS}|\\p{N}{1,3}${TAIL}`], ignoresMerges: false },
  { name: "gpt-2", steps: [GPT2_WORDS], ignoresMerges: false },
  { name: "smollm", steps: [SINGLE_DIGITS, GPT2_WORDS], ignoresMerges: false },
];

/** Whether the tokenizer spells its tokens in the byte alphabet, as GPT-2, Qwen and Llama 3 do. */
export function isByteLevel({ preTokenizers }: TokenizerFile): boolean {
  return preTokenizers.at(-1)?.type === "ByteLevel";
}

/** The name that libllama knows a byte-level pre-tokenizer by; `undefined` where it knows none that is the same. */
export function preTokenizerName({ preTokenizers, ignoresMerges }: TokenizerFile): string | undefined {
  const steps = preTokenizers.map(stepOf).filter((step) => step !== "ByteLevel");
  return RULES.find(
    (rule) =>
      rule.ignoresMerges === ignoresMerges &&
      rule.steps.length === steps.length &&
      rule.steps.every((step, at) => step === steps[at]),
  )?.name;
}

/** The `pre_tokenizer` of tokenizer.json, and whether merges are ignored for whole tokens, by libllama's name. */
export function preTokenizerNamed(
  name: string,
): { readonly preTokenizer: object; readonly ignoresMerges: boolean } | undefined {
  const rule = RULES.find((one) => one.name === name);
  if (rule === undefined) return undefined;
  const bytes = (useRegex: boolean): object => ({
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: useRegex,
  });
  const steps = rule.steps.map((step): object => {
    if (step === GPT2_WORDS) return bytes(true);
    if (step === SINGLE_DIGITS) return { type: "Digits", individual_digits: true };
    return { type: "Split", pattern: { Regex: step }, behavior: "Isolated", invert: false };
  });
  // the last step spells the pieces in the byte alphabet
  const pretokenizers = rule.steps.at(-1) === GPT2_WORDS ? steps : [...steps, bytes(false)];
  return { preTokenizer: { type: "Sequence", pretokenizers }, ignoresMerges: rule.ignoresMerges };
}

function stepOf(step: TokenizerFile["preTokenizers"][number]): string {
  switch (step.type) {
    case "Split": {
      const pattern = step.pattern;
      const isPlain = step.behavior === "Isolated" && step.invert !== true;
      const regex = typeof pattern === "object" && pattern !== null && "Regex" in pattern && pattern.Regex;
      return isPlain && typeof regex === "string" ? regex : "another split";
    }
    case "ByteLevel":
      if (step.add_prefix_space === true) return "ByteLevel with a space before";
      // Where the file leaves it out, it is on.
      return step.use_regex === false ? "ByteLevel" : GPT2_WORDS;
    case "Digits":
      return step.individual_digits === true ? SINGLE_DIGITS : "another digits";
    default:
      return String(step.type);
  }
}
