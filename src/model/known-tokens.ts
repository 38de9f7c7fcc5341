/** Texts of the end tokens of an architecture by id, and of how large a vocabulary where one name covers several. */
interface KnownTokens {
  readonly architecture: RegExp;
  readonly vocabulary?: readonly number[];
  readonly texts: Readonly<Record<number, string>>;
}

/**
 * End tokens for folders without tokenizer files, in which an id has no text. Source: the tokenizer and generation
 * config files that each family publishes.
 */
const KNOWN: readonly KnownTokens[] = [
  {
    architecture: /^qwen(2|3)(_moe|_vl|_5_vl|_vl_moe|_next|_audio)?(_text)?$/,
    texts: { 151643: "<|endoftext|>", 151645: "<|im_end|>" },
  },
  { architecture: /^qwen3_5/, texts: { 248044: "<|endoftext|>", 248046: "<|im_end|>" } },
  {
    architecture: /^(llama|mllama|llama4|smollm3)/,
    texts: {
      128001: "<|end_of_text|>",
      128008: "<|eom_id|>",
      128009: "<|eot_id|>",
      128012: "<|im_end|>",
      200001: "<|end_of_text|>",
      200007: "<|eom|>",
      200008: "<|eot|>",
    },
  },
  { architecture: /^llama$/, vocabulary: [64_000], texts: { 2: "<|endoftext|>", 7: "<|im_end|>" } },
  { architecture: /^llama$/, vocabulary: [49_152], texts: { 0: "<|endoftext|>", 2: "<|im_end|>" } },
  { architecture: /^(llama|mistral|mixtral|baichuan|opt|bloom|ernie4_5)/, texts: { 2: "</s>" } },
  {
    architecture: /^phi(3|4|moe)?/,
    texts: {
      32000: "<|endoftext|>",
      32007: "<|end|>",
      50256: "<|endoftext|>",
      100257: "<|endoftext|>",
      100265: "<|im_end|>",
      199999: "<|endoftext|>",
      200020: "<|end|>",
    },
  },
  { architecture: /^(gemma|gemma2)$/, texts: { 1: "<eos>", 107: "<end_of_turn>" } },
  { architecture: /^gemma3/, texts: { 1: "<eos>", 106: "<end_of_turn>" } },
  { architecture: /^gemma4/, texts: { 1: "<eos>", 106: "<turn|>" } },
  {
    architecture: /^(glm4?|chatglm|glm4_moe|glm4v.*)$/,
    texts: { 151329: "<|endoftext|>", 151336: "<|user|>", 151338: "<|observation|>" },
  },
  { architecture: /^internlm/, texts: { 2: "</s>", 92542: "<|im_end|>", 128131: "<|im_end|>" } },
  { architecture: /^cohere/, texts: { 255001: "<|END_OF_TURN_TOKEN|>" } },
  { architecture: /^exaone/, texts: { 361: "[|endofturn|]" } },
  { architecture: /^olmo/, texts: { 50279: "<|endoftext|>", 100257: "<|endoftext|>", 100265: "<|im_end|>" } },
  { architecture: /^deepseek_v2/, texts: { 100001: "<｜end▁of▁sentence｜>" } },
  {
    architecture: /^(deepseek_v3|kimi)/,
    texts: { 1: "<｜end▁of▁sentence｜>", 163585: "[EOS]", 163586: "<|im_end|>" },
  },
  { architecture: /^gpt_oss/, texts: { 199999: "<|endoftext|>", 200002: "<|return|>", 200012: "<|call|>" } },
  { architecture: /^granite/, texts: { 0: "<|end_of_text|>", 100257: "<|end_of_text|>" } },
  { architecture: /^minicpm/, texts: { 2: "</s>", 73440: "<|im_end|>" } },
  { architecture: /^stablelm/, texts: { 100257: "<|endoftext|>", 100278: "<|im_end|>" } },
  { architecture: /^lfm2/, texts: { 2: "<|endoftext|>", 7: "<|im_end|>" } },
  { architecture: /^(gpt2|gptj|gpt_neo|codegen)$/, texts: { 50256: "<|endoftext|>" } },
  { architecture: /^(gpt_neox|gpt_bigcode|starcoder2)$/, texts: { 0: "<|endoftext|>" } },
  { architecture: /^falcon/, texts: { 11: "<|endoftext|>" } },
];

/** The text of an end token of a known architecture. */
export function knownToken(
  architecture: string,
  vocabularySize: number | undefined,
  id: number,
): string | undefined {
  for (const known of KNOWN) {
    if (!known.architecture.test(architecture)) continue;
    if (known.vocabulary !== undefined && !known.vocabulary.includes(vocabularySize ?? 0)) continue;
    const text = known.texts[id];
    if (text !== undefined) return text;
  }
  return undefined;
}
