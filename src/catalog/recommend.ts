import type { Text } from "../language.ts";
import { fitOf } from "../stage/fit.ts";
import type { Stage, Use } from "../stage/stage.ts";
import { CATALOGUE } from "./catalogue.ts";
import { USUAL } from "./facts.ts";
import { estimateMemory, type MemoryEstimate, type Packing } from "./memory.ts";
import { type CatalogueModel, LICENCE_KINDS, type LicenceKind, type SamplingAdvice } from "./model.ts";
import type { Quantization } from "./quantization.ts";
import { isTraining, type ScoreTerm, scoreOf, sumOf } from "./score.ts";
import { activeParameterCount, parameterCount } from "./tensors.ts";
import {
  estimateTraining,
  TRAINING_METHODS,
  type TrainingEstimate,
  type TrainingMethod,
} from "./training-memory.ts";

/** What somebody wants, and what there is for it. */
export interface Wish {
  readonly use: Use;
  /** Bytes that the model may take. */
  readonly memory: number;
  /** Tokens to hold at once; a usual number for the use unless stated. */
  readonly context?: number;
  /** ISO 639-1 code of a language that the model must know. */
  readonly language?: string;
  /** Licences that let one do less are left out. */
  readonly licence?: LicenceKind;
  /** How the processor wants matrices laid out. */
  readonly packing?: Packing;
  /** Whether a graphics card computes. */
  readonly graphics?: boolean;
  /** Most recommendations; 4 unless stated. */
  readonly count?: number;
}

/** How the model is held: packed to be run, or in 16 bits to be trained. */
export type Form =
  | { readonly way: "run"; readonly quantization: Quantization; readonly memory: MemoryEstimate }
  | { readonly way: "train"; readonly method: TrainingMethod; readonly memory: TrainingEstimate };

/** One model to take, in the form that fits. */
export interface Recommendation {
  readonly model: CatalogueModel;
  readonly stage: Stage;
  readonly parameters: { readonly total: number; readonly active: number };
  readonly form: Form;
  /** What the model's makers advise. */
  readonly sampling: readonly SamplingAdvice[];
  readonly score: number;
  /** What the score is made of. */
  readonly terms: readonly ScoreTerm[];
  /** Why the stage is right for the use. */
  readonly reason: Text;
}

/** Why models were left out, in the order in which they are asked. */
export const LEFT_OUT_REASONS = ["stage", "licence", "language", "context", "memory"] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

export interface LeftOut {
  readonly model: CatalogueModel;
  readonly reason: LeftOutReason;
  /** Bytes of its smallest form, where it is too large. */
  readonly needs?: number;
}

export interface Advice {
  readonly wish: Required<Pick<Wish, "use" | "memory" | "context">> & Wish;
  /** Best first. */
  readonly recommendations: readonly Recommendation[];
  /** Those that would be best first. */
  readonly leftOut: readonly LeftOut[];
}

/** What kind of model a use takes. */
export const GUIDANCE: Readonly<Record<Use, Text>> = {
  chat: {
    en: "A conversation takes an instruct, thinking or hybrid model; a base model continues text and never learnt turns.",
    zh: "对话应选用指令、思考或混合模型；基座模型只会续写，没有学过对话轮次。",
  },
  complete: {
    en: "Completing text takes a base model; a chat model tends to answer the text instead.",
    zh: "文本续写应选用基座模型；对话模型往往会转而回答。",
  },
  infill: {
    en: "Filling in takes a base model that was trained with infill tokens, as code models are.",
    zh: "中间填充应选用经填充词元训练的基座模型，如代码模型。",
  },
  embed: {
    en: "Vectors take an embedding model; the states of a base model look too much alike without more training.",
    zh: "文本向量应选用嵌入模型；未经进一步训练的基座模型，其向量过于相似。",
  },
  rerank: {
    en: "Ordering documents takes a reranker; an embedding model does it less exactly.",
    zh: "文档重排应选用重排模型；嵌入模型的准确度较低。",
  },
  classify: {
    en: "Classification takes a representation to train a head on: an embedding model's vectors, or a base model.",
    zh: "分类需要可供训练分类头的表示：嵌入模型的向量，或基座模型。",
  },
  adapt: {
    en: "Adapting to a domain starts from a base model and tunes for conversation afterwards; a chat model would forget its turns.",
    zh: "领域适配应从基座模型开始，之后再做对话微调；对话模型会遗忘其对话能力。",
  },
  finetune: {
    en: "Your own tuning starts from a base model: it has no manners to unlearn. With few examples, its chat counterpart can do.",
    zh: "自行微调应从基座模型开始：它没有需要消除的习惯。样例很少时，也可用其对话版本。",
  },
};

