import { printable } from "../../printable.ts";
import { endKind } from "../ends.ts";
import {
  asSureAsStage,
  chats,
  failsWith,
  hasToken,
  isAt,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  takesOtherTurns,
  templateMarks,
  turnMarks,
  writingSystems,
} from "./observe.ts";
import type { Patient } from "./patient.ts";
import type { Seen, Sighting, Symptom } from "./symptom.ts";

/** FIM tokens of the code families, by what stands before the gap. */
const INFILL = /<\|fim_prefix\|>|<fim[_-]prefix>|<｜fim▁begin｜>|<PRE>|<\|code_prefix\|>/;

/** A. The stage is wrong for the use. */
export const WRONG_STAGE: readonly Symptom[] = [
  {
    id: "base-in-chat",
    decidedBy: "run",
    from: [["model", "transcript"], ["model", "prompt"], ["model", "output"], ["output"]],
    cause: {
      en: "A base model is given chat turns, which its training never showed it.",
      zh: "把对话轮次交给了基座模型，而它的训练中从未出现过对话轮次。",
    },
    fix: {
      en: "Use the instruct sibling; or complete text with a few examples instead of chatting; or tune it first.",
      zh: "请改用对应的指令模型；或不要对话，而用少量示例做文本续写；或先微调它。",
    },
    replaces: ["template-on-base"],
    look: baseInChat,
  },
  {
    id: "base-mislabelled-as-chat",
    decidedBy: "run",
    from: [["model"]],
    cause: {
      en: "A name, tag or card calls the model a chat model, but everything else says base.",
      zh: "名称、标签或卡片称它为对话模型，但其他一切都表明它是基座模型。",
    },
    fix: {
      en: "Go by the evidence, not by the label; take the instruct sibling for chat.",
      zh: "请以证据而非标签为准；对话请使用对应的指令模型。",
    },
    look: mislabelled,
  },
  {
    id: "instruct-as-base",
    decidedBy: "files",
    from: [["model", "training config"]],
    cause: {
      en: "A tuned model was taken for a base: its plain name stands for the chat model in this family.",
      zh: "把已微调的模型当成了基座：在该系列中，不带后缀的名称指的是对话模型。",
    },
    fix: { en: "Start from the base sibling.", zh: "请从对应的基座模型开始。" },
    look({ model, tuning }) {
      if (tuning?.kind !== "pretrain" || !chats(model)) return undefined;
      const found = sighting(
        asSureAsStage(model),
        stageSeen(model),
        seen(tuning.source, "stage", "The job is continued pretraining.", "该任务是继续预训练。"),
      );
      return model.counterpart === null
        ? found
        : {
            ...found,
            fix: { en: `Start from ${model.counterpart}.`, zh: `请从 ${model.counterpart} 开始。` },
          };
    },
  },
  {
    id: "instruct-without-template",
    decidedBy: "ids",
    from: [["model", "prompt"]],
    cause: {
      en: "A model that answers in turns is given raw text, without the turns of its template.",
      zh: "把没有模板轮次的原始文本交给了按轮次回答的模型。",
    },
    fix: {
      en: "Send messages, not a string; an evaluation harness needs its switch for the chat template.",
      zh: "请发送消息而不是字符串；评测工具需要打开使用对话模板的开关。",
    },
    look({ model, prompt }) {
      if (!chats(model) || prompt === undefined) return undefined;
      const marks = templateMarks(model);
      if (marks.length === 0) return undefined;
      const ids = model.facts.specialTokens?.filter(({ text }) => text !== undefined && marks.includes(text));
      const has =
        prompt.text === undefined
          ? prompt.ids?.some((id) => ids?.some((token) => token.id === id))
          : marks.some((mark) => prompt.text?.includes(mark));
      if (has || INFILL.test(prompt.text ?? "")) return undefined;
      const shown = marks.slice(0, 3).join(" ");
      return sighting(
        "certain",
        stageSeen(model),
        seen(prompt.source, undefined, `It holds none of ${shown}.`, `其中没有 ${shown}。`),
      );
    },
  },
  {
    id: "template-hurts-eval",
    decidedBy: "ids",
    from: [["prompt", "output"]],
    cause: {
      en: "A multiple-choice task graded by its first token is asked through the chat template, which moves that token.",
      zh: "按首个词元评分的选择题经由对话模板提出，而模板使该词元的位置改变。",
    },
    fix: {
      en: "Grade base and instruct each in its own format, and report which; for this task leave the template off.",
      zh: "请让基座与指令模型各用自己的格式评测并注明；此任务请不要使用模板。",
    },
    look({ prompt, reply }) {
      const asks = /(^|\n)\s*\(?A[).:][\s\S]*\n\s*\(?B[).:][\s\S]*Answer\s*:/i;
      if (prompt?.text === undefined || reply === undefined) return undefined;
      // The question stands at the end; few-shot examples before it do not matter.
      if (!asks.test(prompt.text.slice(-4000)) || turnMarks(prompt.text).length === 0) return undefined;
      if (/^\s*\(?[A-E]\b/.test(reply.text) || !/\b[A-E]\b/.test(reply.text.slice(3))) return undefined;
      return sighting(
        "likely",
        seen(
          prompt.source,
          undefined,
          "It is a list of choices inside chat turns.",
          "它是放在对话轮次中的选择题。",
        ),
        seen(
          reply.source,
          undefined,
          `It begins with "${printable(reply.text, 24)}", not with the letter.`,
          `它以“${printable(reply.text, 24)}”开头，而不是选项字母。`,
        ),
      );
    },
  },
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
      if (model !== undefined && hasToken(model, token) === false) {
        return sighting(
          "certain",
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

function baseInChat(patient: Patient): Sighting | undefined {
  const { model, conversation, prompt, reply } = patient;
  const signs = saladIn(patient);
  if (model === undefined) {
    // Without the model, nonsense alone is a hint.
    const isNonsense = reply !== undefined && writingSystems(reply.text) >= 4;
    return isNonsense ? sighting("suspicion", ...signs) : undefined;
  }
  if (!isAt(model, "base")) return undefined;
  const isChat = conversation !== undefined || turnMarks(prompt?.text).length > 0;
  if (!isChat && signs.length === 0) return undefined;
  const { counterpart } = model;
  const found = sighting(asSureAsStage(model), stageSeen(model), ...askedIn(patient), ...signs);
  return counterpart === null
    ? found
    : {
        ...found,
        fix: {
          en: `Chat with ${counterpart}; this one is for completing text: basewise complete ${model.reference}`,
          zh: `请与 ${counterpart} 对话；这个模型用于续写：basewise complete ${model.reference}`,
        },
      };
}

function saladIn({ reply }: Patient): Seen[] {
  if (reply === undefined) return [];
  const signs: Seen[] = [];
  const systems = writingSystems(reply.text);
  if (systems >= 4) {
    const en = `It mixes ${systems} writing systems: "${printable(reply.text, 60)}"`;
    signs.push(
      seen(reply.source, undefined, en, `它混杂了 ${systems} 种文字：“${printable(reply.text, 60)}”`),
    );
  }
  if (takesOtherTurns(reply.text)) {
    signs.push(seen(reply.source, undefined, "It goes on with turns of the user.", "它继续替用户写了轮次。"));
  }
  return signs;
}

/** Where the chat is that was asked for. */
function askedIn({ conversation, prompt }: Patient): Seen[] {
  if (conversation !== undefined) {
    const turns = conversation.turns.length;
    return [
      seen(
        conversation.source,
        "messages",
        `It is a conversation of ${turns} turns.`,
        `它是一段 ${turns} 轮的对话。`,
      ),
    ];
  }
  const [mark] = turnMarks(prompt?.text);
  if (prompt === undefined || mark === undefined) return [];
  return [seen(prompt.source, undefined, `It marks turns with ${mark}.`, `它用 ${mark} 标记轮次。`)];
}

function mislabelled({ model }: Patient): Sighting | undefined {
  if (!isAt(model, "base")) return undefined;
  // Only what contradicts the label counts: behaviour, weights, or that it stops on the end of a text alone.
  const ends = model.facts.ends.filter(({ from }) => from === "generation config" || from === "GGUF");
  const stopsAsBase = ends.length > 0 && ends.every(({ text }) => endKind(text) === "end of text");
  if (model.verdict.status !== "verified" && !stopsAsBase) return undefined;
  const tag = (model.facts.card?.tags ?? []).find((one) => /^(conversational|chat|instruct)$/i.test(one));
  const name = model.facts.names.map((one) => one.name).find((one) => stageOfName(one) === "instruct");
  const label =
    name === undefined
      ? tag === undefined
        ? undefined
        : seen(
            model.reference,
            "tags",
            `It is tagged "${printable(tag)}".`,
            `它带有标签“${printable(tag)}”。`,
          )
      : seen(model.reference, "name", `It is called ${printable(name)}.`, `它名为 ${printable(name)}。`);
  if (label === undefined) return undefined;
  return sighting(model.verdict.status === "verified" ? "certain" : "suspicion", label, stageSeen(model));
}
