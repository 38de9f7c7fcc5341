import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import type { Stage } from "../stage.ts";

/** Encoders: they read a text whole and do not generate. */
const ENCODERS =
  /^(bert|roberta|xlm-roberta|distilbert|electra|deberta(-v2)?|mpnet|camembert|albert|ernie|modernbert|nomic[-_]bert(-moe)?|jina-bert-v[23]|neo-bert|modern-bert|eurobert|t5encoder)$/;
/** Made for vectors by name of the architecture. */
const EMBEDDERS = /^(gemma-embedding|llama-embed)$/;
/** An encoder with a decoder: text in, text out, but neither a base nor a chat model in the sense used here. */
const SEQUENCE_TO_SEQUENCE =
  /^(t5|mt5|umt5|bart|mbart|pegasus|marian|switch_transformers|longt5|m2m_100|nllb-moe)$/;
const SPEECH = /^(whisper|wavtokenizer-dec|qwen3tts|pockettts|speecht5|wav2vec2|hubert)$/;
const VISION =
  /^(clip|siglip|qwen2vl|qwen3vl|qwen3vlmoe|cogvlm|chameleon|paddleocr|deepseek2-ocr|hunyuan_vl)$/;

/** Whether an architecture reads texts and cannot write one. */
function isEncoder(architecture: string): boolean {
  return ENCODERS.test(architecture) || EMBEDDERS.test(architecture);
}

/** What the shape of the model rules out, whatever its name: encoders, heads that score, inputs beside text. */
export function architectureSignal(facts: ModelFacts): Evidence[] {
  const found = [
    ...headSignal(facts),
    ...poolingSignal(facts),
    ...kindSignal(facts),
    ...vocabularySignal(facts),
  ];
  return found.length === 0 && generates(facts) ? [WRITES_TEXT] : found;
}

/** Whether the files say that the model writes text token by token. */
export function generates(facts: ModelFacts): boolean {
  if (facts.format === "GGUF") return !isEncoder(facts.architecture ?? "");
  return facts.classes.some((name) => /(ForCausalLM|LMHeadModel)$/.test(name));
}

const WRITES_TEXT: Evidence = {
  source: "config",
  signal: "writes text",
  says: "base",
  fitsToo: ["instruct", "thinking", "hybrid", "guard"],
  weight: 1.4,
  text: {
    en: "It writes text, and no file declares another output (which leaves base and chat models).",
    zh: "它输出文本，且没有文件声明其他输出（可能是基座模型或对话模型）。",
  },
};

function headSignal(facts: ModelFacts): Evidence[] {
  const found: Evidence[] = [];
  const encoder = ENCODERS.test(facts.architecture ?? "");
  if (facts.hasScoreHead) {
    found.push({
      source: "tensors",
      signal: "score head",
      says: "reranker",
      fitsToo: ["reward", "other"],
      weight: 3,
      text: { en: "Its weights end in a head that scores.", zh: "其权重以打分头结尾。" },
      detail: { en: "a classifier", zh: "分类器" },
    });
  }
  const classes = facts.classes.join(" ");
  if (/ForSequenceClassification|ForTokenClassification/.test(classes)) {
    const scores = (facts.labelCount ?? 2) === 1;
    found.push(
      scores
        ? claim("scoring class", encoder ? "reranker" : "reward", 4, [encoder ? "reward" : "reranker"], {
            en: `Its class (${printable(classes)}) gives one score.`,
            zh: `其模型类（${printable(classes)}）给出一个分数。`,
          })
        : other(
            "classifier class",
            6,
            { en: "a classifier", zh: "分类器" },
            {
              en: `Its class (${printable(classes)}) sorts texts into labels.`,
              zh: `其模型类（${printable(classes)}）把文本归入标签。`,
            },
          ),
    );
  }
  if (/RewardModel/.test(classes)) {
    found.push(
      claim("reward class", "reward", 6, [], {
        en: `Its class (${printable(classes)}) scores answers.`,
        zh: `其模型类（${printable(classes)}）给回答打分。`,
      }),
    );
  }
  return found;
}

