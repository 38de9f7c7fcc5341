import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { CardFacts, ModelFacts } from "../facts.ts";
import { KIND_WORDS, type Kind } from "../kinds.ts";
import { STAGE_WORDS } from "../words.ts";
import { observe, type Points } from "./observe.ts";

const other = (kind: Kind): Points => ({ says: "other", kind });

/** What a hub's task (`pipeline_tag`) means. Source: the task list of Hugging Face (`packages/tasks`). */
const TASKS: Readonly<Record<string, Points & { readonly weight?: number }>> = {
  // No other kind of model is listed for it.
  "text-ranking": { says: "reranker", weight: 6 },
  "sentence-similarity": { says: "embedding" },
  "feature-extraction": { says: "embedding", fitsToo: ["other"], kind: "masked language model" },
  "text-classification": { says: "other", fitsToo: ["reranker", "reward", "guard"], kind: "classifier" },
  "zero-shot-classification": other("classifier"),
  "token-classification": other("token classifier"),
  "question-answering": other("question answering"),
  "fill-mask": other("masked language model"),
  translation: other("sequence to sequence"),
  summarization: other("sequence to sequence"),
  "text2text-generation": other("sequence to sequence"),
  "image-text-to-text": other("vision"),
  "visual-question-answering": other("vision"),
  "document-question-answering": other("vision"),
  "video-text-to-text": other("vision"),
  "image-to-text": other("vision"),
  "image-classification": other("vision"),
  "image-feature-extraction": other("vision"),
  "object-detection": other("vision"),
  "image-segmentation": other("vision"),
  "zero-shot-image-classification": other("vision"),
  "any-to-any": other("omni"),
  "automatic-speech-recognition": other("speech recognition"),
  "text-to-speech": other("speech synthesis"),
  "text-to-audio": other("audio"),
  "audio-text-to-text": other("audio"),
  "audio-classification": other("audio"),
  "audio-to-audio": other("audio"),
  "text-to-image": other("image generation"),
  "text-to-video": other("image generation"),
  "image-to-image": other("image generation"),
  "image-to-video": other("image generation"),
};

/** Tags that authors write. `conversational` is left out: hubs add it wherever a template is. */
const TAGS: Readonly<Record<string, Points & { readonly weight: number }>> = {
  "sentence-transformers": { says: "embedding", fitsToo: ["reranker"], weight: 2 },
  "cross-encoder": { says: "reranker", weight: 3 },
  reranker: { says: "reranker", weight: 3 },
  "text-reranking": { says: "reranker", weight: 3 },
  "reward-model": { says: "reward", weight: 3 },
  reward: { says: "reward", weight: 2 },
  "content-moderation": { says: "guard", weight: 2 },
  guardrail: { says: "guard", weight: 2 },
  "image-text-to-text": { says: "other", kind: "vision", weight: 2 },
  ocr: { says: "other", kind: "ocr", weight: 3 },
  asr: { says: "other", kind: "speech recognition", weight: 3 },
  tts: { says: "other", kind: "speech synthesis", weight: 3 },
  diffusers: { says: "other", kind: "image generation", weight: 4 },
  chat: { says: "instruct", fitsToo: ["thinking", "hybrid"], weight: 0.7 },
  instruct: { says: "instruct", fitsToo: ["thinking", "hybrid"], weight: 0.7 },
  sft: { says: "instruct", fitsToo: ["thinking", "hybrid"], weight: 0.7 },
  dpo: { says: "instruct", fitsToo: ["thinking", "hybrid"], weight: 0.7 },
  pretrained: { says: "base", weight: 1.2 },
};

