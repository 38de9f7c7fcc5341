import type { GgufPublication } from "./model.ts";
import type { Quantization } from "./quantization.ts";

/** Licences by the name that the hubs give them. */
export const APACHE = { name: "apache-2.0", kind: "permissive" } as const;
export const MIT = { name: "mit", kind: "permissive" } as const;
export const QWEN_RESEARCH = { name: "qwen-research", kind: "research" } as const;
export const QWEN = { name: "qwen", kind: "conditions" } as const;
export const GEMMA = { name: "gemma", kind: "conditions" } as const;
export const LLAMA_31 = { name: "llama3.1", kind: "conditions" } as const;
export const LLAMA_32 = { name: "llama3.2", kind: "conditions" } as const;
export const LLAMA_33 = { name: "llama3.3", kind: "conditions" } as const;

export const ENGLISH = ["en"] as const;
/** The languages that most models written for many name among their own. */
export const MAJOR = ["en", "zh", "fr", "es", "pt", "de", "it", "ru", "ja", "ko", "vi", "th", "ar"] as const;
/** The more common of the over a hundred that Qwen3, Gemma 3 and BGE-M3 were trained on. */
export const HUNDRED = [
  ...MAJOR,
  ...["bg", "bn", "ca", "cs", "da", "el", "et", "fa", "fi", "he", "hi", "hr", "hu", "id", "lt", "lv", "ms"],
  ...["nl", "no", "pl", "ro", "sk", "sl", "sr", "sv", "sw", "ta", "te", "tr", "uk", "ur"],
] as const;
/** Those that Llama 3 names. */
export const LLAMA_LANGUAGES = ["en", "de", "fr", "it", "pt", "hi", "es", "th"] as const;

/** The mixes that most who publish GGUF files offer, among those that lose little. */
export const USUAL: readonly Quantization[] = ["Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0"];

export function published(
  repository: string,
  source: string,
  quantizations: readonly Quantization[] = USUAL,
): { readonly gguf: GgufPublication } {
  return { gguf: { repository, quantizations, source } };
}