/** A base in general can only perhaps fill in; those that are recommended were trained for it. */
const TRAINED_TO_FILL: Text = {
  en: "It was trained to fill in between what is before and what is after.",
  zh: "它受过根据前后文填充中间内容的训练。",
};

const USUAL_CONTEXT: Readonly<Record<Use, number>> = {
  chat: 4096,
  complete: 4096,
  infill: 4096,
  embed: 512,
  rerank: 2048,
  classify: 512,
  adapt: 2048,
  finetune: 2048,
};
const USUAL_COUNT = 4;
/** So that a family that is good does not fill the list. */
const MOST_OF_A_FAMILY = 2;

/**
 * The models of the catalogue that are right for a use and fit, best first. A dialogue system takes an instruct,
 * thinking or hybrid model; completing, representing and one's own training start from a base: the fit of stage and
 * use decides who is asked at all. Among those, the score ranks the models, and the best form that fits is taken.
 */
export function recommendFrom(wish: Wish, catalogue: readonly CatalogueModel[] = CATALOGUE): Advice {
  const context = wish.context ?? USUAL_CONTEXT[wish.use];
  const circumstances = { use: wish.use, graphics: wish.graphics ?? false };
  const ranked = catalogue
    .map((model) => {
      const terms = scoreOf(model, circumstances);
      return { model, terms, score: sumOf(terms) };
    })
    .sort((one, other) => other.score - one.score);
  const recommendations: Recommendation[] = [];
  const leftOut: LeftOut[] = [];
  for (const { model, terms, score } of ranked) {
    const reason = obstacle(model, wish, context);
    if (reason !== undefined) {
      leftOut.push({ model, reason });
      continue;
    }
    const forms = formsOf(model, wish, context);
    const form = forms.findLast(({ memory }) => memory.total <= wish.memory);
    if (form === undefined) {
      const [smallest] = forms;
      leftOut.push({
        model,
        reason: "memory",
        ...(smallest === undefined ? {} : { needs: smallest.memory.total }),
      });
      continue;
    }
    recommendations.push({
      model,
      stage: model.stage,
      parameters: { total: parameterCount(model.shape), active: activeParameterCount(model.shape) },
      form,
      sampling: model.sampling,
      score,
      terms,
      reason: wish.use === "infill" ? TRAINED_TO_FILL : fitOf(model.stage, wish.use).reason,
    });
  }
  return {
    wish: { ...wish, context },
    recommendations: varied(recommendations).slice(0, wish.count ?? USUAL_COUNT),
    leftOut,
  };
}

/** The smallest form of those that are only too large. */
export function smallestOf({ leftOut }: Advice): LeftOut | undefined {
  const size = ({ needs }: LeftOut): number => needs ?? Number.POSITIVE_INFINITY;
  return leftOut
    .filter(({ reason }) => reason === "memory")
    .toSorted((one, other) => size(one) - size(other))[0];
}

function obstacle(model: CatalogueModel, wish: Wish, context: number): LeftOutReason | undefined {
  if (!isFor(model, wish.use)) return "stage";
  if (wish.licence !== undefined && !allows(model.licence.kind, wish.licence)) return "licence";
  if (wish.language !== undefined && !model.languages.includes(wish.language)) return "language";
  return model.context < context ? "context" : undefined;
}

/** Infilling takes a base that was trained for it; every other use takes the stages that suit it. */
function isFor({ stage, capabilities }: CatalogueModel, use: Use): boolean {
  if (use === "infill") return stage === "base" && capabilities.includes("fim");
  return fitOf(stage, use).fit === "suits";
}

function allows(kind: LicenceKind, least: LicenceKind): boolean {
  return LICENCE_KINDS.indexOf(kind) <= LICENCE_KINDS.indexOf(least);
}

/** From the smallest to the best. */
function formsOf(model: CatalogueModel, wish: Wish, context: number): Form[] {
  if (isTraining(wish.use)) {
    return TRAINING_METHODS.map((method) => ({
      way: "train",
      method,
      memory: estimateTraining(model.shape, method, context),
    }));
  }
  const packing = wish.graphics ? "none" : (wish.packing ?? "none");
  const plan = { context, packing };
  return (model.gguf?.quantizations ?? USUAL).map((quantization) => ({
    way: "run",
    quantization,
    memory: estimateMemory(model.shape, quantization, plan),
  }));
}

function varied(recommendations: readonly Recommendation[]): Recommendation[] {
  const counts = new Map<string, number>();
  return recommendations.filter(({ model: { family } }) => {
    const count = (counts.get(family) ?? 0) + 1;
    counts.set(family, count);
    return count <= MOST_OF_A_FAMILY;
  });
}
