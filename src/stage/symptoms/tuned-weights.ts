import { printable } from "../../printable.ts";
import { plainName } from "../families.ts";
import type { Stage } from "../stage.ts";
import {
  chats,
  failsWith,
  fileOf,
  isAt,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  templateMarks,
  turnRows,
} from "./observe.ts";
import type { Patient, Study, Tuning } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";
import { markOfTemplate } from "./wrong-template.ts";

/** Tuning left rows untrained, or weights that do not belong together. */
export const TUNED_WEIGHTS: readonly Symptom[] = [
  {
    id: "untrained-control-tokens",
    decidedBy: "weights",
    from: [["model"], ["training config"], ["training config", "model"], ["model", "parent"]],
    cause: {
      en: "A LoRA on a base leaves the rows of the turn tokens as they are, untrained, so it never learns to end a turn.",
      zh: "在基座上训练的 LoRA 不会改动轮次词元所在的行，它们仍未受过训练，因此学不会结束轮次。",
    },
    fix: {
      en: "Train embedding and head too (modules_to_save), or use a template of plain words, or start from the instruct model.",
      zh: "请同时训练嵌入与输出层（modules_to_save），或使用纯文字的模板，或从指令模型开始。",
    },
    look: untrained,
  },
  {
    id: "new-tokens-not-trained",
    decidedBy: "files",
    from: [["training config"], ["model"]],
    cause: {
      en: "Tokens were added, but the adapter does not train their rows.",
      zh: "新增了词元，但适配器没有训练它们所在的行。",
    },
    fix: {
      en: "Train embed_tokens and lm_head whole (modules_to_save, additional_target), with new rows set to the mean.",
      zh: "请完整训练 embed_tokens 与 lm_head（modules_to_save、additional_target），新行以均值初始化。",
    },
    replaces: ["untrained-control-tokens"],
    look({ model, tuning }) {
      if (tuning?.isLora === true && tuning.addedTokens.length > 0 && !trainsRows(tuning)) {
        const added = tuning.addedTokens.map((token) => printable(token)).join(" ");
        return sighting(
          "certain",
          seen(tuning.source, "tokens", `It adds ${added}.`, `它新增了 ${added}。`),
          seen(
            tuning.source,
            "modules_to_save",
            "Neither embedding nor head is in it.",
            "其中没有嵌入层或输出层。",
          ),
        );
      }
      const lora = model?.files.lora;
      if (model === undefined || lora === undefined || rowsTrained(lora)) return undefined;
      const own = model.files.addedBeyondParent;
      if (own.length === 0) return undefined;
      return sighting(
        "certain",
        seen(
          "added_tokens.json",
          undefined,
          `It adds ${own
            .slice(0, 4)
            .map((token) => printable(token))
            .join(" ")}.`,
          `它新增了 ${own
            .slice(0, 4)
            .map((token) => printable(token))
            .join(" ")}。`,
        ),
        seen(
          "adapter_config.json",
          "modules_to_save",
          "Neither embedding nor head is in it.",
          "其中没有嵌入层或输出层。",
        ),
      );
    },
  },
  {
    id: "tied-weights-collapse",
    decidedBy: "files",
    from: [["model"]],
    cause: {
      en: "The config says that the head is the embedding, but a trained head is stored: loading overwrites it.",
      zh: "配置声明输出层与嵌入共享，但存有训练过的输出层：加载时它会被覆盖。",
    },
    fix: {
      en: "Set tie_word_embeddings to false, or train with tied weights.",
      zh: "请将 tie_word_embeddings 设为 false，或在共享权重下训练。",
    },
    look({ model }) {
      const weights = model?.files.weights;
      if (model === undefined || weights?.tied !== true || weights.hasHead !== true) return undefined;
      if (weights.headEqualsEmbedding === true) return undefined;
      return sighting(
        weights.headEqualsEmbedding === false ? "certain" : "likely",
        seen("config.json", "tie_word_embeddings", "It is true.", "其值为 true。"),
        seen(
          model.reference,
          "lm_head.weight",
          weights.headEqualsEmbedding === false
            ? "It is stored, and differs from the embedding."
            : "It is stored all the same.",
          weights.headEqualsEmbedding === false ? "它被存储，且与嵌入不同。" : "它仍被单独存储。",
        ),
      );
    },
  },
  {
    id: "adapter-on-wrong-parent",
    decidedBy: "files",
    from: [["model", "parent"]],
    cause: {
      en: "The adapter was trained on another model than the one it is put on; the shapes agree, so nothing complains.",
      zh: "适配器并非在当前所用的模型上训练；形状一致，因此不会报错。",
    },
    fix: {
      en: "Put it on the model that its adapter_config.json names.",
      zh: "请把它用在 adapter_config.json 所写的模型上。",
    },
    look({ model, parent }) {
      const named = model?.facts.adapter?.parent;
      if (named === undefined || parent === undefined) return undefined;
      const names = parent.facts.names.map(({ name }) => plainName(name).toLowerCase());
      const wanted = plainName(named).toLowerCase();
      if (names.length === 0 || names.includes(wanted)) return undefined;
      const trained = seen(
        "adapter_config.json",
        "base_model_name_or_path",
        `It was trained on ${printable(named)}.`,
        `它在 ${printable(named)} 上训练。`,
      );
      // Folders may be called anything; that the stages differ is more than a name.
      const stage = stageOfName(named);
      const differs = stage !== undefined && parent.verdict.stage !== null && !areAlike(stage, parent);
      return sighting(
        differs ? "likely" : "suspicion",
        trained,
        stageSeen(parent),
        seen(
          parent.reference,
          "name",
          `This is ${printable(names[0] ?? "")}.`,
          `而这是 ${printable(names[0] ?? "")}。`,
        ),
      );
    },
  },
  {
    id: "merge-vocab-mismatch",
    decidedBy: "files",
    from: [["model"], ["output"]],
    cause: {
      en: "The tokenizer knows more tokens than the embedding has rows.",
      zh: "分词器的词元多于嵌入的行数。",
    },
    fix: {
      en: "Resize before merging; take tokenizer and weights from the same run.",
      zh: "请在合并前调整大小；分词器与权重应来自同一次训练。",
    },
    look({ model, reply }) {
      const error = failsWith(
        reply,
        /size mismatch for [^\n]{0,60}(embed_tokens|lm_head|wte|word_embeddings)[^\n]{0,60}/,
      );
      if (error !== undefined) return sighting("certain", error);
      const rows = model?.files.weights.embeddingRows;
      const size = model?.files.tokenizer?.size;
      if (model === undefined || rows === undefined || size === undefined || size <= rows) return undefined;
      return sighting(
        "certain",
        seen(
          fileOf(model, "config.json"),
          "vocab_size",
          `The embedding has ${rows} rows.`,
          `嵌入有 ${rows} 行。`,
        ),
        seen(
          fileOf(model, "tokenizer_config.json"),
          "added_tokens_decoder",
          `The tokenizer knows ${size} tokens.`,
          `分词器有 ${size} 个词元。`,
        ),
      );
    },
  },
];

