import type { Kind } from "./kinds.ts";
import type { Stage } from "./stage.ts";

/**
 * What is known of architectures by name: `model_type` of a config, `general.architecture` of a GGUF. Sources: the
 * model documentation of transformers, llama.cpp's architecture table, and the releases of each family.
 */

/** Encoders: they read a text whole and do not generate. */
const ENCODERS =
  /^(bert|roberta|xlm-roberta(-xl)?|distilbert|electra|deberta(-v2)?|mpnet|camembert|albert|ernie(_m)?|modernbert|nomic[-_]bert(-moe)?|jina-bert-v[23]|neo-?bert|modern-bert|eurobert|xlm|flaubert|big_bird|longformer|funnel|megatron-bert|mobilebert|squeezebert|convbert|rembert|fnet|nystromformer|luke|mluke|esm|new|gte|t5encoder|bert-generation|roberta-prelayernorm|xmod|roformer|nezha|splinter|layoutlm(v[23])?|lilt|dpr|retribert|hf_colbert|contriever)$/;
/** Made for vectors by name of the architecture. */
const EMBEDDERS =
  /^(gemma-embedding|gemma3_text_embedding|llama-embed|nvembed|latent_attention|llama_bidirec|bidirectional.*|.*_embedding|jina_embeddings_v\d|colbert|dpr)$/;

/** Whether an architecture reads texts and cannot write one. */
export function isEncoder(architecture: string): boolean {
  return ENCODERS.test(architecture) || EMBEDDERS.test(architecture);
}

export function isEmbedder(architecture: string): boolean {
  return EMBEDDERS.test(architecture);
}

/** Architectures that are neither of the text stages, and what they are; the first match counts. */
const KINDS_BY_ARCHITECTURE: readonly { readonly architecture: RegExp; readonly kind: Kind }[] = [
  { architecture: /^clip$|^mmproj/, kind: "vision" },
  {
    architecture:
      /(^|_)asr|^(whisper|wav2vec2.*|hubert|wavlm|data2vec-audio|speech_to_text(_2)?|moonshine.*|parakeet.*|canary.*|sew(-d)?|unispeech(-sat)?|mctct|sensevoice.*|paraformer|funasr.*|kyutai_speech_to_text|granite_speech|cohere_asr)$|asr$/,
    kind: "speech recognition",
  },
  {
    architecture:
      /tts|voice|^(speecht5|vits|bark|parler.*|csm|dia|kokoro|fastspeech.*|hifigan|snac|cosyvoice.*|wavtokenizer-dec|xcodec|encodec|dac|mimi|higgs_audio.*)$/,
    kind: "speech synthesis",
  },
  { architecture: /ocr|^(trocr|nougat|donut.*|got|kosmos-2\.5|pix2struct)$/, kind: "ocr" },
  { architecture: /omni|^(minicpmo|phi4mm|phi4_multimodal|gemma3n)$/, kind: "omni" },
  {
    architecture:
      /^(audio-spectrogram-transformer|clap|musicgen.*|seamless.*|ultravox|voxtral.*|audioflamingo.*)$|audio/,
    kind: "audio",
  },
  {
    architecture:
      /(^|[^a-z])vl($|[^a-z])|vl\d*(moe)?$|vlm|_v$|\dv(_|$)|vision|llava|^(siglip\d?|vit.*|beit|deit|swin.*|convnext.*|resnet|dino.*|detr|yolos|sam\d?|owl.*|blip.*|git|idefics\d?|paligemma|kosmos.*|florence.*|fuyu|chameleon|emu3|mllama|aya_vision|pixtral|mistral3|llama4|molmo\d?|ovis.*|aria|janus|multi_?modal\w*|moondream\d?|cogvlm\d?|minicpmv.*|internvl.*|eagle.*vl|glm4v.*|kimi_vl|perception.*|.*_perception|sam.*|table-transformer|layoutlm.*|segformer|mask2former|depth_anything|groupvit|clipseg|gemma3)$/,
    kind: "vision",
  },
  {
    architecture:
      /^(t5|mt5|umt5|byt5|bart|mbart|pegasus(_x)?|marian|switch_transformers|longt5|m2m_100|nllb-?moe|led|blenderbot(-small)?|fsmt|prophetnet|xlm-prophetnet|mvp|plbart|bigbird_pegasus|encoder-decoder|t5gemma.*|ul2|codet5p?.*|blender.*)$/,
    kind: "sequence to sequence",
  },
  { architecture: /^(llada.*|dream|diffucoder|sdar.*|bd3lm|mdlm|sedd)$/i, kind: "diffusion language model" },
  { architecture: /eagle|medusa|mlp_speculator|hydra_head/, kind: "draft model" },
];

/** What kind of other model an architecture is, if it is one. `gemma3` with text alone keeps its stage. */
export function kindOfArchitecture(architecture: string): Kind | undefined {
  return KINDS_BY_ARCHITECTURE.find((known) => known.architecture.test(architecture))?.kind;
}

/** What the models of an architecture were mostly released as. */
export interface Habit {
  readonly architecture: RegExp;
  readonly says: Stage;
  readonly fitsToo: readonly Stage[];
  /** Log-odds. */
  readonly weight: number;
}

/** Weak knowledge for configs that come alone: which stages an architecture was published at. */
export const HABITS: readonly Habit[] = [
  // Before instruction tuning was usual; chat tunings of them are others' work.
  {
    architecture:
      /^(gpt2|gptj|gpt-j|gpt_neo|gpt_neox|gptneox|opt|bloom|codegen|xglm|openai-gpt|ctrl|transfo-xl|xlnet|biogpt|mamba2?|rwkv\d?|gpt_bigcode|starcoder2?|phi|phi2|phi-msft|mixformer-sequential)$/,
    says: "base",
    fitsToo: [],
    weight: 1.2,
  },
  { architecture: /^chatglm$/, says: "instruct", fitsToo: [], weight: 1.8 },
  {
    architecture: /^(cohere|command-r|exaone|telechat\d?|internlm3|phi3small|jais)$/,
    says: "instruct",
    fitsToo: [],
    weight: 1.5,
  },
  {
    architecture: /^(phi3|phimoe|cohere2|lfm2|minicpm\d?|arctic)$/,
    says: "instruct",
    fitsToo: ["thinking"],
    weight: 1,
  },
  {
    architecture: /^(gpt_oss|gpt-oss|minimax_m\d|minimax-m\d|minimax)$/,
    says: "thinking",
    fitsToo: [],
    weight: 2,
  },
  {
    architecture:
      /^(glm4_moe.*|glm4moe|exaone4|exaone-moe|exaone_moe|hunyuan_v1.*|hunyuan-.*|seed_oss|pangu.*|deepseek_v32)$/,
    says: "hybrid",
    fitsToo: [],
    weight: 1.5,
  },
  { architecture: /^(qwen3_5.*|qwen35.*)$/, says: "hybrid", fitsToo: [], weight: 1 },
  { architecture: /^(qwen3_next|qwen3next)$/, says: "instruct", fitsToo: ["thinking"], weight: 1.5 },
];
