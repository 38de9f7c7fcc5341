import { causal, type HeldOut, tokens } from "./held-out.ts";

/** A template that marks each turn by words before and behind it. */
const turns = (before: (role: string) => string, behind: string, opening: string): string =>
  `{% for m in messages %}{% if m['role'] == 'user' %}${before("user")}{{ m['content'] }}${behind}{% else %}${before("assistant")}{{ m['content'] }}${behind}{% endif %}{% endfor %}{% if add_generation_prompt %}${opening}{% endif %}`;
const CHATML = turns((role) => `<|im_start|>${role}\n`, "<|im_end|>\n", "<|im_start|>assistant\n");

/** Shapes of files that neither the labelled set nor the first list has, written down from what publishers' files say. */
export const MORE_SHAPES: readonly HeldOut[] = [
  {
    name: "baichuan-inc/Baichuan2-13B-Chat",
    kinds: ["instruct"],
    files: {
      "config.json": causal("BaichuanForCausalLM", "baichuan", { eos_token_id: 2 }),
      // No template: code of its own writes these two tokens before the turns.
      "generation_config.json": {
        eos_token_id: 2,
        user_token_id: 195,
        assistant_token_id: 196,
        do_sample: true,
        temperature: 0.3,
      },
      "tokenizer_config.json": { eos_token: { content: "</s>" } },
    },
  },
  {
    name: "baichuan-inc/Baichuan2-7B-Base",
    kinds: ["base"],
    files: {
      "config.json": causal("BaichuanForCausalLM", "baichuan", { eos_token_id: 2 }),
      "generation_config.json": { eos_token_id: 2 },
      "tokenizer_config.json": { eos_token: { content: "</s>" } },
    },
  },
  {
    name: "nvidia/NVIDIA-Nemotron-Nano-9B-v2",
    kinds: ["hybrid"],
    files: {
      "config.json": causal("NemotronHForCausalLM", "nemotron_h", { eos_token_id: 12 }),
      "generation_config.json": { eos_token_id: [2, 11, 12] },
      "tokenizer_config.json": {
        eos_token: "<SPECIAL_12>",
        chat_template: `{% set ns = namespace(think=true) %}{% for m in messages %}{% if '/no_think' in m['content'] %}{% set ns.think = false %}{% elif '/think' in m['content'] %}{% set ns.think = true %}{% endif %}{% if m['role'] == 'user' %}<SPECIAL_11>User\n{{ m['content'] }}\n{% elif m['role'] == 'assistant' %}<SPECIAL_11>Assistant\n{{ m['content'].split('</think>')[-1] }}\n<SPECIAL_12>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<SPECIAL_11>Assistant\n{% if ns.think %}<think>\n{% else %}<think></think>{% endif %}{% endif %}`,
      },
    },
  },
  {
    name: "google/gemma-3-1b-pt",
    kinds: ["base"],
    files: {
      "config.json": causal("Gemma3ForCausalLM", "gemma3_text", { vocab_size: 262_144, eos_token_id: 1 }),
      "generation_config.json": { do_sample: true, eos_token_id: 1, top_k: 64, top_p: 0.95 },
      "tokenizer_config.json": {
        eos_token: "<eos>",
        added_tokens_decoder: tokens("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"),
      },
    },
  },
  {
    name: "microsoft/Phi-3-mini-4k-instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("Phi3ForCausalLM", "phi3", { vocab_size: 32_064, eos_token_id: 32_000 }),
      "generation_config.json": { eos_token_id: [32_000, 32_001, 32_007] },
      "tokenizer_config.json": {
        eos_token: "<|endoftext|>",
        chat_template: turns((role) => `<|${role}|>\n`, "<|end|>\n", "<|assistant|>\n"),
      },
    },
  },
  {
    name: "deepseek-ai/DeepSeek-R1",
    kinds: ["thinking"],
    files: {
      "config.json": causal("DeepseekV3ForCausalLM", "deepseek_v3", { eos_token_id: 1 }),
      "generation_config.json": { eos_token_id: 1, do_sample: true, temperature: 0.6, top_p: 0.95 },
      "tokenizer_config.json": {
        eos_token: { content: "<｜end▁of▁sentence｜>" },
        chat_template:
          "{% for m in messages %}{% if m['role'] == 'user' %}<｜User｜>{{ m['content'] }}{% else %}<｜Assistant｜>{{ m['content'].split('</think>')[-1] }}<｜end▁of▁sentence｜>{% endif %}{% endfor %}{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}",
      },
    },
  },
  {
    name: "deepseek-ai/deepseek-coder-6.7b-instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 32_256, eos_token_id: 32_021 }),
      "generation_config.json": { eos_token_id: 32_021 },
      "tokenizer_config.json": {
        eos_token: { content: "<|EOT|>" },
        chat_template: turns(
          (role) => `### ${role === "user" ? "Instruction" : "Response"}:\n`,
          "\n<|EOT|>\n",
          "### Response:\n",
        ),
      },
    },
  },
  {
    name: "01-ai/Yi-6B",
    kinds: ["base"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 64_000, eos_token_id: 2 }),
      "generation_config.json": { bos_token_id: 1, eos_token_id: 2 },
      "tokenizer_config.json": {
        eos_token: "<|endoftext|>",
        added_tokens_decoder: tokens("<unk>", "<|startoftext|>", "<|endoftext|>"),
      },
    },
  },
  {
    name: "01-ai/Yi-34B-Chat",
    kinds: ["instruct"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 64_000, eos_token_id: 7 }),
      "generation_config.json": { eos_token_id: 7, do_sample: true, temperature: 0.6 },
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: CHATML },
    },
  },
  {
    name: "internlm/internlm2-7b-reward",
    kinds: ["reward"],
    files: {
      "config.json": causal("InternLM2ForRewardModel", "internlm2", {
        eos_token_id: 2,
        reward_token_id: 92_527,
      }),
      "tokenizer_config.json": { eos_token: "</s>", chat_template: CHATML },
    },
  },
  {
    name: "allenai/OLMo-2-1124-7B-Instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("Olmo2ForCausalLM", "olmo2", { vocab_size: 100_352, eos_token_id: 100_257 }),
      "generation_config.json": { eos_token_id: 100_257 },
      "tokenizer_config.json": {
        eos_token: "<|endoftext|>",
        chat_template: turns((role) => `<|${role}|>\n`, "{{ eos_token }}\n", "<|assistant|>\n"),
      },
    },
  },
  {
    name: "allenai/Olmo-3-7B-Think",
    kinds: ["thinking"],
    files: {
      "config.json": causal("Olmo3ForCausalLM", "olmo3", { eos_token_id: 100_257 }),
      "generation_config.json": { eos_token_id: [100_265, 100_257], do_sample: true, temperature: 0.6 },
      "tokenizer_config.json": {
        eos_token: "<|endoftext|>",
        chat_template: CHATML.replace("assistant\n{% endif %}", "assistant\n<think>{% endif %}"),
      },
    },
  },
  {
    name: "LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("ExaoneForCausalLM", "exaone", { eos_token_id: 361 }),
      "generation_config.json": { eos_token_id: 361 },
      "tokenizer_config.json": {
        eos_token: "[|endofturn|]",
        chat_template: turns((role) => `[|${role}|]`, "[|endofturn|]\n", "[|assistant|]"),
      },
    },
  },
  {
    name: "ByteDance-Seed/Seed-OSS-36B-Instruct",
    kinds: ["hybrid", "thinking"],
    files: {
      "config.json": causal("SeedOssForCausalLM", "seed_oss", { eos_token_id: 2 }),
      "generation_config.json": { eos_token_id: 2, temperature: 1.1, top_p: 0.95 },
      "tokenizer_config.json": {
        eos_token: "<seed:eos>",
        chat_template: `{% if thinking_budget is defined and thinking_budget == 0 %}<seed:bos>system\nYou have no time to think.<seed:eos>{% endif %}${turns((role) => `<seed:bos>${role}\n`, "<seed:eos>", "<seed:bos>assistant\n")}`,
      },
    },
  },
  {
    name: "baidu/ERNIE-4.5-0.3B-PT",
    kinds: ["instruct"],
    files: {
      "config.json": causal("Ernie4_5ForCausalLM", "ernie4_5", { eos_token_id: 2 }),
      "generation_config.json": { do_sample: true, top_p: 0.8, temperature: 0.8, eos_token_id: 2 },
      "tokenizer_config.json": {
        eos_token: "</s>",
        chat_template:
          "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}User: {{ m['content'] }}\n{% else %}Assistant: {{ m['content'] }}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}Assistant: {% endif %}",
      },
    },
  },
  {
    name: "google/shieldgemma-2b",
    kinds: ["guard"],
    files: {
      "config.json": causal("Gemma2ForCausalLM", "gemma2", { eos_token_id: 1 }),
      "tokenizer_config.json": {
        eos_token: "<eos>",
        chat_template:
          "You are a policy expert trying to help determine whether a user prompt is in violation of the defined safety policies.\n\n<start_of_turn>\nHuman Question: {{ messages[0]['content'] | trim }}\n<end_of_turn>\n\nOur safety principle is defined in the below:\n\n{{ guideline }}\n\nDoes the human question violate the above principle? Your answer must start with 'Yes' or 'No'.",
      },
    },
  },
  {
    name: "Qwen/Qwen3Guard-Stream-0.6B",
    kinds: ["guard"],
    files: {
      "config.json": causal("Qwen3ForGuardModel", "qwen3", { eos_token_id: 151_645 }),
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: CHATML },
    },
  },
  {
    name: "ibm-granite/granite-3.1-2b-instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("GraniteForCausalLM", "granite", { eos_token_id: 0 }),
      "generation_config.json": { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 },
      "tokenizer_config.json": {
        eos_token: "<|end_of_text|>",
        // what closes a role's name ends no turn
        chat_template: turns(
          (role) => `<|start_of_role|>${role}<|end_of_role|>`,
          "<|end_of_text|>\n",
          "<|start_of_role|>assistant<|end_of_role|>",
        ),
      },
    },
  },
  {
    name: "ibm-granite/granite-guardian-3.1-2b",
    kinds: ["guard"],
    files: {
      "config.json": causal("GraniteForCausalLM", "granite", { eos_token_id: 0 }),
      "tokenizer_config.json": {
        eos_token: "<|end_of_text|>",
        chat_template:
          "<|start_of_role|>user<|end_of_role|>You are a safety agent whose goal is to identify whether content is harmful according to a risk definition.\n<start_of_risk_definition>harm<end_of_risk_definition>\n{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}Is the message harmful based on the risk definition above? Your answer must be either 'Yes' or 'No'.<|end_of_text|>",
      },
    },
  },
  {
    name: "mixedbread-ai/mxbai-rerank-base-v2",
    kinds: ["reranker"],
    files: {
      "config.json": causal("Qwen2ForCausalLM", "qwen2", { eos_token_id: 151_643 }),
      "tokenizer_config.json": { eos_token: "<|endoftext|>", chat_template: CHATML },
      "README.md": "---\npipeline_tag: text-ranking\nlicense: apache-2.0\n---\n# A model\n",
    },
  },
  {
    name: "jinaai/jina-reranker-v2-base-multilingual",
    kinds: ["reranker"],
    files: {
      "config.json": causal("XLMRobertaForSequenceClassification", "xlm-roberta", {
        id2label: { 0: "LABEL_0" },
        num_labels: 1,
      }),
    },
  },
  {
    name: "minishlab/potion-base-8M",
    kinds: ["embedding"],
    files: { "config.json": causal("StaticModel", "model2vec", { apply_pca: 256, normalize: true }) },
  },
  {
    name: "vidore/colqwen2-v1.0-hf",
    kinds: ["embedding", "vision"],
    files: { "config.json": causal("ColQwen2ForRetrieval", "colqwen2", { embedding_dim: 128 }) },
  },
  {
    name: "RLHFlow/ArmoRM-Llama3-8B-v0.1",
    kinds: ["reward"],
    files: {
      "config.json": causal("LlamaForRewardModelWithGating", "llama", {
        id2label: { 0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2" },
      }),
    },
  },
  {
    name: "Qwen/Qwen2.5-Math-PRM-7B",
    kinds: ["reward"],
    files: {
      "config.json": causal("Qwen2ForProcessRewardModel", "qwen2", { eos_token_id: 151_645 }),
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: CHATML },
    },
  },
  {
    name: "deepseek-ai/Janus-Pro-7B",
    kinds: ["vision", "omni"],
    files: {
      "config.json": causal("MultiModalityCausalLM", "multi_modality", {
        aligner_config: {},
        language_config: { model_type: "llama", vocab_size: 102_400 },
      }),
    },
  },
  {
    name: "vikhyatk/moondream2",
    kinds: ["vision"],
    files: { "config.json": causal("HfMoondream", "moondream1") },
  },
  {
    name: "microsoft/VibeVoice-1.5B",
    kinds: ["speech synthesis"],
    files: { "config.json": causal("VibeVoiceForConditionalGeneration", "vibevoice", {}) },
  },
  {
    name: "yuhuili/EAGLE3-LLaMA3.1-Instruct-8B",
    kinds: ["draft model"],
    files: { "config.json": causal("LlamaForCausalLMEagle3", "llama", { draft_vocab_size: 32_000 }) },
  },
  {
    name: "OpenGVLab/InternVL3-8B",
    kinds: ["vision"],
    files: {
      "config.json": causal("InternVLChatModel", "internvl_chat", {
        vision_config: { model_type: "intern_vit_6b" },
        llm_config: { model_type: "qwen2" },
      }),
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: CHATML },
    },
  },
  {
    name: "state-spaces/mamba-2.8b-hf",
    kinds: ["base"],
    files: {
      "config.json": causal("MambaForCausalLM", "mamba", { eos_token_id: 0 }),
      "tokenizer_config.json": { eos_token: "<|endoftext|>", added_tokens_decoder: tokens("<|endoftext|>") },
    },
  },
  {
    name: "TheBloke/Mistral-7B-Instruct-v0.2-GPTQ",
    kinds: ["instruct"],
    files: {
      "config.json": causal("MistralForCausalLM", "mistral", {
        eos_token_id: 2,
        quantization_config: { bits: 4, quant_method: "gptq" },
      }),
      "tokenizer_config.json": {
        eos_token: "</s>",
        chat_template:
          "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]{% else %}{{ m['content'] }}{{ eos_token }}{% endif %}{% endfor %}",
      },
    },
  },
  {
    name: "ibm-granite/granite-3.3-8b-base",
    kinds: ["base"],
    files: {
      "config.json": causal("GraniteForCausalLM", "granite", { vocab_size: 49_152, eos_token_id: 0 }),
      "generation_config.json": { bos_token_id: 0, eos_token_id: 0 },
      "tokenizer_config.json": {
        eos_token: "<|end_of_text|>",
        added_tokens_decoder: tokens("<|end_of_text|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>"),
      },
    },
  },
];
