import { printable } from "../../printable.ts";
import { endKind } from "../ends.ts";
import {
  askedIn,
  asSureAsStage,
  chats,
  INFILL,
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

/** A model of one stage is used as one of another. */
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
    replaces: ["template-on-base", "second-stop-missing"],
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
