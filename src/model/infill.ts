import type { Prompt } from "../chat/prompt.ts";
import type { Engine } from "../engine/engine.ts";
import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import { printable } from "../printable.ts";

/** A model whose vocabulary has no tokens for infilling. */
export class NoInfillError extends BasewiseError {
  override readonly name = "NoInfillError";
  readonly exitCode: ExitCode = EXIT.unsuited;
  /** The model without the tokens. */
  readonly reference: string;

  constructor(reference: string) {
    const shown = printable(reference);
    super({
      en: `${shown} has no tokens for infilling, so it cannot see what stands behind a gap; take a base code model, such as Qwen2.5-Coder, StarCoder 2 or DeepSeek-Coder, or leave the suffix out.`,
      zh: `${shown} 没有用于中间填充的词元，看不到空缺之后的内容；请改用基座代码模型，如 Qwen2.5-Coder、StarCoder 2 或 DeepSeek-Coder，或去掉后文。`,
    });
    this.reference = reference;
  }
}

/** The names of tokens between which the parts of an infilling prompt stand, in the order of training. */
type Layout = readonly (string | { readonly part: "prefix" | "suffix" })[];

const PREFIX = { part: "prefix" } as const;
const SUFFIX = { part: "suffix" } as const;
const prefixSuffixMiddle = (before: string, between: string, behind: string): Layout => [
  before,
  PREFIX,
  between,
  SUFFIX,
  behind,
];

/**
 * How each family was trained to fill in (Bavarian et al. 2022, "Efficient Training of Language Models to Fill in the
 * Middle": prefix, suffix, middle). Sources: the model cards of Qwen2.5-Coder and CodeGemma, of StarCoder and
 * Granite Code, of SantaCoder, of DeepSeek-Coder and of GLM-4; the code of CodeLlama; mistral-common for
 * Codestral, which reads the suffix first.
 */
const LAYOUTS: readonly Layout[] = [
  prefixSuffixMiddle("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
  prefixSuffixMiddle("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
  prefixSuffixMiddle("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
  prefixSuffixMiddle("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
  prefixSuffixMiddle("▁<PRE>", "▁<SUF>", "▁<MID>"),
  prefixSuffixMiddle("<PRE>", "<SUF>", "<MID>"),
  prefixSuffixMiddle("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
  ["[SUFFIX]", SUFFIX, "[PREFIX]", PREFIX],
];

/** Tokens behind a finished gap that no library need know as an end. */
const ENDS = [
  "<|fim_pad|>",
  "<fim_pad>",
  "<|repo_name|>",
  "<|file_sep|>",
  "<file_sep>",
  "<|file_separator|>",
  "▁<EOT>",
  "<EOT>",
];

/** Every name of a token that infilling may need. */
export const INFILL_TOKENS: readonly string[] = [
  ...LAYOUTS.flat().filter((part) => typeof part === "string"),
  ...ENDS,
];

/**
 * Lays out what stands before and behind a gap by the infilling tokens of the model's vocabulary. Neither text can
 * pass for one of them. Throws NoInfillError, `reference` named, where there are none.
 */
export async function infillPrompt(
  engine: Engine,
  reference: string,
  prefix: string,
  suffix: string,
): Promise<Prompt> {
  const { addedTokens, beginToken } = engine.model;
  const layout = LAYOUTS.find((parts) =>
    parts.every((part) => typeof part !== "string" || addedTokens.has(part)),
  );
  if (layout === undefined) throw new NoInfillError(reference);
  const texts = { prefix: await engine.tokenize(prefix), suffix: await innerTokens(engine, suffix) };
  const tokens = layout.flatMap((part) =>
    typeof part === "string" ? known(addedTokens, part) : texts[part.part],
  );
  const names = [...layout.filter((part) => typeof part === "string"), ...ENDS];
  return {
    tokens: beginToken === undefined ? tokens : [beginToken, ...tokens],
    warnings: [],
    stopTokens: names.flatMap((name) => known(addedTokens, name)),
  };
}

function known(tokens: ReadonlyMap<string, number>, name: string): number[] {
  const id = tokens.get(name);
  return id === undefined ? [] : [id];
}

/**
 * The tokens of a text that goes on after a gap: without the space that some tokenizers put before every text. Source:
 * `encode_infilling` of CodeLlama, which tokenizes behind a character that it then takes off again.
 */
async function innerTokens(engine: Engine, text: string): Promise<number[]> {
  const [before, all] = await Promise.all([engine.tokenize("☺"), engine.tokenize(`☺${text}`)]);
  const isWhole = before.every((id, at) => all[at] === id);
  return isWhole ? all.slice(before.length) : engine.tokenize(text);
}
