import { textOf } from "../rendered.ts";
import {
  chats,
  failsWith,
  fileOf,
  isAt,
  seen,
  sighting,
  stageSeen,
  stopsOn,
  templateMarks,
  turnEnd,
  turnRows,
} from "./observe.ts";
import type { Patient, Study } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";

/** Tuning taught something else than was meant, or serving undoes it. */
export const TUNED_BEHAVIOUR: readonly Symptom[] = [
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
      // Rows that were trained after all make new ids right.
      if (turnRows(model)?.trained === true) return undefined;
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
      return changes.length === 0 ? undefined : sighting("likely", ...changes);
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
