import { printable } from "../../printable.ts";
import { fileOf, isAt, seen, sighting, stageOfName, turnMarks } from "./observe.ts";
import type { Study } from "./patient.ts";
import type { Symptom } from "./symptom.ts";

/** G. Embedding models that are used nearly right. */
export const EMBEDDING: readonly Symptom[] = [
  {
    id: "wrong-pooling",
    decidedBy: "files",
    from: [["model"], ["model", "parent"], ["model", "server"]],
    cause: {
      en: "Token vectors are pooled otherwise than in training.",
      zh: "词元向量的池化方式与训练时不同。",
    },
    fix: {
      en: "Take the pooling from the model's own metadata (last token for Qwen3-Embedding).",
      zh: "请采用模型元数据中的池化方式（Qwen3-Embedding 为末词元）。",
    },
    look({ model, parent, server }) {
      const own = model?.facts.pooling;
      if (model === undefined) return undefined;
      if (own !== undefined && server?.pooling !== undefined && server.pooling !== own) {
        return sighting(
          "certain",
          seen(
            server.url,
            "pooling",
            `It pools by ${server.pooling}; the model declares ${own}.`,
            `它用 ${server.pooling} 池化；模型声明为 ${own}。`,
          ),
        );
      }
      const theirs = parent?.facts.pooling;
      if (own !== undefined && theirs !== undefined && own !== theirs) {
        return sighting(
          "certain",
          seen(
            fileOf(model, "1_Pooling/config.json"),
            "pooling",
            `It says ${own}; the parent says ${theirs}.`,
            `其值为 ${own}；父模型为 ${theirs}。`,
          ),
        );
      }
      if (own === undefined || own === "last" || own === "none" || own === "rank" || !isQwenEmbedder(model))
        return undefined;
      return sighting(
        "certain",
        seen(
          fileOf(model, "1_Pooling/config.json"),
          "pooling",
          `It says ${own}; this family was trained with the last token.`,
          `其值为 ${own}；该系列用末词元训练。`,
        ),
      );
    },
  },
  {
    id: "embedding-eos-missing",
    decidedBy: "ids",
    from: [["model"], ["model", "prompt"]],
    cause: {
      en: "The text does not end with the token whose vector the model was trained on.",
      zh: "文本没有以模型训练时所用的末尾词元结束。",
    },
    fix: {
      en: "Convert the model again with a current converter, or append the end of text by hand.",
      zh: "请用新版转换工具重新转换，或手动追加文本结束词元。",
    },
    look({ model, prompt }) {
      if (!isAt(model, "embedding")) return undefined;
      const { tokenizer } = model.files;
      const last = prompt?.ids?.at(-1);
      const wanted = tokenizer?.appended;
      if (prompt !== undefined && last !== undefined && wanted?.id !== undefined && last !== wanted.id) {
        return sighting(
          "certain",
          seen(prompt.source, "ids", `The last token is ${last}.`, `末尾词元是 ${last}。`),
          seen(
            fileOf(model, "tokenizer.json"),
            "post_processor",
            `It appends ${wanted.text} (${wanted.id}).`,
            `它会追加 ${wanted.text}（${wanted.id}）。`,
          ),
        );
      }
      if (model.facts.format !== "GGUF" || !isQwenEmbedder(model) || tokenizer?.addsEos === true)
        return undefined;
      return sighting(
        "certain",
        seen(
          model.reference,
          "tokenizer.ggml.add_eos_token",
          "It is not set, so nothing is appended.",
          "未设置该键，因此不会追加任何词元。",
        ),
      );
    },
  },
  {
    id: "query-instruction-missing",
    decidedBy: "files",
    from: [["model", "prompt"]],
    cause: {
      en: "A query is embedded without the instruction that the model was trained with.",
      zh: "查询在嵌入时缺少模型训练所用的指令。",
    },
    fix: {
      en: "Put the query prompt of config_sentence_transformers.json before queries, and only before queries.",
      zh: "请在查询（且仅在查询）之前加上 config_sentence_transformers.json 中的查询提示。",
    },
    look({ model, prompt }) {
      const prompts = Object.values(model?.files.sentence?.prompts ?? {}).filter((one) => one.trim() !== "");
      const query = model?.files.sentence?.prompts.query ?? "";
      if (!isAt(model, "embedding") || prompt?.text === undefined || query.trim() === "") return undefined;
      if (turnMarks(prompt.text).length > 0) return undefined;
      const text = prompt.text;
      if (
        prompts.some((one) => text.startsWith(one.trim().slice(0, 12))) ||
        /^\s*(Instruct|query|search_query)\s*:/i.test(text)
      )
        return undefined;
      return sighting(
        "likely",
        seen(
          "config_sentence_transformers.json",
          "prompts.query",
          `It is "${printable(query, 80)}".`,
          `其值为“${printable(query, 80)}”。`,
        ),
        seen(
          prompt.source,
          undefined,
          `The text begins with "${printable(text, 30)}".`,
          `该文本以“${printable(text, 30)}”开头。`,
        ),
      );
    },
  },
  {
    id: "post-pooling-layers-skipped",
    decidedBy: "files",
    from: [["model"], ["model", "parent"], ["model", "output"]],
    cause: {
      en: "Layers behind the pooling (dense, normalise) were left out, so vectors cannot be compared with the reference.",
      zh: "池化之后的层（全连接、归一化）被略去，因此向量无法与参考结果比较。",
    },
    fix: {
      en: "Run every module that modules.json lists, in order; convert again with the dense layers.",
      zh: "请依次运行 modules.json 列出的所有模块；重新转换时保留全连接层。",
    },
    look({ model, parent, reply }) {
      if (model === undefined) return undefined;
      const modules = [...model.facts.modules, ...(parent?.facts.modules ?? [])];
      const needsDense = modules.includes("Dense") || model.facts.architecture === "gemma-embedding";
      if (model.facts.format === "GGUF" && needsDense && model.files.weights.hasDense === false) {
        return sighting(
          "certain",
          seen(model.reference, "dense_2.weight", "There is no such tensor.", "没有这个张量。"),
          seen(
            parent?.reference ?? model.reference,
            "modules.json",
            "Dense layers follow the pooling.",
            "池化之后有全连接层。",
          ),
        );
      }
      const [vector] = reply?.vectors ?? [];
      if (reply === undefined || vector === undefined || !modules.includes("Normalize")) return undefined;
      const norm = Math.hypot(...vector);
      if (Math.abs(norm - 1) < 0.02) return undefined;
      return sighting(
        "certain",
        seen("modules.json", "type", "It ends with Normalize.", "它以 Normalize 结尾。"),
        seen(
          reply.source,
          "embedding",
          `The first vector has the length ${norm.toFixed(3)}.`,
          `首个向量的长度为 ${norm.toFixed(3)}。`,
        ),
      );
    },
  },
];

function isQwenEmbedder(model: Study): boolean {
  return model.facts.names.some(
    ({ name }) => /qwen3.*embed/i.test(name) && stageOfName(name) === "embedding",
  );
}
