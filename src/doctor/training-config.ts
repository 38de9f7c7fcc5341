import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import type { Tuning } from "../stage/symptoms/patient.ts";
import { notOfKind, readExhibit } from "./exhibit-file.ts";

/**
 * Reads a training configuration: LLaMA-Factory's and axolotl's YAML, what TRL and transformers' Trainer take (JSON or
 * YAML), and basewise's own recipes. Throws BadFileError where the file is none of these.
 */
export async function readTrainingConfig(path: string): Promise<Tuning> {
  const text = await readExhibit(path);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 10, logLevel: "error" });
  } catch {
    value = undefined;
  }
  const tuning = isJsonObject(value) ? tuningOf(path, value) : undefined;
  if (tuning !== undefined) return tuning;
  throw notOfKind(
    path,
    "is no training configuration that is known here. Give a YAML or JSON file of LLaMA-Factory, axolotl, TRL or basewise.",
    "不是可识别的训练配置。请给出 LLaMA-Factory、axolotl、TRL 或 basewise 的 YAML 或 JSON 文件。",
  );
}

function tuningOf(source: string, config: JsonObject): Tuning | undefined {
  if (typeof config.base_model === "string") return axolotl(source, config);
  if (
    ["finetuning_type", "template", "dataset_dir", "cutoff_len"].some((key) => key in config) &&
    "model_name_or_path" in config
  ) {
    return llamaFactory(source, config);
  }
  if (typeof config.kind === "string" && "optimizer" in config && "steps" in config)
    return basewise(source, config);
  const known = [
    "model_name_or_path",
    "per_device_train_batch_size",
    "use_peft",
    "peft_config",
    "dataset_text_field",
    "sft_config",
    "num_train_epochs",
  ];
  return known.some((key) => key in config) ? trl(source, config) : undefined;
}

function llamaFactory(source: string, config: JsonObject): Tuning {
  const stages: Readonly<Record<string, Tuning["kind"]>> = {
    pt: "pretrain",
    sft: "sft",
    dpo: "dpo",
    kto: "dpo",
    rm: undefined,
    ppo: undefined,
  };
  const stage = text(config.stage) ?? "sft";
  return {
    ...blank(source, "LLaMA-Factory"),
    model: text(config.model_name_or_path),
    kind: stages[stage],
    isLora: (text(config.finetuning_type) ?? "lora") === "lora",
    template: named(config, "template"),
    saved: names(config.additional_target),
    targets: names(config.lora_target).filter((name) => name !== "all"),
    addedTokens: [
      ...names(config.add_tokens),
      ...names(config.new_special_tokens),
      ...names(config.add_special_tokens),
    ],
    isPlainText: stage === "pt",
    thinking: flag(config.enable_thinking),
  };
}

function axolotl(source: string, config: JsonObject): Tuning {
  const special = isJsonObject(config.special_tokens) ? config.special_tokens : {};
  const datasets = [...list(config.datasets), ...list(config.pretraining_dataset)].filter(isJsonObject);
  const isPlain =
    datasets.length > 0 &&
    datasets.every((one) => text(one.type) === "completion" || text(one.type) === "pretrain");
  return {
    ...blank(source, "axolotl"),
    model: text(config.base_model),
    kind:
      config.rl === "dpo" ? "dpo" : config.pretraining_dataset !== undefined || isPlain ? "pretrain" : "sft",
    isLora: ["lora", "qlora"].includes(text(config.adapter) ?? ""),
    template: named(config, "chat_template"),
    saved: names(config.lora_modules_to_save),
    targets: names(config.lora_target_modules),
    trainsTokens:
      list(config.peft_trainable_token_indices).length > 0 ||
      isJsonObject(config.peft_trainable_token_indices),
    padToken: text(special.pad_token),
    eosToken: text(special.eos_token),
    addedTokens: names(config.tokens),
    isPlainText: isPlain,
    // axolotl's completion type appends the end by itself.
    addsEos: isPlain ? true : undefined,
  };
}

function trl(source: string, outer: JsonObject): Tuning {
  const inner = isJsonObject(outer.sft_config)
    ? outer.sft_config
    : isJsonObject(outer.training_args)
      ? outer.training_args
      : {};
  const config = { ...inner, ...outer };
  const peft = isJsonObject(config.peft_config)
    ? config.peft_config
    : isJsonObject(config.lora)
      ? config.lora
      : {};
  const isDpo = "beta" in config && ("max_prompt_length" in config || "loss_type" in config);
  return {
    ...blank(source, "TRL"),
    model: text(config.model_name_or_path) ?? text(config.model),
    kind: isDpo ? "dpo" : "sft",
    isLora: config.use_peft === true || Object.keys(peft).length > 0,
    template: named(config, "chat_template_path") ?? named(config, "chat_template"),
    saved: [...names(peft.modules_to_save), ...names(config.lora_modules_to_save)],
    targets: [...names(peft.target_modules), ...names(config.lora_target_modules)],
    trainsTokens: peft.trainable_token_indices !== undefined && peft.trainable_token_indices !== null,
    padToken: text(config.pad_token),
    eosToken: text(config.eos_token),
    isPlainText: text(config.dataset_text_field) !== undefined,
    addsEos: flag(config.add_eos_token),
  };
}

function basewise(source: string, config: JsonObject): Tuning {
  const kinds: Readonly<Record<string, Tuning["kind"]>> = {
    pretrain: "pretrain",
    adapt: "pretrain",
    sft: "sft",
    dpo: "dpo",
    classify: "classify",
  };
  return {
    ...blank(source, "basewise"),
    model: text(config.from),
    kind: kinds[text(config.kind) ?? ""],
    isLora: config.lora !== undefined && config.lora !== false,
    addsEos: true,
  };
}

function blank(source: string, tool: Tuning["tool"]): Tuning {
  return {
    source,
    tool,
    model: undefined,
    kind: undefined,
    isLora: false,
    template: undefined,
    saved: [],
    targets: [],
    trainsTokens: false,
    padToken: undefined,
    eosToken: undefined,
    addedTokens: [],
    isPlainText: false,
    addsEos: undefined,
    thinking: undefined,
  };
}

function named(config: JsonObject, field: string): Tuning["template"] {
  const name = text(config[field]);
  return name === undefined ? undefined : { name, field };
}

/** Names in a list, or in one text with commas. */
function names(value: unknown): string[] {
  if (typeof value === "string")
    return value
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
  return list(value).filter((name) => typeof name === "string");
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}
