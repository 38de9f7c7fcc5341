import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";
import { HABITS, isEmbedder, isEncoder, kindOfArchitecture } from "../architectures.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { KIND_WORDS, type Kind } from "../kinds.ts";
import { headSignal } from "./head.ts";
import { observe } from "./observe.ts";

/** What the shape of the model rules out, whatever its name: encoders, heads that score, inputs beside text. */
export function architectureSignal(facts: ModelFacts): Evidence[] {
  const head = headSignal(facts);
  const settled = head.some(({ weight }) => weight >= 4);
  const found = [
    ...head,
    ...poolingSignal(facts),
    ...(settled ? [] : kindSignal(facts)),
    ...vocabularySignal(facts),
  ];
  const writes = found.length === 0 && (generates(facts) || conversesOnly(facts)) ? [WRITES_TEXT] : [];
  return [...found, ...writes, ...(settled ? [] : habitSignal(facts)), ...windowSignal(facts)];
}

/** Whether the files say that the model writes text token by token. */
export function generates(facts: ModelFacts): boolean {
  if (facts.format === "GGUF") return !isEncoder(facts.architecture ?? "");
  return [...facts.classes, ...facts.mappedClasses].some((name) =>
    /(CausalLM|LMHeadModel|ForConditionalGeneration)$/.test(name),
  );
}

/** Tokenizer files alone, with a template that lays out text: what they belong to writes text. */
function conversesOnly({ architecture, classes, modules, reading }: ModelFacts): boolean {
  return (
    architecture === undefined && classes.length === 0 && modules.length === 0 && reading?.keepsText === true
  );
}

const WRITES_TEXT: Evidence = observe(
  "config",
  "writes text",
  1.4,
  { says: "base", fitsToo: ["instruct", "thinking", "hybrid", "guard"] },
  {
    en: "It writes text, and no file declares another output (which leaves base and chat models).",
    zh: "它输出文本，且没有文件声明其他输出（可能是基座模型或对话模型）。",
  },
);

function poolingSignal({ pooling, modules }: ModelFacts): Evidence[] {
  if (pooling === "rank") {
    return [
      observe(
        "config",
        "rank pooling",
        5,
        { says: "reranker", fitsToo: ["reward"] },
        {
          en: "Its file declares that its output is a rank.",
          zh: "其文件声明输出为排序分数。",
        },
      ),
    ];
  }
  // In a folder, the modules tell that already.
  if (pooling === undefined || pooling === "none" || modules.length > 0) return [];
  return [
    observe(
      "config",
      "pooling",
      5,
      { says: "embedding" },
      {
        en: `Its file declares how to make one vector of a text (${pooling} pooling).`,
        zh: `其文件声明了如何把文本变成一个向量（${pooling} 池化）。`,
      },
    ),
  ];
}

function kindSignal(facts: ModelFacts): Evidence[] {
  const architecture = facts.architecture ?? "";
  const named: Text = {
    en: `Its architecture is ${printable(architecture)}`,
    zh: `其架构为 ${printable(architecture)}`,
  };
  if (isEmbedder(architecture)) {
    return [observe("config", "embedding architecture", 5, { says: "embedding" }, sentence(named))];
  }
  if (isEncoder(architecture)) return [encoder(facts, named)];
  const kind = kindOfArchitecture(architecture);
  const inputs = facts.modalities;
  if (kind === "speech recognition" || kind === "speech synthesis" || kind === "ocr") {
    return [kindOf("architecture kind", 6.5, kind, named)];
  }
  if (inputs.length > 0) return [modality(facts, kind)];
  // A language model whose architecture also comes with eyes or ears: here it comes without.
  if (kind === undefined || (facts.format === "GGUF" && /^gemma3n?$|^llama4$|^mistral3$/.test(architecture)))
    return [];
  return [kindOf("architecture kind", kind === "vision" || kind === "omni" ? 4.5 : 6, kind, named)];
}

function sentence({ en, zh }: Text): Text {
  return { en: `${en}.`, zh: `${zh}。` };
}