function poolingSignal(facts: ModelFacts): Evidence[] {
  const found: Evidence[] = [];
  if (facts.isSentenceEncoder) {
    found.push(
      claim("sentence-embedding layout", "embedding", 6, [], {
        en: "Its folder is laid out for sentence embeddings (modules.json, pooling).",
        zh: "其文件夹按句向量模型组织（modules.json、pooling）。",
      }),
    );
  }
  if (facts.pooling === "rank") {
    found.push(
      claim("rank pooling", "reranker", 5, ["reward"], {
        en: "Its file declares that its output is a rank.",
        zh: "其文件声明输出为排序分数。",
      }),
    );
  } else if (facts.pooling !== undefined && facts.pooling !== "none") {
    found.push(
      claim("pooling", "embedding", 5, [], {
        en: `Its file declares how to make one vector of a text (${facts.pooling} pooling).`,
        zh: `其文件声明了如何把文本变成一个向量（${facts.pooling} 池化）。`,
      }),
    );
  }
  return found;
}

function kindSignal(facts: ModelFacts): Evidence[] {
  const architecture = facts.architecture ?? "";
  const named: Text = {
    en: `Its architecture is ${printable(architecture)}.`,
    zh: `其架构为 ${printable(architecture)}。`,
  };
  if (EMBEDDERS.test(architecture)) return [claim("embedding architecture", "embedding", 5, [], named)];
  if (ENCODERS.test(architecture)) {
    return facts.classes.some((name) => /ForMaskedLM$/.test(name))
      ? [other("masked encoder", 4, { en: "an encoder for masked words", zh: "掩码语言编码器" }, named)]
      : [claim("encoder", "embedding", 3, ["reranker", "reward"], named)];
  }
  if (SEQUENCE_TO_SEQUENCE.test(architecture)) {
    return [
      other("sequence to sequence", 6, { en: "a sequence-to-sequence model", zh: "序列到序列模型" }, named),
    ];
  }
  if (SPEECH.test(architecture)) {
    return [other("speech architecture", 6, { en: "a speech model", zh: "语音模型" }, named)];
  }
  const inputs = facts.modalities;
  if (inputs.length > 0 || VISION.test(architecture)) return [modality(inputs)];
  return [];
}

function modality(inputs: ModelFacts["modalities"]): Evidence {
  const audio = inputs.includes("audio");
  const vision = inputs.includes("vision") || !audio;
  const detail: Text =
    audio && vision
      ? { en: "a model of images and sound", zh: "图像与音频模型" }
      : audio
        ? { en: "a speech or audio model", zh: "语音或音频模型" }
        : { en: "a vision model", zh: "视觉模型" };
  // Many a vision model is a good chat model of text as well; one that hears seldom is.
  return other("inputs beside text", audio ? 6 : 4.5, detail, {
    en: `Its files announce inputs beside text: it is ${detail.en}.`,
    zh: `其文件声明了文本之外的输入：它是${detail.zh}。`,
  });
}

/** The Qwen3 embedding and reranking line ships its vocabulary unpadded; the generating models pad it to 151936. */
function vocabularySignal(facts: ModelFacts): Evidence[] {
  if (facts.architecture !== "qwen3") return [];
  if (facts.vocabularySize !== 151_665 && facts.vocabularySize !== 151_669) return [];
  return [
    claim("unpadded vocabulary", "embedding", 3.5, ["reranker"], {
      en: `Its vocabulary has ${facts.vocabularySize} tokens, as only Qwen3's embedding and reranking models do.`,
      zh: `其词表有 ${facts.vocabularySize} 个词元，只有 Qwen3 的嵌入和重排模型如此。`,
    }),
  ];
}

function claim(signal: string, says: Stage, weight: number, fitsToo: readonly Stage[], text: Text): Evidence {
  return { source: "config", signal, says, fitsToo, weight, text };
}

function other(signal: string, weight: number, detail: Text, text: Text): Evidence {
  return { source: "config", signal, says: "other", fitsToo: [], weight, text, detail };
}