/** What a sentence of the card says outright. Cards of families also speak of siblings, so most are weak. */
const SAYINGS: readonly ({ readonly saying: RegExp; readonly weight: number } & Points)[] = [
  { saying: /do not recommend using base language models for conversations?/i, weight: 3.5, says: "base" },
  {
    saying: /(has|have) (not|never) been (instruction[- ]?tuned|fine-?tuned for|aligned|instruct)/i,
    weight: 2.5,
    says: "base",
  },
  {
    saying:
      /\b(is|this is) an? (raw |purely )?(pre-?trained base|base,? pre-?trained|pre-?trained(?!-)|base) (language )?model\b/i,
    weight: 1.5,
    says: "base",
  },
  { saying: /Training Stage:?\**:?\s*Pre-?training\s*$/im, weight: 2, says: "base" },
  {
    saying: /Training Stage:?\**:?\s*Pre-?training.{0,40}&.{0,10}Post-?training/i,
    weight: 1.5,
    says: "instruct",
    fitsToo: ["thinking", "hybrid"],
  },
  {
    saying: /repo(sitory)? contains the (\S+ ){0,3}instruct(ion)?-?\s?tuned/i,
    weight: 2.5,
    says: "instruct",
  },
  { saying: /supports only non-?thinking mode/i, weight: 3.5, says: "instruct" },
  { saying: /supports only thinking mode/i, weight: 3.5, says: "thinking" },
  {
    saying:
      /(switch(ing)? between thinking (mode )?|thinking and non-?thinking modes?|hybrid (reasoning|thinking) (model|mode))/i,
    weight: 1.5,
    says: "hybrid",
  },
  { saying: /\b(reasoning model|thinking model)\b/i, weight: 0.8, says: "thinking", fitsToo: ["hybrid"] },
  {
    saying: /\b(text |sentence )?embeddings? model\b/i,
    weight: 1.2,
    says: "embedding",
    fitsToo: ["reranker"],
  },
  {
    saying: /\b(re-?ranker|re-?ranking model|cross-?encoder)\b/i,
    weight: 1,
    says: "reranker",
    fitsToo: ["embedding"],
  },
  { saying: /\breward model\b/i, weight: 1, says: "reward", fitsToo: ["instruct", "thinking"] },
  { saying: /\b(guard|moderation|safety classifier) model\b/i, weight: 1.5, says: "guard" },
  {
    saying: /\b(phone|mobile|GUI|computer)[- ](use[- ])?agents?\b/i,
    weight: 2,
    says: "other",
    kind: "gui agent",
  },
  { saying: /\bOCR (expert|model|specialist)/i, weight: 2, says: "other", kind: "ocr" },
  { saying: /\b(speech recognition|ASR) model\b/i, weight: 2, says: "other", kind: "speech recognition" },
  {
    saying: /\b(text-to-speech|TTS|speech synthesis) (model|system)\b/i,
    weight: 2,
    says: "other",
    kind: "speech synthesis",
  },
  {
    saying: /\b(auto-?formaliz\w+|translation model|machine translation)\b/i,
    weight: 1.5,
    says: "other",
    kind: "task model",
  },
];

/** Sayings of one card agree with each other more than they prove; so many of them count. */
const MOST_SAYINGS = 2;

/** What the model card says: the hub's task, the author's tags, and telling sentences. */
export function cardSignal({ card, adapter }: ModelFacts): Evidence[] {
  if (card === undefined) return [];
  return [
    ...taskSignal(card),
    ...tagSignal(card),
    ...librarySignal(card, adapter !== undefined),
    ...sayingsSignal(card),
  ];
}

function taskSignal({ task, tags }: CardFacts): Evidence[] {
  // A GGUF keeps the task among the tags.
  const named = [task, ...tags].find((name) => name !== undefined && Object.hasOwn(TASKS, name));
  const points = named === undefined ? undefined : TASKS[named];
  if (named === undefined || points === undefined) return [];
  const { en, zh } = wordsOf(points);
  return [
    observe("card", "task", points.weight ?? 3, points, {
      en: `Its card lists it for "${named}", as ${en}.`,
      zh: `其模型卡将其列为 "${named}"，即${zh}。`,
    }),
  ];
}

function tagSignal({ tags }: CardFacts): Evidence[] {
  const found = tags.flatMap((tag) => {
    const name = tag.toLowerCase();
    const points = Object.hasOwn(TAGS, name) ? TAGS[name] : undefined;
    return points === undefined ? [] : [{ name, points }];
  });
  const strongest = found.sort((one, two) => two.points.weight - one.points.weight)[0];
  if (strongest === undefined) return [];
  const { en, zh } = wordsOf(strongest.points);
  return [
    observe("card", "tag", strongest.points.weight, strongest.points, {
      en: `Its card is tagged "${printable(strongest.name)}", which is ${en}.`,
      zh: `其模型卡带有标签 "${printable(strongest.name)}"，表示${zh}。`,
    }),
  ];
}

function librarySignal({ library }: CardFacts, isAdapter: boolean): Evidence[] {
  const says: Readonly<Record<string, Points>> = {
    diffusers: other("image generation"),
    "sentence-transformers": { says: "embedding", fitsToo: ["reranker"] },
    ...(isAdapter ? {} : { peft: other("adapter") }),
  };
  const points = library !== undefined && Object.hasOwn(says, library) ? says[library] : undefined;
  if (points === undefined) return [];
  const { en, zh } = wordsOf(points);
  return [
    observe("card", "library", 2, points, {
      en: `Its card names the library ${library}, as for ${en}.`,
      zh: `其模型卡注明使用 ${library} 库，即${zh}。`,
    }),
  ];
}

function sayingsSignal({ prose }: CardFacts): Evidence[] {
  return SAYINGS.flatMap((known) => {
    const said = known.saying.exec(prose)?.[0];
    if (said === undefined) return [];
    const { en, zh } = wordsOf(known);
    const quoted = printable(said.replace(/\s+/g, " "), 80);
    return [
      observe("card", "saying", known.weight, known, {
        en: `Its card says "${quoted}", as of ${en}.`,
        zh: `其模型卡写道 "${quoted}"，即${zh}。`,
      }),
    ];
  })
    .sort((one, two) => two.weight - one.weight)
    .slice(0, MOST_SAYINGS);
}

function wordsOf(points: Points): { readonly en: string; readonly zh: string } {
  return points.says === "other" ? KIND_WORDS[points.kind] : STAGE_WORDS[points.says];
}
