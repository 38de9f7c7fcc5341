import { BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import { type GgufHeader, readGgufHeader } from "../../formats/gguf/header.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** A LoRA in a GGUF file; `scale` multiplies what it adds, 1 unless stated. */
export type AdapterChoice = string | { readonly path: string; readonly scale?: number };

/** An adapter to load. */
export interface AdapterPlan {
  readonly name: string;
  readonly path: string;
  readonly scale: number;
}

/** An adapter was not made for this model. */
export class AdapterMismatchError extends BasewiseError {
  override readonly name = "AdapterMismatchError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The adapter's file. */
  readonly adapter: string;
  /** The model's file. */
  readonly model: string;

  constructor(adapter: GgufHeader, model: GgufHeader, reason: Text) {
    const [shown, other] = [printable(adapter.path), printable(model.path)];
    const parent = adapter.metadata.string("general.base_model.0.name");
    const stated =
      parent === undefined
        ? { en: "", zh: "" }
        : {
            en: ` It says that its parent is ${printable(parent)}.`,
            zh: `它声明的父模型是 ${printable(parent)}。`,
          };
    super({
      en: `The adapter ${shown} does not belong to ${other}: ${reason.en}; take the adapter that was trained on this model.${stated.en}`,
      zh: `适配器 ${shown} 不属于 ${other}：${reason.zh}；请使用在该模型上训练的适配器。${stated.zh}`,
    });
    this.adapter = adapter.path;
    this.model = model.path;
  }
}

/**
 * The adapters to load beside a model. Reads their headers; throws what `readGgufHeader` throws, and
 * AdapterMismatchError where one is no LoRA or its shapes are those of another model.
 */
export async function planAdapters(
  choices: Readonly<Record<string, AdapterChoice>>,
  model: GgufHeader,
): Promise<AdapterPlan[]> {
  return Promise.all(
    Object.entries(choices).map(async ([name, choice]) => {
      const { path, scale = 1 } = typeof choice === "string" ? { path: choice } : choice;
      const adapter = await readGgufHeader(path);
      const reason = mismatch(adapter, model);
      if (reason !== undefined) throw new AdapterMismatchError(adapter, model, reason);
      return { name, path, scale };
    }),
  );
}

/** Source of the rules: `llama_adapter_lora_init_impl` of the pinned library. */
function mismatch(adapter: GgufHeader, model: GgufHeader): Text | undefined {
  const { metadata } = adapter;
  if (metadata.string("general.type") !== "adapter" || metadata.string("adapter.type") !== "lora") {
    return { en: "it is no LoRA adapter", zh: "它不是 LoRA 适配器" };
  }
  if (adapter.architecture !== model.architecture) {
    const [one, other] = [printable(adapter.architecture), printable(model.architecture)];
    return { en: `it is for ${one} models, and this is ${other}`, zh: `它用于 ${one} 模型，而这是 ${other}` };
  }
  const shapes = new Map(model.tensors.map(({ name, shape }) => [name, shape]));
  for (const { name, shape } of adapter.tensors) {
    const [, target, part] = /^(.+)\.lora_([ab])$/.exec(name) ?? [];
    if (target === undefined) continue;
    const wanted = shapes.get(target);
    const shown = printable(target);
    if (wanted === undefined) return { en: `this model has no ${shown}`, zh: `该模型没有 ${shown}` };
    // An embedding is looked up by its rows, so that its two factors stand the other way round.
    const isLookedUp = target === "token_embd.weight";
    const found = part === "a" ? shape[isLookedUp ? 1 : 0] : shape[1];
    const due = (part === "a") === isLookedUp ? wanted[1] : wanted[0];
    if (found !== due) {
      return {
        en: `${shown} has ${due} values here, and ${found} there`,
        zh: `${shown} 在此为 ${due}，在适配器中为 ${found}`,
      };
    }
  }
  return undefined;
}
