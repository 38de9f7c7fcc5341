import { printable } from "../../printable.ts";
import { plainName } from "../families.ts";
import { textOf } from "../rendered.ts";
import {
  chats,
  failsWith,
  fileOf,
  isAt,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  stopsOn,
  templateMarks,
  turnEnd,
} from "./observe.ts";
import type { Patient, Study, Tuning } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";
import { markOfTemplate } from "./template.ts";

/** D. A base is being turned into something else. */
export const TUNING: readonly Symptom[] = [
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
      return sighting(
        "likely",
        trained,
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
  {
    id: "double-bos-in-training",
    decidedBy: "ids",
    from: [["training data"], ["training config", "model"]],
    cause: {
      en: "Training texts begin twice: the template writes the begin token, and the tokenizer adds another.",
      zh: "训练文本有两个起始词元：模板写了一个，分词器又加了一个。",
    },
    fix: {
      en: "Set add_special_tokens to false for texts that a template laid out.",
      zh: "对已按模板排好的文本，请将 add_special_tokens 设为 false。",
    },
    look({ model, tuning, examples }) {
      if (examples !== undefined && examples.doubleBos > 0) {
        const of = `${examples.doubleBos} / ${examples.prepared}`;
        return sighting(
          "certain",
          seen(
            examples.source,
            "input_ids",
            `${of} rows begin with the begin token twice.`,
            `${of} 行以两个起始词元开头。`,
          ),
        );
      }
      const bos = model?.files.tokenizer?.bos?.text;
      if (
        tuning?.tool !== "TRL" ||
        !tuning.isPlainText ||
        bos === undefined ||
        bos === "" ||
        model === undefined
      )
        return undefined;
      if (
        model.files.tokenizer?.addsBos !== true ||
        textOf(model.rendered, "question")?.startsWith(bos) !== true
      )
        return undefined;
      return sighting(
        "suspicion",
        seen(
          fileOf(model, "tokenizer_config.json"),
          "add_bos_token",
          "Template and tokenizer both write a begin token.",
          "模板与分词器都会写起始词元。",
        ),
        seen(
          tuning.source,
          "dataset_text_field",
          "The examples are texts that were laid out before.",
          "样例是事先排好的文本。",
        ),
      );
    },
  },
  {
    id: "trainer-aligns-silently",
    decidedBy: "files",
    from: [["model", "parent"], ["output"]],
    cause: {
      en: "The trainer rewrote special ids to match its tokenizer: the ids changed, the rows of the tokens did not.",
      zh: "训练器按其分词器改写了特殊词元编号：编号变了，词元所在的行并没有变。",
    },
    fix: {
      en: "Decide on the end token first, set it in tokenizer, config and generation config alike, then train.",
      zh: "请先确定结束词元，在分词器、配置与生成配置中统一设置，然后再训练。",
    },
    look({ model, parent, reply }) {
      const error = failsWith(
        reply,
        /tokenizer has new PAD\/BOS\/EOS tokens that differ from the model config[^\n]{0,60}/,
      );
      if (error !== undefined) return sighting("certain", error);
      if (model === undefined || parent === undefined || model.files.lora !== undefined) return undefined;
      if (model.facts.template !== parent.facts.template && model.facts.template !== undefined)
        return undefined;
      const changes = (["config", "generation config"] as const).flatMap((from) => {
        const before = endsOf(parent, from);
        const after = endsOf(model, from);
        if (before === "" || after === "" || before === after) return [];
        return [
          seen(
            from === "config" ? "config.json" : "generation_config.json",
            "eos_token_id",
            `It was ${before} and is ${after}.`,
            `原为 ${before}，现为 ${after}。`,
          ),
        ];
      });
      const bos = parent.files.configBos;
      if (
        bos !== undefined &&
        model.files.configBos === undefined &&
        model.facts.format !== "GGUF" &&
        model.files.hasConfig
      ) {
        changes.push(
          seen("config.json", "bos_token_id", `It was ${bos} and is gone.`, `原为 ${bos}，现已消失。`),
        );
      }
      return changes.length === 0 ? undefined : sighting("certain", ...changes);
    },
  },
  {
    id: "sft-kills-thinking",
    decidedBy: "ids",
    from: [["training data", "model"], ["training data"]],
    cause: {
      en: "Examples without thoughts, with empty ones that are learnt, or a mixture without a switch unteach the model to think.",
      zh: "没有思考、或学习了空思考、或无开关地混合两者的样例，会使模型不再思考。",
    },
    fix: {
      en: "Put the empty block into the prompt, without loss, and keep examples with and without thoughts apart by the switch.",
      zh: "请把空思考块放入提示且不计损失，并用开关区分含思考与不含思考的样例。",
    },
    look({ model, tuning, examples }) {
      if (examples === undefined || tuning?.thinking === false) return undefined;
      const { thoughts, emptyThoughts, noThoughts } = examples;
      const all = thoughts + emptyThoughts + noThoughts;
      const thinks = isAt(model, "thinking", "hybrid");
      if (all === 0 || (!thinks && emptyThoughts === 0)) return undefined;
      if (thoughts === all) return undefined;
      const en = `Of ${all} answers ${thoughts} think, ${emptyThoughts} hold an empty thought and ${noThoughts} none.`;
      const zh = `${all} 个回答中，${thoughts} 个含思考，${emptyThoughts} 个含空思考，${noThoughts} 个不含思考。`;
      const found = seen(examples.source, undefined, en, zh);
      return thinks
        ? sighting(emptyThoughts > 0 || thoughts === 0 ? "certain" : "likely", stageSeen(model), found)
        : sighting("likely", found);
    },
  },
  {
    id: "exported-format-breaks",
    decidedBy: "ids",
    from: [["model", "server"]],
    cause: {
      en: "The model's own files are right, but this server lays out or stops otherwise than they say.",
      zh: "模型自身的文件没有问题，但该服务器的排版或停止方式与之不同。",
    },
    fix: {
      en: "Give the server the model's own template and add the turn end to its stops.",
      zh: "请让服务器使用模型自己的模板，并把轮次结束词元加入其停止词。",
    },
    look: servedOtherwise,
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
    if (!fromBase || mark === undefined) return undefined;
    return sighting(
      "likely",
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
  if (!fromBase || mark === undefined) return undefined;
  return sighting(
    "likely",
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

function endsOf(study: Study, from: "config" | "generation config"): string {
  return study.facts.ends
    .filter((end) => end.from === from)
    .map(({ id, text }) => text ?? id)
    .join(", ");
}

function servedOtherwise({ model, server }: Patient): Sighting | undefined {
  if (server === undefined || !chats(model)) return undefined;
  const end = turnEnd(model);
  const ours = textOf(model.rendered, "conversation");
  const theirs = textOf(server.rendered, "conversation");
  const marksAgree = templateMarks(model).some((mark) => theirs?.includes(mark));
  const found = [
    ours !== undefined && theirs !== undefined && ours.trim() !== theirs.trim() && marksAgree
      ? seen(
          server.url,
          "chat_template",
          "The same conversation comes out otherwise than by the model's own template.",
          "同一段对话的排版与模型自带模板的结果不同。",
        )
      : undefined,
    end !== undefined &&
    server.program === "Ollama" &&
    server.stops?.includes(end) === false &&
    model.facts.format === "GGUF" &&
    stopsOn(model, "llama.cpp", end) === false
      ? seen(server.url, "stop", `It does not stop on ${end}.`, `它不会在 ${end} 处停止。`)
      : undefined,
  ].filter((one) => one !== undefined);
  return found.length === 0 ? undefined : sighting("certain", ...found);
}
