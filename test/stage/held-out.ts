/** What a model's small files say, as far as it matters; everything else in them is left out. */
export interface HeldOut {
  readonly name: string;
  /** The acceptable answers: a stage, or a kind of the stage `other`. */
  readonly kinds: readonly string[];
  /** The files, without the names in them. */
  readonly files: Readonly<Record<string, unknown>>;
  /** Without its name, nobody could tell. */
  readonly needsName?: true;
}

/** A configuration file of a model that writes text. */
export const causal = (architecture: string, model: string, rest: object = {}): object => ({
  model_type: model,
  architectures: [architecture],
  ...rest,
});
/** Added tokens as a tokenizer's file has them. */
export const tokens = (...texts: string[]): object =>
  Object.fromEntries(texts.map((content, index) => [String(100 + index), { content }]));
const TURNS = (open: string, close: string): string =>
  `{% for m in messages %}${open}{{ m['role'] }}\n{{ m['content'] }}${close}\n{% endfor %}{% if add_generation_prompt %}${open}assistant\n{% endif %}`;
const CHATML = TURNS("<|im_start|>", "<|im_end|>");
const LLAMA_3 =
  "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>\n\n{{ m['content'] | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}";
const INST =
  "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]{% else %}{{ m['content'] }}{{ eos_token }}{% endif %}{% endfor %}";
const GEMMA =
  "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n{{ m['content'] | trim }}<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}";
const THINK_ALWAYS =
  "{% for m in messages %}{% if m['role'] == 'assistant' %}<|im_start|>assistant\n{{ m['content'].split('</think>')[-1] }}<|im_end|>\n{% else %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}";
const THINK_SWITCH = THINK_ALWAYS.replace(
  "<think>\n{% endif %}",
  "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}",
);
const LLAMA_GUARD =
  "{% for m in messages %}<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nTask: Check if there is unsafe content in 'User' messages in conversations according our safety policy with the below categories.\n\n<BEGIN UNSAFE CONTENT CATEGORIES>\nS1: Violent Crimes.\n<END UNSAFE CONTENT CATEGORIES>\n\nUser: {{ m['content'] }}\n\nProvide your safety assessment:<|eot_id|>{% endfor %}";

/**
 * Models that the weights of the evidence were not set by, written down from what their publishers' files say
 * (config.json, generation_config.json, tokenizer_config.json, chat templates in the shape they have).
 */
