import type { Text } from "../language.ts";

/** What a model of the stage `other` is, or what a file is that holds no whole model. */
export const KINDS = [
  "vision",
  "ocr",
  "gui agent",
  "omni",
  "audio",
  "speech recognition",
  "speech synthesis",
  "image generation",
  "sequence to sequence",
  "masked language model",
  "classifier",
  "token classifier",
  "question answering",
  "diffusion language model",
  "task model",
  "draft model",
  "adapter",
  "projector",
  "file",
] as const;
export type Kind = (typeof KINDS)[number];

/** What to call each kind, to be read after "is". */
export const KIND_WORDS: Readonly<Record<Kind, Text>> = {
  vision: { en: "a vision model", zh: "视觉模型" },
  ocr: { en: "a vision model that reads the text in images (OCR)", zh: "识别图像中文字的视觉模型（OCR）" },
  "gui agent": { en: "a vision model that operates a screen", zh: "操作屏幕的视觉智能体" },
  omni: { en: "a model of images and sound (omni)", zh: "图像与音频模型（全模态）" },
  audio: { en: "a speech or audio model", zh: "语音或音频模型" },
  "speech recognition": {
    en: "a speech recognition model (audio in, text out)",
    zh: "语音识别模型（输入音频，输出文本）",
  },
  "speech synthesis": {
    en: "a speech synthesis model (text in, audio out)",
    zh: "语音合成模型（输入文本，输出音频）",
  },
  "image generation": { en: "a model that makes images or video", zh: "图像或视频生成模型" },
  "sequence to sequence": {
    en: "a sequence-to-sequence model (an encoder with a decoder)",
    zh: "序列到序列模型（编码器加解码器）",
  },
  "masked language model": {
    en: "a masked language model (it fills gaps and represents text)",
    zh: "掩码语言模型（填补空缺并表示文本）",
  },
  classifier: { en: "a classifier (text in, label out)", zh: "分类器（输入文本，输出标签）" },
  "token classifier": {
    en: "a token classifier (a label for each word)",
    zh: "词元分类器（为每个词给出标签）",
  },
  "question answering": {
    en: "an extractive question answering model (it marks the answer in a text)",
    zh: "抽取式问答模型（在文本中标出答案）",
  },
  "diffusion language model": {
    en: "a diffusion language model (it unmasks text instead of continuing it)",
    zh: "扩散语言模型（逐步去掩码，而不是续写）",
  },
  "task model": { en: "a model tuned for one task", zh: "为单一任务微调的模型" },
  "draft model": {
    en: "a draft model for speculative decoding (it only works beside its target)",
    zh: "推测解码用的草稿模型（只能与目标模型一起使用）",
  },
  adapter: { en: "an adapter (LoRA), not a whole model", zh: "适配器（LoRA），不是完整的模型" },
  projector: {
    en: "a projector of images or sound for a language model",
    zh: "语言模型的图像或音频投影器",
  },
  file: { en: "a file that holds no model", zh: "不含模型的文件" },
};

/** The kinds that speak through a language model, whose stage then tells whether they converse. */
export const SPEAKING_KINDS: readonly Kind[] = [
  "vision",
  "ocr",
  "gui agent",
  "omni",
  "audio",
  "diffusion language model",
  "adapter",
];
