import { printable } from "../../printable.ts";
import { textOf } from "../rendered.ts";
import { chats, fileOf, isAt, seen, sighting, stageSeen, thoughtsIn } from "./observe.ts";
import type { Patient } from "./patient.ts";
import type { Seen, Sighting, Symptom } from "./symptom.ts";

/** E. The model thinks, or should not. */
export const THINKING: readonly Symptom[] = [
  {
    id: "think-off-but-tags",
    decidedBy: "ids",
    from: [["transcript"], ["output"]],
    cause: {
      en: "Thinking was switched off softly, so the model writes an empty thought.",
      zh: "思考只是被软关闭，因此模型写出了空的思考块。",
    },
    fix: {
      en: "Use the hard switch (enable_thinking=false in the template's arguments), or strip an empty block.",
      zh: "请使用硬开关（模板参数 enable_thinking=false），或去掉空的思考块。",
    },
    look({ reply, conversation }) {
      if (reply === undefined || thoughtsIn(reply.text) !== "empty") return undefined;
      const empty = seen(reply.source, undefined, "It begins with an empty thought.", "它以空的思考块开头。");
      const soft = conversation?.turns.some(({ content }) => /\/no_think\b/.test(content));
      if (soft !== true) return sighting("likely", empty);
      return sighting(
        "certain",
        empty,
        seen(conversation?.source ?? "", "messages", "A message says /no_think.", "有消息写着 /no_think。"),
      );
    },
  },
  {
    id: "content-null",
    decidedBy: "run",
    from: [["output"], ["transcript"], ["server"]],
    cause: {
      en: "The whole answer went into the field of the thoughts: the server's reasoning parser does not fit.",
      zh: "整个回答都进入了思考字段：服务器的推理解析器不匹配。",
    },
    fix: {
      en: "Use the family's reasoning parser (qwen3 for Qwen3), or none when thinking is off.",
      zh: "请使用该系列的推理解析器（Qwen3 用 qwen3），关闭思考时则不使用。",
    },
    look({ reply, server }) {
      const one = [reply, server?.hello].find(
        (answer) =>
          answer !== undefined &&
          answer.text.trim() === "" &&
          (answer.thoughts ?? "").trim() !== "" &&
          answer.finish !== "length",
      );
      if (one === undefined) return undefined;
      return sighting(
        one.finish === "stop" ? "certain" : "likely",
        seen(one.source, "content", "There is no content.", "没有内容。"),
        seen(
          one.source,
          "reasoning_content",
          `It holds "${printable(one.thoughts ?? "", 60)}".`,
          `其中为“${printable(one.thoughts ?? "", 60)}”。`,
        ),
      );
    },
  },
  {
    id: "think-open-tag-in-prompt",
    decidedBy: "ids",
    from: [["output"], ["model", "output"], ["prompt", "output"]],
    cause: {
      en: "The template opens the thought itself, so only the closing tag comes back and thoughts pass for the answer.",
      zh: "模板自己打开了思考标签，因此只返回了结束标签，思考被当作回答。",
    },
    fix: {
      en: "Take the opener in the prompt as a part of the reply, as the reasoning parser of the family does.",
      zh: "请把提示中的开始标签视为回复的一部分，该系列的推理解析器就是这样做的。",
    },
    look({ model, reply, prompt }) {
      if (reply === undefined || thoughtsIn(reply.text) !== "unopened") return undefined;
      const lone = seen(
        reply.source,
        undefined,
        "It holds </think> without <think>.",
        "其中有 </think> 而没有 <think>。",
      );
      const sent = prompt?.text ?? textOf(model?.rendered, "question");
      if (sent?.trimEnd().endsWith("<think>") !== true) return sighting("likely", lone);
      const where =
        prompt?.source ?? (model === undefined ? "" : fileOf(model, model.files.templates[0]?.file ?? ""));
      return sighting(
        "certain",
        lone,
        seen(
          where,
          prompt === undefined ? "chat_template" : undefined,
          "The prompt ends with <think>.",
          "提示以 <think> 结尾。",
        ),
      );
    },
  },
  {
    id: "eos-inside-think",
    decidedBy: "ids",
    from: [["output"], ["transcript"]],
    cause: {
      en: "The model ended inside its thought, so there is no answer, though room was left.",
      zh: "模型在思考中途结束，因此没有回答，尽管还有余量。",
    },
    fix: {
      en: "Ask again, or close the thought for it (</think>) and go on.",
      zh: "请重试，或替它结束思考（</think>）后继续。",
    },
    look: (patient) => unanswered(patient, "stop"),
  },
  {
    id: "budget-cut-in-think",
    decidedBy: "ids",
    from: [["output"], ["transcript"]],
    cause: {
      en: "The limit of tokens was reached inside the thought; the model is not at fault.",
      zh: "在思考过程中达到了词元上限；这不是模型的问题。",
    },
    fix: {
      en: "Raise the limit of tokens, or cap the thinking.",
      zh: "请提高词元上限，或限制思考长度。",
    },
    look: (patient) => unanswered(patient, "length"),
  },
  {
    id: "wrong-think-tags-for-stage",
    decidedBy: "run",
    from: [
      ["model", "transcript"],
      ["model", "training config"],
    ],
    cause: {
      en: "The thinking switch of a hybrid model is used on a sibling that has none.",
      zh: "把混合模型的思考开关用在了没有该开关的同系列模型上。",
    },
    fix: {
      en: "Leave the switch out, or take the hybrid model.",
      zh: "请去掉该开关，或使用混合模型。",
    },
    look: wrongSwitch,
  },
];