export const HELD_OUT: readonly HeldOut[] = [
  {
    name: "tiiuae/falcon-180B-chat",
    kinds: ["instruct"],
    files: { "generation_config.json": { bos_token_id: 11, eos_token_id: 11 } },
    needsName: true,
  },
  {
    name: "mattshumer/Reflection-Llama-3.1-70B",
    kinds: ["instruct", "thinking"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", {
        vocab_size: 128_256,
        eos_token_id: [128_001, 128_008, 128_009],
      }),
      "generation_config.json": {
        do_sample: true,
        eos_token_id: [128_001, 128_008, 128_009],
        temperature: 0.7,
        top_p: 0.95,
      },
    },
  },
  {
    name: "meta-llama/Llama-2-7b-hf",
    kinds: ["base"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 32_000, eos_token_id: 2 }),
      "generation_config.json": { eos_token_id: 2, temperature: 0.9, top_p: 0.6, max_length: 4096 },
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "</s>",
        added_tokens_decoder: tokens("<unk>", "<s>", "</s>"),
      },
    },
  },
  {
    name: "meta-llama/Llama-2-7b-chat-hf",
    kinds: ["instruct"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 32_000, eos_token_id: 2 }),
      "generation_config.json": { do_sample: true, eos_token_id: 2, temperature: 0.6, top_p: 0.9 },
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "</s>",
        chat_template: INST,
        added_tokens_decoder: tokens("<unk>", "<s>", "</s>"),
      },
    },
  },
  {
    name: "meta-llama/Llama-3.1-8B",
    kinds: ["base"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 128_256, eos_token_id: 128_001 }),
      "generation_config.json": { do_sample: true, eos_token_id: 128_001, temperature: 0.6, top_p: 0.9 },
      "tokenizer_config.json": {
        eos_token: "<|end_of_text|>",
        added_tokens_decoder: tokens(
          "<|begin_of_text|>",
          "<|end_of_text|>",
          "<|start_header_id|>",
          "<|eot_id|>",
        ),
      },
    },
  },
  {
    name: "meta-llama/Meta-Llama-3-8B-Instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 128_256, eos_token_id: 128_009 }),
      "generation_config.json": {
        do_sample: true,
        eos_token_id: [128_001, 128_009],
        temperature: 0.6,
        top_p: 0.9,
      },
      "tokenizer_config.json": {
        bos_token: "<|begin_of_text|>",
        eos_token: "<|eot_id|>",
        chat_template: LLAMA_3,
      },
    },
  },
  {
    name: "mistralai/Mistral-7B-v0.1",
    kinds: ["base"],
    files: {
      "config.json": causal("MistralForCausalLM", "mistral", { vocab_size: 32_000, eos_token_id: 2 }),
      "generation_config.json": { bos_token_id: 1, eos_token_id: 2 },
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "</s>",
        added_tokens_decoder: tokens("<unk>", "<s>", "</s>"),
      },
    },
  },
  {
    name: "mistralai/Mistral-7B-Instruct-v0.3",
    kinds: ["instruct"],
    files: {
      "config.json": causal("MistralForCausalLM", "mistral", { vocab_size: 32_768, eos_token_id: 2 }),
      "generation_config.json": { bos_token_id: 1, eos_token_id: 2 },
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "</s>",
        chat_template: INST,
        added_tokens_decoder: tokens("<s>", "</s>", "[INST]", "[/INST]"),
      },
    },
  },
  {
    name: "cognitivecomputations/dolphin-2.5-mixtral-8x7b",
    kinds: ["instruct"],
    files: {
      "config.json": causal("MixtralForCausalLM", "mixtral", { vocab_size: 32_002, eos_token_id: 32_000 }),
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "<|im_end|>",
        chat_template: CHATML,
        added_tokens_decoder: { 32000: { content: "<|im_end|>" } },
      },
    },
  },
  {
    name: "google/gemma-2-2b",
    kinds: ["base"],
    files: {
      "config.json": causal("Gemma2ForCausalLM", "gemma2", { eos_token_id: 1, vocab_size: 256_000 }),
      "generation_config.json": { bos_token_id: 2, eos_token_id: 1 },
      "tokenizer_config.json": {
        eos_token: "<eos>",
        added_tokens_decoder: tokens("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
      },
    },
  },
  {
    name: "google/gemma-2-2b-it",
    kinds: ["instruct"],
    files: {
      "config.json": causal("Gemma2ForCausalLM", "gemma2", { eos_token_id: [1, 107], vocab_size: 256_000 }),
      "generation_config.json": { bos_token_id: 2, eos_token_id: [1, 107] },
      "tokenizer_config.json": { bos_token: "<bos>", eos_token: "<eos>", chat_template: GEMMA },
    },
  },
  {
    name: "microsoft/phi-4",
    kinds: ["instruct"],
    files: {
      "config.json": causal("Phi3ForCausalLM", "phi3", {
        bos_token_id: 100_257,
        eos_token_id: 100_265,
        vocab_size: 100_352,
      }),
    },
  },
  {
    name: "microsoft/phi-2",
    kinds: ["base"],
    files: {
      "config.json": causal("PhiForCausalLM", "phi", { eos_token_id: 50_256, vocab_size: 51_200 }),
      "tokenizer_config.json": { eos_token: "<|endoftext|>", added_tokens_decoder: tokens("<|endoftext|>") },
    },
  },
  {
    name: "LGAI-EXAONE/EXAONE-4.0-32B",
    kinds: ["hybrid", "instruct"],
    files: { "config.json": causal("Exaone4ForCausalLM", "exaone4", { bos_token_id: 1, eos_token_id: 361 }) },
  },
  {
    name: "Qwen/Qwen3-32B",
    kinds: ["hybrid"],
    files: {
      "config.json": causal("Qwen3ForCausalLM", "qwen3", {
        bos_token_id: 151_643,
        eos_token_id: 151_645,
        max_position_embeddings: 40_960,
        vocab_size: 151_936,
      }),
    },
  },
  {
    name: "Qwen/Qwen3-4B-Base",
    kinds: ["base"],
    files: {
      "config.json": causal("Qwen3ForCausalLM", "qwen3", {
        eos_token_id: 151_643,
        max_position_embeddings: 32_768,
        vocab_size: 151_936,
      }),
      "generation_config.json": { eos_token_id: 151_643, do_sample: false, max_new_tokens: 2048 },
      "tokenizer_config.json": { eos_token: "<|endoftext|>", chat_template: THINK_SWITCH },
    },
  },
  {
    name: "Qwen/Qwen3-4B-Thinking-2507",
    kinds: ["thinking"],
    files: {
      "config.json": causal("Qwen3ForCausalLM", "qwen3", {
        eos_token_id: 151_645,
        max_position_embeddings: 262_144,
        vocab_size: 151_936,
      }),
      "generation_config.json": {
        eos_token_id: [151_645, 151_643],
        do_sample: true,
        temperature: 0.6,
        top_p: 0.95,
        top_k: 20,
      },
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: THINK_ALWAYS },
    },
  },
  {
    name: "Qwen/Qwen3-4B-Instruct-2507",
    kinds: ["instruct"],
    files: {
      "config.json": causal("Qwen3ForCausalLM", "qwen3", {
        eos_token_id: 151_645,
        max_position_embeddings: 262_144,
        vocab_size: 151_936,
      }),
      "generation_config.json": {
        eos_token_id: [151_645, 151_643],
        do_sample: true,
        temperature: 0.7,
        top_p: 0.8,
        top_k: 20,
      },
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: CHATML },
    },
  },
  {
    name: "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    kinds: ["thinking"],
    files: {
      "config.json": causal("Qwen2ForCausalLM", "qwen2", {
        bos_token_id: 151_643,
        eos_token_id: 151_643,
        max_position_embeddings: 131_072,
        vocab_size: 152_064,
      }),
      "generation_config.json": { do_sample: true, eos_token_id: 151_643, temperature: 0.6, top_p: 0.95 },
      "tokenizer_config.json": {
        eos_token: "<｜end▁of▁sentence｜>",
        chat_template:
          "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}<｜User｜>{{ m['content'] }}{% else %}<｜Assistant｜>{{ m['content'].split('</think>')[-1] }}<｜end▁of▁sentence｜>{% endif %}{% endfor %}{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}",
      },
    },
  },
  {
    name: "moonshotai/Kimi-K2-Instruct",
    kinds: ["instruct"],
    files: {
      "config.json": causal("DeepseekV3ForCausalLM", "kimi_k2", {
        eos_token_id: 163_586,
        vocab_size: 163_840,
      }),
      "generation_config.json": { eos_token_id: 163_586, max_length: 131_072 },
      "tokenizer_config.json": { eos_token: "<|im_end|>", chat_template: TURNS("<|im_user|>", "<|im_end|>") },
    },
  },
  {
    name: "HuggingFaceTB/SmolLM3-3B",
    kinds: ["hybrid"],
    files: {
      "config.json": causal("SmolLM3ForCausalLM", "smollm3", { eos_token_id: 128_012 }),
      "generation_config.json": { do_sample: true, eos_token_id: 128_012, temperature: 0.6, top_p: 0.95 },
      "chat_template.jinja": THINK_SWITCH,
    },
  },
  {
    name: "bigcode/starcoder2-3b",
    kinds: ["base"],
    files: {
      "config.json": causal("Starcoder2ForCausalLM", "starcoder2", { eos_token_id: 0 }),
      "tokenizer_config.json": {
        eos_token: "<|endoftext|>",
        added_tokens_decoder: tokens("<|endoftext|>", "<fim_prefix>", "<fim_middle>"),
      },
    },
  },
  {
    name: "EleutherAI/pythia-410m",
    kinds: ["base"],
    files: {
      "config.json": causal("GPTNeoXForCausalLM", "gpt_neox", {
        bos_token_id: 0,
        eos_token_id: 0,
        vocab_size: 50_304,
      }),
    },
  },
  {
    name: "ai-forever/rugpt3xl",
    kinds: ["base"],
    files: {
      "config.json": causal("RuGPT3XLForCausalLM", "rugpt3xl", { bos_token_id: 2, eos_token_id: 1 }),
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "</s>",
        added_tokens_decoder: tokens("<pad>", "<s>", "</s>"),
      },
    },
  },
  {
    name: "internlm/internlm2-chat-7b",
    kinds: ["instruct"],
    files: {
      "config.json": causal("InternLM2ForCausalLM", "internlm2", { eos_token_id: 2, vocab_size: 92_544 }),
      "generation_config.json": { eos_token_id: [2, 92_542] },
      "tokenizer_config.json": {
        bos_token: "<s>",
        eos_token: "</s>",
        chat_template: CHATML,
        added_tokens_decoder: tokens("<|im_start|>", "<|im_end|>"),
      },
    },
  },
  {
    name: "CohereLabs/c4ai-command-r-v01",
    kinds: ["instruct"],
    files: {
      "config.json": causal("CohereForCausalLM", "cohere", { eos_token_id: 255_001 }),
      "tokenizer_config.json": {
        eos_token: "<|END_OF_TURN_TOKEN|>",
        chat_template: TURNS("<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
      },
    },
  },
  {
    name: "openai/gpt-oss-20b",
    kinds: ["thinking", "hybrid"],
    files: {
      "config.json": causal("GptOssForCausalLM", "gpt_oss", { eos_token_id: 200_002 }),
      "generation_config.json": { do_sample: true, eos_token_id: [200_002, 199_999, 200_012] },
      "chat_template.jinja":
        "<|start|>system<|message|>Reasoning: {{ reasoning_effort | default('medium') }}<|end|>{% for m in messages %}<|start|>{{ m['role'] }}<|message|>{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}",
    },
  },
  {
    name: "zai-org/GLM-4.5-Air",
    kinds: ["hybrid"],
    files: {
      "config.json": causal("Glm4MoeForCausalLM", "glm4_moe", { eos_token_id: [151_329, 151_336, 151_338] }),
      "chat_template.jinja": THINK_SWITCH.replaceAll("<|im_start|>", "<|").replaceAll("<|im_end|>", ""),
    },
  },
  // Embedding, ranking, scoring, guarding.
  {
    name: "sentence-transformers/all-MiniLM-L6-v2",
    kinds: ["embedding"],
    files: {
      "config.json": causal("BertModel", "bert"),
      "modules.json": [
        { type: "sentence_transformers.models.Transformer" },
        { type: "sentence_transformers.models.Pooling" },
      ],
      "1_Pooling/config.json": { pooling_mode_mean_tokens: true },
    },
  },
  {
    name: "NovaSearch/stella_en_1.5B_v5",
    kinds: ["embedding"],
    files: {
      "config.json": causal("Qwen2ForCausalLM", "qwen2", { eos_token_id: 151_643 }),
      "modules.json": [
        { type: "sentence_transformers.models.Transformer" },
        { type: "sentence_transformers.models.Pooling" },
        { type: "sentence_transformers.models.Dense" },
      ],
      "1_Pooling/config.json": { pooling_mode_mean_tokens: true },
      "tokenizer_config.json": { eos_token: "<|endoftext|>", chat_template: CHATML },
    },
  },
  {
    name: "intfloat/e5-mistral-7b-instruct",
    kinds: ["embedding"],
    files: { "config.json": causal("MistralModel", "mistral", { eos_token_id: 2, vocab_size: 32_000 }) },
  },
  {
    name: "google/embeddinggemma-300m",
    kinds: ["embedding"],
    files: {
      "config.json": causal("Gemma3TextModel", "gemma3_text", { eos_token_id: 1 }),
      "modules.json": [
        { type: "sentence_transformers.models.Transformer" },
        { type: "sentence_transformers.models.Pooling" },
      ],
    },
  },
  {
    name: "nvidia/NV-Embed-v2",
    kinds: ["embedding"],
    files: { "config.json": causal("NVEmbedModel", "nvembed") },
  },
  {
    name: "jinaai/jina-embeddings-v2-base-en",
    kinds: ["embedding"],
    files: {
      "config.json": causal("JinaBertForMaskedLM", "bert"),
      "modules.json": [
        { type: "sentence_transformers.models.Transformer" },
        { type: "sentence_transformers.models.Pooling" },
      ],
    },
  },
  {
    name: "cross-encoder/ms-marco-MiniLM-L-6-v2",
    kinds: ["reranker"],
    files: {
      "config.json": causal("BertForSequenceClassification", "bert", {
        id2label: { 0: "LABEL_0" },
        sbert_ce_default_activation_function: "torch.nn.modules.linear.Identity",
      }),
    },
  },
  {
    name: "Skywork/Skywork-Reward-Llama-3.1-8B-v0.2",
    kinds: ["reward"],
    files: {
      "config.json": causal("LlamaForSequenceClassification", "llama", {
        id2label: { 0: "LABEL_0" },
        vocab_size: 128_256,
        eos_token_id: 128_009,
      }),
    },
  },
  {
    name: "Qwen/Qwen2.5-Math-RM-72B",
    kinds: ["reward"],
    files: { "config.json": causal("Qwen2ForRewardModel", "qwen2", { eos_token_id: 151_645 }) },
  },
  {
    name: "meta-llama/Llama-Guard-3-8B",
    kinds: ["guard"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", {
        vocab_size: 128_256,
        eos_token_id: [128_001, 128_008, 128_009],
      }),
      "tokenizer_config.json": {
        bos_token: "<|begin_of_text|>",
        eos_token: "<|eot_id|>",
        chat_template: LLAMA_GUARD,
      },
    },
  },
  {
    name: "meta-llama/Prompt-Guard-86M",
    kinds: ["guard", "classifier"],
    files: {
      "config.json": causal("DebertaV2ForSequenceClassification", "deberta-v2", {
        id2label: { 0: "BENIGN", 1: "INJECTION", 2: "JAILBREAK" },
      }),
    },
  },
  // Other kinds.
  {
    name: "google-bert/bert-base-chinese",
    kinds: ["masked language model"],
    files: {
      "config.json": causal("BertForMaskedLM", "bert"),
      "tokenizer_config.json": { do_lower_case: false },
    },
  },
  {
    name: "microsoft/deberta-v3-base",
    kinds: ["masked language model"],
    files: { "config.json": { model_type: "deberta-v2", vocab_size: 128_100 } },
  },
  {
    name: "google/electra-small-discriminator",
    kinds: ["masked language model"],
    files: { "config.json": causal("ElectraForPreTraining", "electra") },
  },
  {
    name: "distilbert-base-uncased-finetuned-sst-2-english",
    kinds: ["classifier"],
    files: {
      "config.json": causal("DistilBertForSequenceClassification", "distilbert", {
        id2label: { 0: "NEGATIVE", 1: "POSITIVE" },
      }),
    },
  },
  {
    name: "dslim/bert-base-NER",
    kinds: ["token classifier"],
    files: {
      "config.json": causal("BertForTokenClassification", "bert", { id2label: { 0: "O", 1: "B-PER" } }),
    },
  },
  {
    name: "deepset/roberta-base-squad2",
    kinds: ["question answering"],
    files: { "config.json": causal("RobertaForQuestionAnswering", "roberta") },
  },
  {
    name: "google-t5/t5-small",
    kinds: ["sequence to sequence"],
    files: {
      "config.json": causal("T5ForConditionalGeneration", "t5", {
        is_encoder_decoder: true,
        eos_token_id: 1,
      }),
      "generation_config.json": { eos_token_id: 1, decoder_start_token_id: 0 },
    },
  },
  {
    name: "facebook/nllb-200-distilled-600M",
    kinds: ["sequence to sequence"],
    files: {
      "config.json": causal("M2M100ForConditionalGeneration", "m2m_100", { is_encoder_decoder: true }),
    },
  },
  {
    name: "openai/whisper-small",
    kinds: ["speech recognition"],
    files: {
      "config.json": causal("WhisperForConditionalGeneration", "whisper", {
        is_encoder_decoder: true,
        num_mel_bins: 80,
      }),
      "preprocessor_config.json": { feature_extractor_type: "WhisperFeatureExtractor" },
    },
  },
  {
    name: "facebook/wav2vec2-base-960h",
    kinds: ["speech recognition"],
    files: {
      "config.json": causal("Wav2Vec2ForCTC", "wav2vec2"),
      "preprocessor_config.json": {
        feature_extractor_type: "Wav2Vec2FeatureExtractor",
        sampling_rate: 16_000,
      },
    },
  },
  {
    name: "microsoft/speecht5_tts",
    kinds: ["speech synthesis"],
    files: {
      "config.json": causal("SpeechT5ForTextToSpeech", "speecht5", {
        is_encoder_decoder: true,
        num_mel_bins: 80,
      }),
    },
  },
  {
    name: "canopylabs/orpheus-3b-0.1-ft",
    kinds: ["speech synthesis"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 156_940, eos_token_id: 128_009 }),
      "tokenizer_config.json": {
        added_tokens_decoder: tokens(...Array.from({ length: 300 }, (_, index) => `<custom_token_${index}>`)),
      },
    },
  },
  {
    name: "mistralai/Voxtral-Mini-3B-2507",
    kinds: ["audio"],
    files: {
      "config.json": causal("VoxtralForConditionalGeneration", "voxtral", {
        audio_config: { num_mel_bins: 128 },
        text_config: { model_type: "llama" },
        audio_token_id: 24,
      }),
    },
  },
  {
    name: "allenai/olmOCR-2-7B-1025",
    kinds: ["ocr", "vision"],
    files: {
      "config.json": causal("Qwen2_5_VLForConditionalGeneration", "qwen2_5_vl", {
        vision_config: { depth: 32 },
        eos_token_id: 151_645,
      }),
    },
  },
  {
    name: "tencent/HunyuanOCR",
    kinds: ["ocr", "vision"],
    files: {
      "config.json": causal("HunYuanVLForConditionalGeneration", "hunyuan_vl", {
        vision_config: { depth: 27 },
      }),
    },
  },
  {
    name: "OPPOer/AndesVL-0_6B-Instruct",
    kinds: ["vision"],
    files: {
      "config.json": causal("AndesVLForConditionalGeneration", "andesvl-aimv2-qwen3", {
        text_config: { model_type: "qwen3", eos_token_id: 151_645, max_position_embeddings: 40_960 },
        vision_config: { depth: 24 },
      }),
    },
  },
  {
    name: "Infi-MM/infimm-zephyr",
    kinds: ["vision"],
    files: {
      "config.json": causal("InfiMMZephyrModel", "infimm-zephyr", {
        visual: { image_size: 336 },
        image_token_id: 32_001,
      }),
    },
  },
  {
    name: "tiiuae/Falcon-Perception",
    kinds: ["vision"],
    files: {
      "config.json": causal("FalconPerceptionForSegmentation", "falcon_perception", {
        img_id: 227,
        spatial_patch_size: 16,
      }),
    },
  },
  {
    name: "openai/clip-vit-base-patch32",
    kinds: ["vision"],
    files: { "config.json": causal("CLIPModel", "clip", { vision_config: {} }) },
  },
  {
    name: "GSAI-ML/LLaDA-8B-Instruct",
    kinds: ["diffusion language model"],
    files: {
      "config.json": causal("LLaDAModelLM", "llada", { mask_token_id: 126_336, eos_token_id: 126_081 }),
    },
  },
  {
    name: "stable-diffusion-v1-5/stable-diffusion-v1-5",
    kinds: ["image generation"],
    files: { "model_index.json": { _class_name: "StableDiffusionPipeline" } },
  },
  // Models that people take for something else.
  {
    name: "zai-org/AutoGLM-Phone-9B",
    kinds: ["gui agent", "vision"],
    files: {
      "config.json": causal("Glm4vForConditionalGeneration", "glm4v", {
        vision_config: { depth: 24 },
        text_config: { model_type: "glm4v_text", eos_token_id: [151_329, 151_336, 151_338] },
      }),
      "README.md":
        "---\nlicense: mit\n---\n# A model\n\nA mobile agent framework: the phone agent operates apps.\n",
    },
  },
  {
    name: "moonshotai/Kimi-K2-Thinking",
    kinds: ["thinking"],
    files: {
      "config.json": causal("DeepseekV3ForCausalLM", "kimi_k2", {
        eos_token_id: 163_586,
        vocab_size: 163_840,
      }),
      "generation_config.json": { eos_token_id: 163_586, max_length: 262_144 },
      "tokenizer_config.json": { eos_token: "[EOS]" },
      "chat_template.jinja":
        "{% for m in messages %}<|im_{{ m['role'] }}|>{{ m['role'] }}<|im_middle|>{% if m['role'] == 'assistant' %}<think>{{ m.get('reasoning_content', '') }}</think>{{ m['content'].split('</think>')[-1] }}{% else %}{{ m['content'] }}{% endif %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_assistant|>assistant<|im_middle|>{% endif %}",
    },
  },
  {
    name: "zai-org/GLM-4.6V-FP8",
    kinds: ["vision"],
    files: {
      "config.json": causal("Glm4vMoeForConditionalGeneration", "glm4v_moe", {
        vision_config: { depth: 24 },
        text_config: { model_type: "glm4v_moe_text" },
      }),
      "chat_template.jinja": THINK_SWITCH,
    },
  },
  {
    name: "zai-org/GLM-ASR-Nano-2512",
    kinds: ["speech recognition"],
    files: {
      "config.json": causal("GlmAsrForConditionalGeneration", "glmasr", {
        audio_config: { num_mel_bins: 128 },
        text_config: { model_type: "llama" },
      }),
      "chat_template.jinja": CHATML,
    },
  },
  {
    name: "zai-org/GLM-TTS",
    kinds: ["speech synthesis"],
    files: {
      "config.json": causal("LlamaForCausalLM", "llama", { vocab_size: 98_304, eos_token_id: 59_260 }),
      "README.md":
        "---\npipeline_tag: text-to-speech\n---\n# A model\n\nA two-stage text-to-speech system.\n",
    },
  },
  {
    name: "iflytek/Spark-Formalizer-X1-7B",
    kinds: ["task model"],
    files: {
      "config.json": causal("SparkForCausalLM", "spark", { eos_token_id: 5 }),
      "README.md": "# A model\n\nIt performs autoformalization: natural language mathematics into Lean.\n",
    },
    needsName: true,
  },
  {
    name: "someone/my-lora",
    kinds: ["adapter"],
    files: {
      "adapter_config.json": {
        peft_type: "LORA",
        task_type: "CAUSAL_LM",
        base_model_name_or_path: "Qwen/Qwen2.5-1.5B",
      },
    },
  },
];
