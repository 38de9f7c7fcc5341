import { printable } from "../../printable.ts";
import {
  askedIn,
  asSureAsStage,
  chats,
  failsWith,
  INFILL,
  isAt,
  lacksToken,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  turnMarks,
} from "./observe.ts";
import type { Seen, Symptom } from "./symptom.ts";

/** A model is asked for what its kind does not do: filling gaps, chatting, embedding, ranking. */
export const WRONG_TASK: readonly Symptom[] = [
  {
    id: "fim-wrong-stage",
    decidedBy: "files",
    from: [
      ["model", "prompt"],
      ["prompt", "output"],
    ],
    cause: {
      en: "The gap in a text is to be filled by a model that was not trained for it, or lost it in tuning.",
      zh: "用没有受过填充训练（或在微调中丧失该能力）的模型来填充文本空缺。",
    },
    fix: {
      en: "Take the base code model with its own FIM tokens, through the raw completion route.",
      zh: "请使用基座代码模型及其自己的 FIM 词元，并通过原始续写接口。",
    },
    look({ model, prompt, reply }) {
      const token = INFILL.exec(prompt?.text ?? "")?.[0];
      if (prompt === undefined || token === undefined) return undefined;
      const asked = seen(prompt.source, undefined, `It asks with ${token}.`, `它使用了 ${token}。`);
      const lacks = model === undefined ? undefined : lacksToken(model, token);
      if (model !== undefined && lacks !== undefined) {
        return sighting(
          lacks,
          asked,
          seen(model.reference, undefined, `Its vocabulary has no ${token}.`, `其词表中没有 ${token}。`),
        );
      }
      if (
        reply !== undefined &&
        /```|^\s*(Here|Sure|The (code|function|missing)|To complete)/.test(reply.text)
      ) {
        const how = seen(
          reply.source,
          undefined,
          `It explains: "${printable(reply.text, 40)}"`,
          `它在解释：“${printable(reply.text, 40)}”`,
        );
        return sighting("likely", asked, how);
      }
      return chats(model) ? sighting("suspicion", asked, stageSeen(model)) : undefined;
    },
  },
  {
    id: "embedding-in-chat",
    decidedBy: "files",
    from: [["model", "transcript"], ["model", "prompt"], ["output"], ["server", "transcript"]],
    cause: {
      en: "An embedding model is asked to chat or to write.",
      zh: "让嵌入模型去对话或写作。",
    },
    fix: {
      en: "Use it on the embedding route; take an instruct model for chat.",
      zh: "请在嵌入接口上使用它；对话请使用指令模型。",
    },
    look(patient) {
      const { model, conversation, prompt, reply, server } = patient;
      const error = failsWith(reply, /does not support (chat|generate|generation|completion)[^.\n]{0,60}/i);
      if (error !== undefined) return sighting("certain", error);
      const isAsked = conversation !== undefined || turnMarks(prompt?.text).length > 0;
      if (!isAsked) return undefined;
      const asked = askedIn(patient);
      if (isAt(model, "embedding", "reranker"))
        return sighting(asSureAsStage(model), stageSeen(model), ...asked);
      const can = server?.capabilities;
      if (can === undefined || !can.includes("embedding") || can.includes("completion")) return undefined;
      const only = seen(server?.url ?? "", "capabilities", can.join(", "), can.join("、"));
      return sighting("certain", only, ...asked);
    },
  },
  {
    id: "chat-as-embedding",
    decidedBy: "files",
    from: [["output"], ["model", "output"]],
    cause: {
      en: "The hidden states of a model that writes text are used as sentence vectors: no contrastive training, no declared pooling.",
      zh: "把写作模型的隐藏状态当作句向量：它没有经过对比训练，也没有声明池化方式。",
    },
    fix: {
      en: "Take an embedding model; or choose the pooling on purpose and measure.",
      zh: "请使用嵌入模型；或有意选定池化方式并加以测量。",
    },
    look({ model, reply }) {
      const error = failsWith(reply, /Pooling type 'none' is not OAI compatible/i);
      if (error !== undefined) return sighting("certain", error);
      if (reply?.vectors === undefined || !(chats(model) || isAt(model, "base"))) return undefined;
      if (model.facts.pooling !== undefined && model.facts.pooling !== "none") return undefined;
      return sighting(
        "certain",
        stageSeen(model),
        seen(reply.source, "embedding", "It gave vectors all the same.", "它仍然给出了向量。"),
        seen(model.reference, undefined, "No file declares a pooling.", "没有文件声明池化方式。"),
      );
    },
  },
  {
    id: "embedder-not-recognised",
    decidedBy: "files",
    from: [["model"], ["output"]],
    cause: {
      en: "A conversion left the pooling out, so programs take the embedding model for one that writes text.",
      zh: "转换时丢失了池化信息，程序因此把嵌入模型当作写作模型。",
    },
    fix: {
      en: "Convert it again with a current converter, or set <architecture>.pooling_type.",
      zh: "请用新版转换工具重新转换，或设置 <architecture>.pooling_type。",
    },
    look({ model, reply }) {
      const name = model?.facts.names.map((one) => one.name).find((one) => stageOfName(one) === "embedding");
      const error = failsWith(reply, /(model|this model)[^.\n]{0,40} does not support embeddings?/i);
      if (model?.facts.format !== "GGUF" || name === undefined) {
        return error === undefined || chats(model) ? undefined : sighting("suspicion", error);
      }
      const { pooling, architecture } = model.facts;
      if (pooling !== undefined && pooling !== "none") return undefined;
      return sighting(
        error === undefined ? "likely" : "certain",
        seen(model.reference, `${architecture}.pooling_type`, "The key is missing.", "缺少该键。"),
        seen(
          model.reference,
          "name",
          `${printable(name)} is an embedding model's name.`,
          `${printable(name)} 是嵌入模型的名称。`,
        ),
        ...(error === undefined ? [] : [error]),
      );
    },
  },
  {
    id: "reranker-as-llm",
    decidedBy: "files",
    from: [["model"], ["output"]],
    cause: {
      en: "A reranker that answers yes or no was converted as a plain language model, so a rank endpoint reads a meaningless number.",
      zh: "回答 yes/no 的重排模型被当作普通语言模型转换，重排接口读到的数字没有意义。",
    },
    fix: {
      en: "Take a file made by a converter that knows rerankers; or compare the logits of yes and no under the judge prompt.",
      zh: "请使用由支持重排模型的工具转换的文件；或在评判提示下比较 yes 与 no 的 logits。",
    },
    look({ model, reply }) {
      const scores = reply?.scores ?? [];
      const flat =
        scores.length >= 3 &&
        (Math.max(...scores) - Math.min(...scores) < 1e-6 || scores.every((s) => Math.abs(s) < 1e-9));
      const scored: Seen[] =
        reply === undefined || !flat
          ? []
          : [seen(reply.source, "relevance_score", "All scores are the same.", "所有分数都相同。")];
      const name = model?.facts.names.map((one) => one.name).find((one) => stageOfName(one) === "reranker");
      const isBare =
        model?.facts.format === "GGUF" &&
        name !== undefined &&
        !model.facts.hasScoreHead &&
        (!model.facts.hasRerankTemplate || model.facts.pooling !== "rank");
      if (!isBare)
        return flat && (model === undefined || name !== undefined)
          ? sighting("suspicion", ...scored)
          : undefined;
      return sighting(
        flat ? "certain" : "likely",
        seen(model.reference, "cls.output.weight", "There is no such tensor.", "没有这个张量。"),
        seen(
          model.reference,
          "tokenizer.chat_template.rerank",
          model.facts.hasRerankTemplate ? "It is there, the pooling is not." : "The key is missing.",
          model.facts.hasRerankTemplate ? "有模板，但没有池化方式。" : "缺少该键。",
        ),
        ...scored,
      );
    },
  },
];