function kindOf(signal: string, weight: number, kind: Kind, observed: Text): Evidence {
  const words = KIND_WORDS[kind];
  return observe(
    "config",
    signal,
    weight,
    { says: "other", kind },
    {
      en: `${observed.en}: it is ${words.en}.`,
      zh: `${observed.zh}：它是${words.zh}。`,
    },
  );
}

function encoder({ classes, modules }: ModelFacts, named: Text): Evidence {
  const text: Text = { en: `${named.en}, an encoder.`, zh: `${named.zh}，是编码器。` };
  // With a head of its own or modules around it, that says what it is for; alone it is what pretraining made.
  return classes.length === 0 && modules.length === 0
    ? observe(
        "config",
        "encoder",
        2.5,
        { says: "other", fitsToo: ["embedding"], kind: "masked language model" },
        text,
      )
    : observe(
        "config",
        "encoder",
        2.5,
        { says: "embedding", fitsToo: ["reranker", "reward", "other"], kind: "masked language model" },
        text,
      );
}

function modality(facts: ModelFacts, kind: Kind | undefined): Evidence {
  const audio = facts.modalities.includes("audio");
  const vision = facts.modalities.includes("vision");
  const seen: Kind = audio && vision ? "omni" : audio ? "audio" : "vision";
  // Only what hears can be of a kind that hears.
  const narrower = kind === "gui agent" && vision ? kind : seen;
  // Many a vision model is a good chat model of text as well; one that hears seldom is.
  return kindOf("inputs beside text", audio ? 6 : 4.5, narrower, {
    en: "Its files announce inputs beside text",
    zh: "其文件声明了文本之外的输入",
  });
}

/** The Qwen3 embedding and reranking line ships its vocabulary unpadded; the generating models pad it to 151936. */
function vocabularySignal(facts: ModelFacts): Evidence[] {
  if (facts.architecture !== "qwen3") return [];
  if (facts.vocabularySize !== 151_665 && facts.vocabularySize !== 151_669) return [];
  return [
    observe(
      "config",
      "unpadded vocabulary",
      3.5,
      { says: "embedding", fitsToo: ["reranker"] },
      {
        en: `Its vocabulary has ${facts.vocabularySize} tokens, as only Qwen3's embedding and reranking models do.`,
        zh: `其词表有 ${facts.vocabularySize} 个词元，只有 Qwen3 的嵌入和重排模型如此。`,
      },
    ),
  ];
}

/** What an architecture was mostly released as; it counts where a config comes alone. */
function habitSignal(facts: ModelFacts): Evidence[] {
  const architecture = facts.architecture ?? "";
  const habit = HABITS.find((known) => known.architecture.test(architecture));
  if (habit === undefined || habit.says === "other") return [];
  const { says, fitsToo, weight } = habit;
  return [
    observe(
      "config",
      "architecture's habit",
      weight,
      { says, fitsToo },
      {
        en: `Most models released with the architecture ${printable(architecture)} are of this stage.`,
        zh: `以 ${printable(architecture)} 架构发布的模型大多处于这一阶段。`,
      },
    ),
  ];
}

/**
 * The context length by which Qwen's releases of one size differ. Source: the config files of Qwen2.5 (base 131072,
 * Instruct 32768) and Qwen3 (Base 32768, hybrid 40960, the 2507 releases 262144).
 */
function windowSignal({ architecture, window, format }: ModelFacts): Evidence[] {
  if (format === "GGUF" || window === undefined) return [];
  const text: Text = {
    en: `Its context of ${window} tokens is that of this stage in its family.`,
    zh: `其上下文长度 ${window} 是该系列中这一阶段的长度。`,
  };
  if (architecture === "qwen2" && window === 131_072) {
    return [observe("config", "context length", 0.7, { says: "base", fitsToo: ["thinking"] }, text)];
  }
  if (architecture !== "qwen3" && architecture !== "qwen3_moe") return [];
  if (window === 40_960)
    return [
      observe("config", "context length", 2, { says: "hybrid", fitsToo: ["embedding", "reranker"] }, text),
    ];
  if (window === 262_144)
    return [observe("config", "context length", 2, { says: "instruct", fitsToo: ["thinking"] }, text)];
  return window === 32_768
    ? [observe("config", "context length", 1.2, { says: "base", fitsToo: ["embedding", "reranker"] }, text)]
    : [];
}
