import type { Kind } from "./kinds.ts";
import type { Stage } from "./stage.ts";

/** Words of a name, and what they say; patterns match one whole word, or the whole name where `whole` is set. */
export type NameRule = (
  | { readonly says: Exclude<Stage, "other"> }
  | { readonly says: "other"; readonly kind: Kind }
) & {
  readonly words: RegExp;
  readonly whole?: true;
  /** Log-odds; by default that of a kind. */
  readonly weight?: number;
};

/**
 * Words of a kind that outranks base and chat: an embedding model called "-base" is of that size, one called
 * "-instruct" takes instructions for embedding. First match wins.
 */
export const KIND_RULES: readonly NameRule[] = [
  {
    words: /^cross-encoder\/(?!nli|quora|stsb)|ms-?marco-(minilm|tinybert|electra)/,
    whole: true,
    says: "reranker",
  },
  { words: /^cross-encoder\//, whole: true, says: "other", kind: "classifier" },
  { words: /^(re-?rank\w*|\w*reranker|crossencoder)$/, says: "reranker" },
  { words: /^(\w*reward\w*|rm|\dbrm|(?!arm$)\w?rm|genrm|\w{3,}rm)$/, says: "reward", weight: 6 },
  {
    words: /^(\w*guard(ian)?\d?|guardreasoner|shieldgemma\d?|shieldlm|moderation|safeguard|jailbreak|aegis)$/,
    says: "guard",
  },
  {
    words: /content-safety|safety-(classifier|filter)|prompt-injection|md-judge/,
    whole: true,
    says: "guard",
  },
  {
    words:
      /^(\w*embed(ding|dings|der|qa)?s?|embedding\w+|e5|bge|gte|stella|minilm|mpnet|instructor|\w*colbert\w*|simcse|sbert|labse|contriever|splade\w*|m3e|text2vec|uae|gritlm|gtr|potion|piccolo|acge|dpr|sentence|sentencetransformer|distiluse)$/,
    says: "embedding",
  },
  { words: /^sentence-transformers\//, whole: true, says: "embedding" },
  {
    words: /ui-?tars|autoglm|gui-(agent|owl)|os-?atlas|showui|cogagent/,
    whole: true,
    says: "other",
    kind: "gui agent",
  },
  { words: /^(\w*ocr\d?|nougat|donut|docling)$/, says: "other", kind: "ocr" },
  {
    words:
      /^(\w*asr|\w*whisper\w*|stt|parakeet|canary|wav2vec\d?|hubert|paraformer|sensevoice\w*|transcrib\w+|moonshine)$/,
    says: "other",
    kind: "speech recognition",
  },
  {
    words: /^distil-whisper\/|distil-(small|medium|large)/,
    whole: true,
    says: "other",
    kind: "speech recognition",
  },
  {
    words: /^(\w*tts\w?|vits|bark|kokoro|\w*voice\d?|orpheus|parler|speecht5|vocoder|hifigan|csm|dia|llasa)$/,
    says: "other",
    kind: "speech synthesis",
  },
  { words: /^(omni\w*|any2any)$/, says: "other", kind: "omni" },
  { words: /minicpm-?o([-_.]|$)|gemma-?3n/, whole: true, says: "other", kind: "omni" },
  {
    words: /^(audio\w*|\w*audio|speech\w*|seamless|voxtral|ultravox|salmonn|musicgen|clap)$/,
    says: "other",
    kind: "audio",
  },
  {
    words:
      /^(stable-?diffusion\w*|sdxl|flux\d?|pixart|image|video|hunyuan(video|image)|kandinsky|t2i|t2v|i2v|diffusers)$/,
    says: "other",
    kind: "image generation",
  },
  { words: /stable-diffusion/, whole: true, says: "other", kind: "image generation" },
  {
    words:
      /^(vl\w?|vision|visual|vlm|\w*llava\w*|[a-z]*\d*vl\d*|internvl\d*|clip|\w*siglip\d?|mmproj|v|\d+v|minicpmv|pixtral|paligemma\d?|molmo\d?|idefics\d?|smolvlm\d?|moondream\d?|florence|fuyu|cogvlm\d?|kosmos|mllama|blip\d?|\w*vit\d?|nvlm|chameleon|emu\d|aria|dinov?\d?|detr|yolo\w*|multimodal|n?vila|ovis\d?|janus|qvq|grounding|locateanything)$/,
    says: "other",
    kind: "vision",
  },
  // The first of their line that see.
  { words: /llama-?4-|intern-?s1/, whole: true, says: "other", kind: "vision" },
  { words: /^(llada\w*|dream|diffucoder|diffullama)$/, says: "other", kind: "diffusion language model" },
  { words: /^(ner|punctuat\w*)$/, says: "other", kind: "token classifier" },
  { words: /^(squad\d?)$/, says: "other", kind: "question answering" },
  {
    words: /^(classifier|classification|sentiment|nli|mnli|sst\d?|toxic\w*|emotions?|zeroshot)$/,
    says: "other",
    kind: "classifier",
  },
  {
    words: /^(\w*t5\w*|\w*bart\w*|pegasus|marian|opus|m2m\d*|nllb|mbart\w*|madlad\d*|flan)$/,
    says: "other",
    kind: "sequence to sequence",
    weight: 3,
  },
  {
    words: /^(\w*formalizer|\w*translator|translation|mt|sqlcoder|nuextract\w*|readerlm|summari\w+)$/,
    says: "other",
    kind: "task model",
    weight: 2.5,
  },
  {
    words: /^(\w*bert\w*|\w*roberta\w*|\w*deberta\w*|electra)$/,
    says: "other",
    kind: "masked language model",
    weight: 2.5,
  },
  { words: /^(eagle\d?|medusa|speculator|dflash)$/, says: "other", kind: "draft model", weight: 2 },
];

/** Words for what the last training was; the last of them in the name counts, as trainings are appended to it. */
export const TRAINING_RULES: readonly (NameRule & { readonly weight: number })[] = [
  { words: /^(base|pretrain\w*|foundation)$/, says: "base", weight: 3.5 },
  {
    words:
      /^(instruct\w*|inst|chat(?!glm)\w*|\w+(chat|instruct)\d?|chatml|sft|dpo|orpo|kto|ppo|rlhf|assistant|aligned|conversational|dialogue?)$/,
    says: "instruct",
    weight: 4,
  },
  {
    words:
      /^(\w*hermes\w*|vicuna\w*|\w*alpaca\w*|zephyr\w*|tulu\d?|dolphin\d?|wizard\w*|openchat|starling|orca\w*|guanaco|baize|koala|oasst\w*|openassistant|dolly|dialogpt|bloomz|mt0|codestral|devstral|reflection|saiga|stablebeluga|samantha|mythomax|airoboros|command|aya|starchat|tuned|abliterated|uncensored|roleplay|storyteller|mathstral|functioncalling|iml)$/,
    says: "instruct",
    weight: 2.5,
  },
  { words: /^(hybrid|deephermes|cogito)$/, says: "hybrid", weight: 3 },
  {
    words:
      /^(thinking|think|\w*thinker|\w*reason(ing|er)?|r1|\w*qwq\w*|prover|magistral|z1|k1\d*|zero|o1|or1|t1|s1|deepscaler|deepcoder|stratos)$/,
    says: "thinking",
    weight: 4,
  },
  { words: /^(fine-?tuned?|finetun\w+|ft|lora|qlora|distill\w*|merged?)$/, says: "instruct", weight: 1 },
];
