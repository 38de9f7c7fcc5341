import type { Stage } from "./stage.ts";

/** How one family of models names its stages. */
export interface Family {
  /** Who publishes it on the hubs. */
  readonly owner: string;
  /** The whole name without a stage suffix. A longer name is somebody's derivative, and the rule is silent on it. */
  readonly stem: RegExp;
  /** What a name without a suffix means; missing where the family always writes one. */
  readonly plain?: Stage;
  /** The suffixes of the base and of its chat counterpart; missing where there is no pair. */
  readonly pair?: { readonly base: string; readonly chat: string };
}

/**
 * The naming rules of the families. Sources: the Qwen documentation (concepts.md: base is the name without a suffix
 * up to Qwen2.5, and the name with `-Base` since Qwen3), and the model cards of the others.
 */
export const FAMILIES: readonly Family[] = [
  {
    owner: "Qwen",
    stem: /^Qwen(1\.5)?-(MoE-A)?[\d.]+B$/i,
    plain: "base",
    pair: { base: "", chat: "-Chat" },
  },
  {
    owner: "Qwen",
    stem: /^Qwen2(\.5)?(-Coder|-Math)?-[\d.]+B(-A[\d.]+B)?$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  {
    owner: "Qwen",
    stem: /^Qwen3-(0\.6B|1\.7B|4B|8B|14B|30B-A3B)$/i,
    plain: "hybrid",
    pair: { base: "-Base", chat: "" },
  },
  {
    owner: "Qwen",
    stem: /^Qwen3\.5-(0\.8B|2B|4B|9B|35B-A3B)$/i,
    plain: "hybrid",
    pair: { base: "-Base", chat: "" },
  },
  // Sizes and generations of which no base was published.
  { owner: "Qwen", stem: /^Qwen3(\.\d)?-[\d.]+B(-A[\d.]+B)?$/i, plain: "hybrid" },
  { owner: "Qwen", stem: /^QwQ-[\d.]+B$/i, plain: "thinking" },
  {
    owner: "meta-llama",
    stem: /^(Meta-)?Llama-3(\.\d)?-\d+B$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "meta-llama", stem: /^Llama-2-\d+b(-hf)?$/i, plain: "base" },
  { owner: "huggyllama", stem: /^llama-\d+b(-hf)?$/i, plain: "base" },
  { owner: "google", stem: /^gemma(-1\.1|-2)?-\d+b$/i, plain: "base", pair: { base: "", chat: "-it" } },
  { owner: "google", stem: /^gemma-3-\d+m?b?$/i, pair: { base: "-pt", chat: "-it" } },
  {
    owner: "HuggingFaceTB",
    stem: /^SmolLM2?-[\d.]+[MB]$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "HuggingFaceTB", stem: /^SmolLM3-3B$/i, plain: "hybrid", pair: { base: "-Base", chat: "" } },
  { owner: "mistralai", stem: /^(Mistral-7B|Mixtral-8x(7|22)B)-v0\.\d$/i, plain: "base" },
  { owner: "01-ai", stem: /^Yi(-1\.5)?-\d+B$/i, plain: "base", pair: { base: "", chat: "-Chat" } },
  {
    owner: "allenai",
    stem: /^OLMo-2-\d{4}-\d+B$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  {
    owner: "internlm",
    stem: /^internlm2(_5)?-[\d_]+b$/i,
    plain: "base",
    pair: { base: "", chat: "-chat" },
  },
  { owner: "baichuan-inc", stem: /^Baichuan2-\d+B$/i, pair: { base: "-Base", chat: "-Chat" } },
  { owner: "deepseek-ai", stem: /^deepseek-llm-\d+b$/i, pair: { base: "-base", chat: "-chat" } },
  { owner: "deepseek-ai", stem: /^deepseek-coder-[\d.]+b$/i, pair: { base: "-base", chat: "-instruct" } },
  { owner: "deepseek-ai", stem: /^DeepSeek-V3$/i, plain: "instruct", pair: { base: "-Base", chat: "" } },
  { owner: "moonshotai", stem: /^Kimi-K2$/i, pair: { base: "-Base", chat: "-Instruct" } },
  { owner: "zai-org", stem: /^GLM-4\.5(-Air)?$/i, plain: "hybrid", pair: { base: "-Base", chat: "" } },
  { owner: "zai-org", stem: /^glm-4-9b$/i, plain: "base", pair: { base: "", chat: "-chat" } },
  { owner: "zai-org", stem: /^chatglm\d?-\d+b(-\d+k)?$/i, plain: "instruct" },
  { owner: "microsoft", stem: /^phi-(1|1_5|1\.5|2)$/i, plain: "base" },
  { owner: "microsoft", stem: /^phi-4$/i, plain: "instruct" },
  { owner: "openbmb", stem: /^MiniCPM\d?(\.\d)?-[\d.]+B$/i, plain: "instruct" },
  { owner: "openai", stem: /^gpt-oss-\d+b$/i, plain: "thinking" },
  { owner: "openai-community", stem: /^gpt2(-medium|-large|-xl)?$/i, plain: "base" },
  {
    owner: "EleutherAI",
    stem: /^(gpt-j-6b|gpt-neo-[\d.]+[mb]|gpt-neox-20b|pythia-[\d.]+[mb])$/i,
    plain: "base",
  },
  { owner: "facebook", stem: /^opt-[\d.]+[mb]$/i, plain: "base" },
  { owner: "tiiuae", stem: /^falcon-\d+b$/i, plain: "base", pair: { base: "", chat: "-instruct" } },
  { owner: "bigcode", stem: /^starcoder(2-\d+b|base)?$/i, plain: "base" },
];

/** What was done to the weights for storage or speed, written after the name. */
const PACKAGING =
  /[-_.](gguf|ggml|mlx|onnx|awq|gptq|exl2|imat|i1|bnb|fp\d+|bf\d+|f\d+|mxfp4|nvfp4|int\d|\d+-?bits?|u?d?-?i?q\d(_[0-9a-z]+)*|ud|w\d+a\d+|dynamic|\d{5}-of-\d{5})$/i;

/** A name without its owner, its file ending and what says how the weights are packed. */
export function plainName(name: string): string {
  let plain = (name.split(/[/\\]/).at(-1) ?? name).trim().replace(/\s+/g, "-");
  for (
    let shorter = plain.replace(PACKAGING, "");
    shorter !== plain;
    shorter = plain.replace(PACKAGING, "")
  ) {
    plain = shorter;
  }
  return plain;
}

/** The family whose naming rule covers a whole name without a stage suffix. */
export function familyOf(stem: string): Family | undefined {
  return FAMILIES.find((family) => family.stem.test(stem));
}
