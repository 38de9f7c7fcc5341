import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import type { Text } from "../language.ts";
import type { GgufValue } from "../native/gguf-writer.ts";
import { printable } from "../printable.ts";
import type { Architecture } from "./model-config.ts";

/** How positions are stretched to a context longer than the one the model was first trained on. */
export type RopeScaling =
  | { readonly kind: "none" }
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalContext: number;
      /** What attention is multiplied by; `0.1 ln(factor) + 1` unless stated. */
      readonly attentionFactor: number | undefined;
    }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContext: number;
    };

/**
 * The base and the scaling of rotary positions. `refuse` makes the error for what libllama does not compute.
 * Source: `modeling_rope_utils.py` of transformers 5.24; `rope_parameters` is its new name for `rope_scaling`.
 */
export function readRopeScaling(
  config: JsonObject,
  architecture: Architecture,
  refuse: (what: Text) => Error,
): { readonly ropeBase: number; readonly ropeScaling: RopeScaling } {
  const given = isJsonObject(config.rope_parameters) ? config.rope_parameters : config.rope_scaling;
  const scaling = isJsonObject(given) ? given : {};
  const number = (key: string, otherwise?: number): number => {
    const value = scaling[key] ?? otherwise;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    throw refuse({
      en: `the ${key} of its rope_scaling is no number above 0`,
      zh: `其 rope_scaling 的 ${key} 不是正数`,
    });
  };
  const base = scaling.rope_theta ?? config.rope_theta ?? 10_000;
  if (typeof base !== "number" || !(base > 0)) {
    throw refuse({ en: "its rope_theta is no number above 0", zh: "其 rope_theta 不是正数" });
  }
  const kind = scaling.rope_type ?? scaling.type ?? "default";
  const maxPositions = config.max_position_embeddings;
  const context = typeof maxPositions === "number" ? maxPositions : undefined;
  switch (kind) {
    case "default":
      return { ropeBase: base, ropeScaling: { kind: "none" } };
    case "linear":
      return { ropeBase: base, ropeScaling: { kind: "linear", factor: number("factor") } };
    case "yarn": {
      const isUsual =
        number("beta_fast", 32) === 32 &&
        number("beta_slow", 1) === 1 &&
        (scaling.truncate ?? true) === true &&
        !scaling.mscale &&
        !scaling.mscale_all_dim;
      if (!isUsual) {
        throw refuse({ en: "its yarn scaling has unusual settings", zh: "其 yarn 缩放使用了不常见的设置" });
      }
      const attentionFactor = scaling.attention_factor == null ? undefined : number("attention_factor");
      const originalContext = number("original_max_position_embeddings", context);
      return {
        ropeBase: base,
        ropeScaling: { kind: "yarn", factor: number("factor"), originalContext, attentionFactor },
      };
    }
    case "llama3":
      if (architecture === "llama") {
        return {
          ropeBase: base,
          ropeScaling: {
            kind: "llama3",
            factor: number("factor"),
            lowFrequencyFactor: number("low_freq_factor"),
            highFrequencyFactor: number("high_freq_factor"),
            originalContext: number("original_max_position_embeddings", context),
          },
        };
      }
  }
  const shown = printable(String(kind));
  throw refuse({
    en: `its positions are scaled by "${shown}", which is not supported for ${architecture}`,
    zh: `其位置编码使用 "${shown}" 缩放，${architecture} 不支持`,
  });
}

/** The metadata of a scaling, under `<architecture>.rope.scaling`. */
export function ropeMetadata(scaling: RopeScaling): [string, GgufValue][] {
  switch (scaling.kind) {
    case "none":
    case "llama3": // kept as a tensor
      return [];
    case "linear":
      return [
        ["type", "linear"],
        ["factor", { f32: scaling.factor }],
      ];
    case "yarn": {
      const { factor, originalContext, attentionFactor } = scaling;
      // The library multiplies this with the usual factor.
      const usual = 0.1 * Math.log(factor) + 1;
      return [
        ["type", "yarn"],
        ["factor", { f32: factor }],
        ["original_context_length", originalContext],
        ...(attentionFactor === undefined
          ? []
          : [["attn_factor", { f32: attentionFactor / usual }] satisfies [string, GgufValue]]),
      ];
    }
  }
}

/**
 * What each frequency of a head is divided by under Llama 3's scaling: low ones by the factor, high ones by nothing,
 * and those between by something between. Source: `_compute_llama3_parameters` of transformers.
 */
export function llama3Divisors(
  scaling: Extract<RopeScaling, { kind: "llama3" }>,
  base: number,
  headSize: number,
): Float32Array {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContext } = scaling;
  return Float32Array.from({ length: headSize / 2 }, (_, at) => {
    const waveLength = 2 * Math.PI * base ** ((2 * at) / headSize);
    if (waveLength < originalContext / highFrequencyFactor) return 1;
    if (waveLength > originalContext / lowFrequencyFactor) return factor;
    const share =
      (originalContext / waveLength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    return 1 / ((1 - share) / factor + share);
  });
}
