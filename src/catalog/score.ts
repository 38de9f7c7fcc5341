import type { Text } from "../language.ts";
import type { Use } from "../stage/stage.ts";
import type { CatalogueModel } from "./model.ts";
import { activeParameterCount, parameterCount } from "./tensors.ts";

/** What counts for a model, in points: a point is as much as twice the size. */
export const TERMS = ["size", "newness", "purpose", "pace", "readiness"] as const;
export type Term = (typeof TERMS)[number];

export interface ScoreTerm {
  readonly term: Term;
  readonly points: number;
  readonly text: Text;
}

/** What the score has to know of the request. */
export interface Circumstances {
  readonly use: Use;
  /** Whether a graphics card computes. */
  readonly graphics: boolean;
}

/** Architectures that `basewise convert` turns into GGUF. */
const CONVERTIBLE = ["qwen2", "qwen3", "llama"];
/** A processor on ordinary memory (two channels of DDR4-3200 move 51 GB/s) reads this about ten times a second. */
const BRISK_BYTES = 4 * 2 ** 30;
/** Bits of one weight in the mixes that most people run. */
const USUAL_BITS = 4.85;
/** Where counting of years starts; any start gives the same order. */
const FIRST_YEAR = 2023;

/** How a model does for a use, term by term; terms of no points are left out. The sum ranks. */
export function scoreOf(model: CatalogueModel, circumstances: Circumstances): ScoreTerm[] {
  return [
    size(model),
    newness(model),
    purpose(model, circumstances.use),
    pace(model, circumstances),
    readiness(model, circumstances.use),
  ].filter(({ points }) => points !== 0);
}

export function sumOf(terms: readonly ScoreTerm[]): number {
  return terms.reduce((sum, { points }) => sum + points, 0);
}

/** Doublings of a billion weights. With experts, what counts is about the geometric mean of all and active ones. */
function size({ shape }: CatalogueModel): ScoreTerm {
  const total = parameterCount(shape);
  const active = shape.experts === undefined ? total : activeParameterCount(shape);
  const counted = Math.sqrt(total * active);
  const shown = `${billions(total)}${active === total ? "" : `, ${billions(active)} active`}`;
  return {
    term: "size",
    points: Math.log2(counted / 1e9),
    text: { en: `${shown} parameters`, zh: `${shown.replace(" active", " 激活")} 参数` },
  };
}

/**
 * A year counts as a doubling. That is cautious: over 2023 and 2024 the size needed for the same quality halved about
 * every 3.5 months (Xiao et al., "Densing Law of LLMs", arXiv 2412.04315).
 */
function newness({ released }: CatalogueModel): ScoreTerm {
  const [year = FIRST_YEAR, month = 1] = released.split("-").map(Number);
  return {
    term: "newness",
    points: year - FIRST_YEAR + (month - 1) / 12,
    text: { en: `released ${released}`, zh: `发布于 ${released}` },
  };
}

function purpose({ stage, capabilities }: CatalogueModel, use: Use): ScoreTerm {
  const term = (points: number, en: string, zh: string): ScoreTerm => ({
    term: "purpose",
    points,
    text: { en, zh },
  });
  if (use !== "infill" && capabilities.includes("maths")) return term(-3, "made for mathematics", "专为数学");
  if (use !== "infill" && capabilities.includes("code")) return term(-2, "made for code", "专为代码");
  if (use === "chat" && stage === "thinking") {
    return term(-0.5, "thinks at length before every answer", "每次回答前都要长时间思考");
  }
  if (use === "classify" && stage === "embedding") {
    return term(3, "its vectors serve as they are", "其向量可直接使用");
  }
  return term(0, "", "");
}

/** Every weight that computes is read once for every token. */
function pace({ shape }: CatalogueModel, { graphics, use }: Circumstances): ScoreTerm {
  const bytes = (activeParameterCount(shape) * USUAL_BITS) / 8;
  const matters = !graphics && ["chat", "complete", "infill"].includes(use);
  const shown = `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return {
    term: "pace",
    points: matters ? Math.min(0, Math.log2(BRISK_BYTES / bytes)) : 0,
    text: {
      en: `reads ${shown} for every token, which takes its time without a graphics card`,
      zh: `每个词元读取 ${shown}，没有显卡时较慢`,
    },
  };
}

function readiness(model: CatalogueModel, use: Use): ScoreTerm {
  const { gguf } = model;
  if (gguf !== undefined || isTraining(use))
    return { term: "readiness", points: 0, text: { en: "", zh: "" } };
  return canConvert(model)
    ? {
        term: "readiness",
        points: -0.5,
        text: { en: "must be converted to GGUF first", zh: "须先转换为 GGUF" },
      }
    : {
        term: "readiness",
        points: -4,
        text: { en: "no GGUF of it is known here", zh: "此处未知其 GGUF" },
      };
}

/** Mistral's models have Llama's architecture in GGUF, but another name in the files that are converted. */
export function canConvert({ shape, family }: CatalogueModel): boolean {
  return CONVERTIBLE.includes(shape.architecture) && family !== "Mistral";
}

/** Whether a use changes the weights. */
export function isTraining(use: Use): boolean {
  return use === "adapt" || use === "finetune";
}

/** `4.0B`, or `0.14B` where it is less than one. */
export function billions(count: number): string {
  const value = count / 1e9;
  return `${value.toFixed(value < 1 ? 2 : 1)}B`;
}