/** Whether a config trains the rows of tokens: embedding and head whole, by LoRA, or single rows. */
function trainsRows({ saved, targets, trainsTokens }: Tuning): boolean {
  return (
    trainsTokens ||
    [...saved, ...targets].some((name) => /embed_tokens|lm_head|wte|word_embeddings|^all$/.test(name))
  );
}

function rowsTrained({
  saved,
  targets,
  trainsTokens,
}: {
  readonly saved: readonly string[];
  readonly targets: readonly string[];
  readonly trainsTokens: boolean;
}): boolean {
  return (
    trainsTokens ||
    [...saved, ...targets].some((name) => /embed_tokens|lm_head|wte|word_embeddings/.test(name))
  );
}

function untrained({ model, parent, tuning }: Patient): Sighting | undefined {
  if (tuning?.isLora === true && tuning.kind !== "pretrain" && !trainsRows(tuning)) {
    const name = tuning.model;
    const fromBase =
      isAt(model, "base") || (model === undefined && name !== undefined && stageOfName(name) === "base");
    const mark =
      tuning.template === undefined ? templateMarks(model)[0] : markOfTemplate(tuning.template.name)?.mark;
    const rows = turnRows(model);
    if (!fromBase || mark === undefined || rows?.trained === true) return undefined;
    return sighting(
      rows === undefined ? "likely" : "certain",
      ...(rows === undefined ? [] : [rows.seen]),
      model === undefined
        ? seen(
            tuning.source,
            "model",
            `${printable(name ?? "")} is a base model by its name.`,
            `按名称 ${printable(name ?? "")} 是基座模型。`,
          )
        : stageSeen(model),
      seen(
        tuning.source,
        tuning.template?.field ?? "template",
        `Turns are marked with ${mark}.`,
        `轮次用 ${mark} 标记。`,
      ),
      seen(
        tuning.source,
        "modules_to_save",
        "The adapter trains neither embedding nor head.",
        "适配器既不训练嵌入也不训练输出层。",
      ),
    );
  }
  const lora = model?.files.lora;
  if (model === undefined || lora === undefined || rowsTrained(lora)) return undefined;
  const named = model.facts.adapter?.parent;
  const fromBase =
    isAt(parent, "base") || (parent === undefined && named !== undefined && stageOfName(named) === "base");
  const mark = templateMarks(model)[0] ?? templateMarks(parent)[0];
  const rows = turnRows(parent);
  if (!fromBase || mark === undefined || rows?.trained === true) return undefined;
  return sighting(
    rows === undefined ? "likely" : "certain",
    ...(rows === undefined ? [] : [rows.seen]),
    seen(
      "adapter_config.json",
      "base_model_name_or_path",
      `It sits on ${printable(named ?? "")}, a base model.`,
      `它基于基座模型 ${printable(named ?? "")}。`,
    ),
    seen(
      "adapter_config.json",
      "modules_to_save",
      "It holds neither embedding nor head.",
      "其中没有嵌入层或输出层。",
    ),
    seen(model.reference, "chat_template", `Turns are marked with ${mark}.`, `轮次用 ${mark} 标记。`),
  );
}

/** Whether a stage that a name stands for is the model's: base, or any of those that chat. */
function areAlike(stage: Stage, study: Study): boolean {
  return stage === study.verdict.stage || (stage !== "base" && chats(study));
}
