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
    stem: /^Qwen(1\.5)?-(MoE-A)?[\d._]+B$/i,
    plain: "base",
    pair: { base: "", chat: "-Chat" },
  },
  {
    owner: "Qwen",
    stem: /^Qwen2(\.5)?(-Coder|-Math)?-[\d.]+B(-A[\d.]+B)?$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "Qwen", stem: /^CodeQwen1\.5-7B$/i, plain: "base", pair: { base: "", chat: "-Chat" } },
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
  { owner: "Qwen", stem: /^Qwen3(\.\d)?-[\d.]+[BT](-A[\d.]+B)?(-SafeRL)?$/i, plain: "hybrid" },
  { owner: "Qwen", stem: /^Qwen3-Coder-Next$/i, plain: "instruct" },
  { owner: "Qwen", stem: /^QwQ-[\d.]+B$/i, plain: "thinking" },
  {
    owner: "meta-llama",
    stem: /^(Meta-)?Llama-3(\.\d)?-\d+B$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "meta-llama", stem: /^Llama-2-\d+b(-hf)?$/i, plain: "base" },
  { owner: "meta-llama", stem: /^CodeLlama-\d+b(-Python)?(-hf)?$/i, plain: "base" },
  { owner: "huggyllama", stem: /^(open_?)?llama(_|-)\d+b(_v\d)?(-hf)?$/i, plain: "base" },
  {
    owner: "google",
    stem: /^(code)?gemma(-1\.1|-2)?-\d+b$/i,
    plain: "base",
    pair: { base: "", chat: "-it" },
  },
  { owner: "google", stem: /^gemma-3-270m$/i, plain: "base", pair: { base: "", chat: "-it" } },
  { owner: "google", stem: /^gemma-3-\d+m?b?$/i, pair: { base: "-pt", chat: "-it" } },
  { owner: "google", stem: /^gemma-4-[\w.]+$/i, pair: { base: "", chat: "-it" } },
  {
    owner: "HuggingFaceTB",
    stem: /^SmolLM2?-[\d.]+[MB]$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "HuggingFaceTB", stem: /^SmolLM3-3B$/i, plain: "hybrid", pair: { base: "-Base", chat: "" } },
  { owner: "mistralai", stem: /^(Mistral-7B|Mixtral-8x(7|22)B)-v0\.\d$/i, plain: "base" },
  {
    owner: "mistralai",
    stem: /^(Mistral-Nemo|Mistral-Small-24B|Mistral-Small-3\.1-24B|Ministral-3-\d+B)-\d{4}$/i,
  },
  { owner: "mistralai", stem: /^(Magistral-\w+|Mistral-(Small|Medium|Large))-\d{4}$/i, plain: "instruct" },
  {
    owner: "01-ai",
    stem: /^Yi(-1\.5|-Coder)?-[\d.]+B(-200K)?$/i,
    plain: "base",
    pair: { base: "", chat: "-Chat" },
  },
  {
    owner: "allenai",
    stem: /^(OLMo-2-\d{4}-\d+B|OLMoE-1B-7B-\d{4}|OLMo-7B)$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "allenai", stem: /^(OLMo-[17]B(-\d{4})?|Olmo-3-\d{4}-\d+B)(-hf)?$/i, plain: "base" },
  {
    owner: "internlm",
    stem: /^internlm2(_5)?-[\d_]+b$/i,
    plain: "base",
    pair: { base: "", chat: "-chat" },
  },
  { owner: "internlm", stem: /^internlm-\d+b$/i, plain: "base", pair: { base: "", chat: "-chat" } },
  { owner: "baichuan-inc", stem: /^Baichuan2-\d+B$/i, pair: { base: "-Base", chat: "-Chat" } },
  { owner: "baichuan-inc", stem: /^Baichuan-7B$/i, plain: "base" },
  { owner: "deepseek-ai", stem: /^deepseek-llm-\d+b$/i, pair: { base: "-base", chat: "-chat" } },
  { owner: "deepseek-ai", stem: /^deepseek-coder-[\d.]+b$/i, pair: { base: "-base", chat: "-instruct" } },
  {
    owner: "deepseek-ai",
    stem: /^DeepSeek-V2(-Lite)?$/i,
    plain: "base",
    pair: { base: "", chat: "-Chat" },
  },
  { owner: "deepseek-ai", stem: /^DeepSeek-V2\.5(-\d{4})?$/i, plain: "instruct" },
  { owner: "deepseek-ai", stem: /^DeepSeek-V3$/i, plain: "instruct", pair: { base: "-Base", chat: "" } },
  { owner: "deepseek-ai", stem: /^DeepSeek-V3-\d{4}$/i, plain: "instruct" },
  { owner: "deepseek-ai", stem: /^DeepSeek-V3\.1$/i, plain: "hybrid", pair: { base: "-Base", chat: "" } },
  { owner: "deepseek-ai", stem: /^DeepSeek-V(3\.[12]|4)(-\w+)?$/i, plain: "hybrid" },
  { owner: "moonshotai", stem: /^Kimi-K2(-\d{4})?$/i, pair: { base: "-Base", chat: "-Instruct" } },
  { owner: "moonshotai", stem: /^Kimi-K2\.\d$/i, plain: "hybrid" },
  {
    owner: "moonshotai",
    stem: /^Moonlight-16B-A3B$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "zai-org", stem: /^GLM-4\.5(-Air)?$/i, plain: "hybrid", pair: { base: "-Base", chat: "" } },
  { owner: "zai-org", stem: /^GLM-(4\.[67]|5)(-(Air|Flash))?$/i, plain: "hybrid" },
  { owner: "zai-org", stem: /^GLM-4-\d+B-0414$/i, plain: "instruct" },
  { owner: "zai-org", stem: /^GLM-Z1-\S+$/i, plain: "thinking" },
  { owner: "zai-org", stem: /^glm-4-9b$/i, plain: "base", pair: { base: "", chat: "-chat" } },
  { owner: "zai-org", stem: /^(chatglm\d?|codegeex4?)-\w+(-\d+k)?$/i, plain: "instruct" },
  { owner: "microsoft", stem: /^phi-(1|1_5|1\.5|2)$/i, plain: "base" },
  { owner: "microsoft", stem: /^phi-4$/i, plain: "instruct" },
  { owner: "openbmb", stem: /^(MiniCPM\d?(\.\d)?|BitCPM\d|MiniCPM-MoE)-[\dx.]+B$/i, plain: "instruct" },
  { owner: "openai", stem: /^gpt-oss-\d+b$/i, plain: "thinking" },
  { owner: "MiniMaxAI", stem: /^MiniMax-M[\d.]+(-80k|-40k)?$/i, plain: "thinking" },
  { owner: "openai-community", stem: /^(distil)?gpt2?(-medium|-large|-xl)?$/i, plain: "base" },
  {
    owner: "EleutherAI",
    stem: /^(gpt-j-6b|gpt-neo-[\d.]+[mb]|gpt-neox-20b|pythia-[\d.]+[mb](-deduped)?)$/i,
    plain: "base",
  },
  { owner: "facebook", stem: /^(opt|galactica|xglm)-[\d.]+[mb]$/i, plain: "base" },
  { owner: "bigscience", stem: /^bloom(-[\d\w]+)?$/i, plain: "base" },
  {
    owner: "tiiuae",
    stem: /^falcon-(rw-|mamba-)?\d+b$/i,
    plain: "base",
    pair: { base: "", chat: "-instruct" },
  },
  { owner: "tiiuae", stem: /^Falcon(3|-H1)-[\d.]+B$/i, pair: { base: "-Base", chat: "-Instruct" } },
  { owner: "bigcode", stem: /^(starcoder(2-\d+b|base)?(-\d+b)?|santacoder)$/i, plain: "base" },
  { owner: "Salesforce", stem: /^codegen2?-[\d_]+[MB](-(mono|multi|nl))?(_P)?$/i, plain: "base" },
  { owner: "mosaicml", stem: /^mpt-\d+b$/i, plain: "base", pair: { base: "", chat: "-instruct" } },
  { owner: "stabilityai", stem: /^stable(lm-(2-)?[\w.]+b(-4e1t)?|-code-\d+b)$/i, plain: "base" },
  { owner: "ibm-granite", stem: /^granite-3\.\d-\d+b$/i, pair: { base: "-base", chat: "-instruct" } },
  {
    owner: "ibm-granite",
    stem: /^granite-4\.\d-(h-)?(\d+b|micro|tiny|small)(-preview)?$/i,
    plain: "instruct",
    pair: { base: "-base", chat: "" },
  },
  { owner: "CohereLabs", stem: /^(c4ai-)?(command|aya)\S*$/i, plain: "instruct" },
  {
    owner: "tencent",
    stem: /^Hunyuan-([\d.]+B|A13B)$/i,
    pair: { base: "-Pretrain", chat: "-Instruct" },
  },
  { owner: "baidu", stem: /^ERNIE-4\.5-\S*[\d.]+B(-PT|-Paddle)?$/i, plain: "instruct" },
  {
    owner: "ByteDance-Seed",
    stem: /^Seed-OSS-36B$/i,
    pair: { base: "-Base", chat: "-Instruct" },
  },
  { owner: "LiquidAI", stem: /^LFM2(\.5)?-[\w.]+$/i, plain: "instruct", pair: { base: "-Base", chat: "" } },
  { owner: "nvidia", stem: /^(NVIDIA-)?Nemotron(-Nano|-3)\S*-(v?\d|A[\d.]+B)$/i, plain: "hybrid" },
  {
    owner: "nvidia",
    stem: /^Llama-3[._]\d-Nemotron-(Nano|Super|Ultra)-\S+-v\d([._]\d)?$/i,
    plain: "hybrid",
  },
  { owner: "moonshotai", stem: /^Kimi-Dev-\d+B$/i, plain: "thinking" },
  { owner: "baichuan-inc", stem: /^Baichuan-M\d-\d+B$/i, plain: "thinking" },
  { owner: "XiaomiMiMo", stem: /^MiMo-\d+B-RL(-\d+)?$/i, plain: "thinking" },
  {
    owner: "XiaomiMiMo",
    stem: /^MiMo-V2(\.\d)?(-Flash)?$/i,
    plain: "hybrid",
    pair: { base: "-Base", chat: "" },
  },
  { owner: "inclusionAI", stem: /^Ring-\S+$/i, plain: "thinking" },
  { owner: "inclusionAI", stem: /^Ling-\S+$/i, plain: "instruct" },
  { owner: "MiniMaxAI", stem: /^MiniMax-Text-\d+$/i, plain: "instruct" },
  {
    owner: "utter-project",
    stem: /^EuroLLM-[\d.]+B$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "BSC-LT", stem: /^salamandra-\d+b$/i, plain: "base", pair: { base: "", chat: "-instruct" } },
  { owner: "Zyphra", stem: /^Zamba2?-[\d.]+B$/i, plain: "base", pair: { base: "", chat: "-Instruct" } },
  { owner: "state-spaces", stem: /^mamba2?-[\d.]+[mb](-hf)?$/i, plain: "base" },
  { owner: "BAAI", stem: /^Aquila2?-\d+B$/i, plain: "base" },
  { owner: "roneneldan", stem: /^TinyStories-\w+$/i, plain: "base" },
  { owner: "EleutherAI", stem: /^llemma_\d+b$/i, plain: "base" },
  { owner: "facebook", stem: /^MobileLLM-[\d.]+[MB]$/i, plain: "base" },
  { owner: "xai-org", stem: /^grok-1$/i, plain: "base" },
  { owner: "LGAI-EXAONE", stem: /^EXAONE-4\.\d-[\d.]+B$/i, plain: "hybrid" },
  { owner: "LGAI-EXAONE", stem: /^EXAONE-Deep-[\d.]+B$/i, plain: "thinking" },
  { owner: "FreedomIntelligence", stem: /^openPangu-Embedded-\d+B(-v[\d.]+)?$/i, plain: "hybrid" },
  { owner: "arcee-ai", stem: /^AFM-4\.5B$/i, plain: "instruct", pair: { base: "-Base", chat: "" } },
  {
    owner: "swiss-ai",
    stem: /^Apertus-\d+B-\d{4}$/i,
    plain: "base",
    pair: { base: "", chat: "-Instruct" },
  },
  { owner: "xverse", stem: /^XVERSE-\d+B$/i, plain: "base", pair: { base: "", chat: "-Chat" } },
  { owner: "ai21labs", stem: /^Jamba-v0\.1$/i, plain: "base" },
  { owner: "ai21labs", stem: /^(AI21-)?Jamba-\S+$/i, plain: "instruct" },
];

/** What was done to the weights for storage or speed, written after the name. */
const PACKAGING =
  /[-_.](gguf|ggml|mlx|onnx|awq|gptq|exl2|imat|i1|bnb|fp\d+|bf\d+|f\d+|mxfp4|nvfp4|int\d|\d+-?bits?|u?d?-?i?q\d(_[0-9a-z]+)*|ud|w\d+a\d+|dynamic|\d{5}-of-\d{5}|unsloth|hf-format|safetensors|quantized|static|autoround)$/i;

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
