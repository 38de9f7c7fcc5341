import type { Text } from "../language.ts";

/** Whether a stage is for a use: it is, it can be with something to mind, or it is not, and what to take instead. */
export type Fit = (
  | { readonly fit: "suits"; readonly reason: Text }
  | { readonly fit: "possible"; readonly reason: Text }
  | { readonly fit: "unsuited"; readonly reason: Text; readonly remedy: Text }
) & {
  /** The reference of the counterpart, where it fits the use better. */
  readonly instead?: string;
};

export function suits(en: string, zh: string): Fit {
  return { fit: "suits", reason: { en, zh } };
}

export function possible(en: string, zh: string): Fit {
  return { fit: "possible", reason: { en, zh } };
}

export function unsuited(en: string, zh: string, remedy: Text): Fit {
  return { fit: "unsuited", reason: { en, zh }, remedy };
}

export const TAKE_CHAT: Text = {
  en: "Take an instruct, thinking or hybrid model",
  zh: "请使用指令、思考或混合模型",
};
export const TAKE_BASE: Text = { en: "Take a base model", zh: "请使用基座模型" };
export const TAKE_CODE_BASE: Text = {
  en: "Take a base code model with infill tokens",
  zh: "请使用带填充词元的基座代码模型",
};
export const TAKE_EMBEDDING: Text = { en: "Take an embedding model", zh: "请使用嵌入模型" };
export const TAKE_RERANKER: Text = { en: "Take a reranker", zh: "请使用重排模型" };
export const TAKE_ANY: Text = { en: "Take a base or an embedding model", zh: "请使用基座模型或嵌入模型" };
