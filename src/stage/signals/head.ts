import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { isEncoder } from "../architectures.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { KIND_WORDS } from "../kinds.ts";
import { STAGE_WORDS } from "../words.ts";
import { kindText, observe, type Points } from "./observe.ts";

/** What a model class puts out, told by its name in transformers; the first match counts. */
const OUTPUTS: readonly ({ readonly classes: RegExp; readonly weight: number } & Points)[] = [
  { classes: /Reward(Model)?|ForReward|PreferenceModel|ValueModel/, weight: 6, says: "reward" },
  { classes: /ForGuard|GuardModel|Moderation/, weight: 6, says: "guard" },
  { classes: /ForTokenClassification/, weight: 6, says: "other", kind: "token classifier" },
  { classes: /ForQuestionAnswering/, weight: 6, says: "other", kind: "question answering" },
  { classes: /ForMultipleChoice|ForNextSentencePrediction/, weight: 6, says: "other", kind: "classifier" },
  { classes: /OCR|^TrOCR|^Nougat|^Donut/i, weight: 6, says: "other", kind: "ocr" },
  {
    classes: /ForCTC|SpeechSeq2Seq|^Whisper|Speech2Text|SpeechToText|ASR|ForRNNT|Transducer/,
    weight: 7,
    says: "other",
    kind: "speech recognition",
  },
  {
    classes: /TextToSpeech|TTS|TextToWaveform|TextToSpectrogram|^Vits|^Bark|Vocoder|HifiGan|Codec/,
    weight: 7,
    says: "other",
    kind: "speech synthesis",
  },
  { classes: /ForAudio|AudioClassification|MusicGen/i, weight: 6, says: "other", kind: "audio" },
  {
    classes: /Pipeline$|UNet|DiTModel|Transformer2DModel/,
    weight: 7,
    says: "other",
    kind: "image generation",
  },
  {
    classes:
      /ForImage|ForVideo|ForObjectDetection|Segmentation|DepthEstimation|MaskedImage|^VisionEncoderDecoder|^(Siglip|CLIP|ViT)\w*/,
    weight: 6,
    says: "other",
    kind: "vision",
  },
  {
    classes: /LLaDA|^Dream|Diffu|MaskedDiffusion/i,
    weight: 6,
    says: "other",
    kind: "diffusion language model",
  },
  { classes: /Eagle\d?$|Medusa|Speculator/, weight: 6, says: "other", kind: "draft model" },
  {
    classes:
      /^DPR\w*Encoder|ColBERT|SentenceTransformer|Embedding(Model)?$|ForTextEmbedding|ForEmbedding|^NVEmbed|Bidirectional|BiModel|BidirModel|^Contriever$|^GritLM|ForRetrieval$|^StaticModel$/i,
    weight: 5,
    says: "embedding",
  },
  { classes: /ForMaskedLM$|ForPreTraining$/, weight: 5, says: "other", kind: "masked language model" },
  {
    classes:
      /^EncoderDecoder|Seq2Seq|^(M|Um|Long|By)?T5\w*Generation|^(M|m)?Bart\w*Generation|^Marian|^Pegasus|^M2M|^Blenderbot/,
    weight: 6,
    says: "other",
    kind: "sequence to sequence",
  },
];

/** Labels of a classifier that judges whether a text is harmful. */
const SAFETY_LABELS = /\b(unsafe|jailbreak|injection|benign|harmful|nsfw|violation)\b/i;

/** What the model's class says that it puts out: scores, labels, vectors, words for gaps, sound, images. */
export function headSignal(facts: ModelFacts): Evidence[] {
  const found: Evidence[] = [];
  if (facts.hasScoreHead) {
    found.push(
      observe(
        "tensors",
        "score head",
        3,
        { says: "reranker", fitsToo: ["reward", "other"], kind: "classifier" },
        {
          en: "Its weights end in a head that scores.",
          zh: "其权重以打分头结尾。",
        },
      ),
    );
  }
  const classes = facts.classes.length > 0 ? facts.classes : facts.mappedClasses;
  // Remote code maps classes for every task; only where the config names none do they tell.
  const scoring = classes.some((name) =>
    /ForSequenceClassification|ForTextClassification|ForTextRanking|CrossEncoder|ForSequenceScoring/.test(
      name,
    ),
  );
  const shown = printable(classes.join(" "));
  const named: Text = { en: `Its class is ${shown}`, zh: `其模型类为 ${shown}` };
  if (scoring || facts.isCrossEncoder) return [...found, scores(facts, named)];
  const output = OUTPUTS.find((known) => classes.some((name) => known.classes.test(name)));
  if (output !== undefined) return [...found, outputOf(output, named)];
  const headless = classes.find(
    (name) => /^[A-Z]\w*Model$/.test(name) && !/LM|Chat|VL|Head|Vision|For/.test(name),
  );
  if (headless !== undefined) return [...found, withoutHead(facts, named)];
  return found;
}

function outputOf(output: (typeof OUTPUTS)[number], named: Text): Evidence {
  const { en, zh } = output.says === "other" ? KIND_WORDS[output.kind] : STAGE_WORDS[output.says];
  const text: Text = { en: `${named.en}: it is ${en}.`, zh: `${named.zh}：它是${zh}。` };
  return observe("config", "output class", output.weight, output, text);
}

function scores(facts: ModelFacts, named: Text): Evidence {
  const labels = facts.labels ?? [];
  if (labels.some((label) => SAFETY_LABELS.test(label))) {
    return observe(
      "config",
      "safety labels",
      6,
      { says: "guard", fitsToo: ["other"], kind: "classifier" },
      {
        en: `${named.en}, and its labels judge harm (${printable(labels.slice(0, 4).join(", "))}).`,
        zh: `${named.zh}，其标签用于判断有害性（${printable(labels.slice(0, 4).join("、"))}）。`,
      },
    );
  }
  const count = labels.length === 0 ? (facts.isCrossEncoder ? 1 : 2) : labels.length;
  if (count !== 1) {
    return observe(
      "config",
      "classifier class",
      6,
      { says: "other", kind: "classifier" },
      kindText(named, "classifier"),
    );
  }
  const encodes = isEncoder(facts.architecture ?? "") || facts.isCrossEncoder;
  return observe(
    "config",
    facts.isCrossEncoder ? "cross-encoder" : "scoring class",
    facts.isCrossEncoder ? 6 : encodes ? 4 : 5,
    // Decoders that score were mostly made to reward; a reranker among them has a name that says so.
    encodes ? { says: "reranker", fitsToo: ["reward"] } : { says: "reward" },
    { en: `${named.en}, which gives one score.`, zh: `${named.zh}，输出一个分数。` },
  );
}

/** A class that ends before the head: its output are vectors. */
function withoutHead(facts: ModelFacts, named: Text): Evidence {
  const text: Text = {
    en: `${named.en}, without a head: it gives vectors.`,
    zh: `${named.zh}，没有输出头：输出向量。`,
  };
  const points: Points = { says: "embedding", fitsToo: ["reranker", "other"], kind: "masked language model" };
  return isEncoder(facts.architecture ?? "")
    ? observe("config", "encoder without a head", 2.5, points, text)
    : observe(
        "config",
        "decoder without a head",
        3,
        { says: "embedding", fitsToo: ["reranker", "reward"] },
        text,
      );
}