/** A thought that was never closed, and no answer after it. */
function unanswered({ reply }: Patient, ended: "stop" | "length"): Sighting | undefined {
  if (reply === undefined) return undefined;
  const isOpen =
    thoughtsIn(reply.text) === "open" ||
    (reply.text.trim() === "" && (reply.thoughts ?? "") !== "" && ended === "length");
  if (!isOpen) return undefined;
  const open = seen(
    reply.source,
    undefined,
    "A thought is opened and never closed.",
    "思考被打开后一直没有结束。",
  );
  if (reply.finish === ended) {
    return sighting(
      "certain",
      open,
      seen(reply.source, "finish_reason", `It is ${ended}.`, `其值为 ${ended}。`),
    );
  }
  // Where nobody says how it ended, a cut is by far the commoner cause.
  return reply.finish === undefined && ended === "length" ? sighting("suspicion", open) : undefined;
}

function wrongSwitch({ model, conversation, tuning }: Patient): Sighting | undefined {
  const on = textOf(model?.rendered, "question");
  const off = textOf(model?.rendered, "thoughtless");
  if (!chats(model) || on === undefined || off === undefined) return undefined;
  const file = fileOf(model, model.files.templates[0]?.file ?? "");
  const hasSwitch = on !== off || /enable_thinking|\bthinking\b/.test(model.facts.template ?? "");
  const noEffect = seen(
    file,
    "chat_template",
    "It writes the same with thinking on and off.",
    "开启与关闭思考时输出相同。",
  );
  const soft = conversation?.turns.find(
    ({ role, content }) => role !== "assistant" && /\/(no_)?think\b/.test(content),
  );
  const used: Seen | undefined =
    conversation?.thinking !== undefined
      ? seen(
          conversation.source,
          "enable_thinking",
          `It is set to ${conversation.thinking}.`,
          `其值为 ${conversation.thinking}。`,
        )
      : soft === undefined || conversation === undefined
        ? undefined
        : seen(
            conversation.source,
            "messages",
            "A message says /think or /no_think.",
            "有消息写着 /think 或 /no_think。",
          );
  if (used !== undefined && !hasSwitch) return sighting("likely", stageSeen(model), used, noEffect);
  const name = tuning?.template?.name;
  if (tuning === undefined || name === undefined) return undefined;
  const isMisfit =
    (name === "qwen3" && isAt(model, "instruct")) ||
    (name === "qwen3_nothink" && isAt(model, "hybrid", "thinking"));
  if (!isMisfit) return undefined;
  return sighting(
    "likely",
    stageSeen(model),
    seen(tuning.source, tuning.template?.field ?? "template", `It is ${name}.`, `其值为 ${name}。`),
  );
}
