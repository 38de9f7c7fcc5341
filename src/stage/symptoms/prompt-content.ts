import { printable } from "../../printable.ts";
import { MARKS, textOf } from "../rendered.ts";
import { failsWith, fileOf, ownSystemPrompt, seen, sighting } from "./observe.ts";
import type { Symptom } from "./symptom.ts";

/** The template drops, adds or changes what was said, or fails at it. */
export const PROMPT_CONTENT: readonly Symptom[] = [
  {
    id: "system-role",
    decidedBy: "ids",
    from: [["model", "transcript"], ["output"]],
    cause: {
      en: "The template refuses or drops the system message.",
      zh: "模板拒绝或丢弃了系统消息。",
    },
    fix: {
      en: "Put the instructions at the head of the first user turn, where one can see them.",
      zh: "请把指令明确放在第一条用户消息的开头。",
    },
    look({ model, conversation, reply }) {
      const error = failsWith(
        reply,
        /System role not supported|Only user and assistant roles are supported[^\n]{0,20}/i,
      );
      if (error !== undefined) return sighting("certain", error);
      const asked = conversation?.turns.some(({ role, content }) => role === "system" && content !== "");
      const rendering = model?.rendered?.system;
      if (
        asked !== true ||
        model === undefined ||
        rendering === undefined ||
        textOf(model.rendered, "question") === undefined
      )
        return undefined;
      if (rendering.status === "rendered" && rendering.text.includes(MARKS.system)) return undefined;
      const refused = rendering.status === "refused";
      const en = refused
        ? `It refuses one: ${printable(rendering.reason)}`
        : "A system text put in does not come out.";
      const zh = refused
        ? `它拒绝系统消息：${printable(rendering.reason)}`
        : "放入的系统文本没有出现在结果中。";
      return sighting(
        "certain",
        seen(conversation?.source ?? "", "messages", "There is a system message.", "其中有系统消息。"),
        seen(fileOf(model, model.files.templates[0]?.file ?? ""), "chat_template", en, zh),
      );
    },
  },
  {
    id: "default-system-prompt",
    decidedBy: "ids",
    from: [
      ["model", "transcript"],
      ["model", "prompt", "transcript"],
    ],
    cause: {
      en: "The template puts in a system prompt of its own when none is given, and the model answers by it.",
      zh: "未给出系统消息时，模板会加入自带的系统提示，模型据此回答。",
    },
    fix: {
      en: "Give a system message of your own, the same in training and serving.",
      zh: "请给出自己的系统消息，并在训练与服务时保持一致。",
    },
    look({ model, conversation, reply, prompt }) {
      const own = ownSystemPrompt(model);
      if (own === undefined || model === undefined || conversation === undefined) return undefined;
      if (conversation.turns.some(({ role }) => role === "system")) return undefined;
      const names = (own.match(/\p{Lu}[\p{L}\p{N}]+/gu) ?? []).filter(
        (name) => !/^(You|The|A|An|Your)$/.test(name),
      );
      const said = names.filter((name) => reply?.text.includes(name));
      const asked = conversation.turns
        .map(({ content }) => content)
        .slice(0, -1)
        .join("\n");
      const told = seen(
        fileOf(model, model.files.templates[0]?.file ?? ""),
        "chat_template",
        `It adds "${printable(own, 80)}".`,
        `它加入“${printable(own, 80)}”。`,
      );
      if (reply !== undefined && said.length > 0 && !said.some((name) => asked.includes(name))) {
        return sighting(
          "certain",
          told,
          seen(reply.source, undefined, `It speaks of ${said.join(", ")}.`, `回答提到 ${said.join("、")}。`),
        );
      }
      return prompt?.text?.includes(own)
        ? sighting(
            "certain",
            told,
            seen(prompt.source, undefined, "It is in the prompt.", "它出现在提示中。"),
          )
        : undefined;
    },
  },
  {
    id: "tools-path-only",
    decidedBy: "ids",
    from: [["model", "parent"]],
    cause: {
      en: "The template differs from the parent's only when tools are passed.",
      zh: "只有在传入工具时，该模板才与父模型的不同。",
    },
    fix: { en: "Take the parent's template.", zh: "请使用父模型的模板。" },
    look({ model, parent }) {
      const own = model?.rendered;
      const theirs = parent?.rendered;
      if (own === undefined || theirs === undefined || model === undefined) return undefined;
      const same = (["question", "conversation", "answered"] as const).every(
        (one) => textOf(own, one) === textOf(theirs, one),
      );
      if (!same || textOf(own, "tools") === textOf(theirs, "tools")) return undefined;
      return sighting(
        "certain",
        seen(
          fileOf(model, model.files.templates[0]?.file ?? ""),
          "chat_template",
          "Without tools both write the same, with a tool they do not.",
          "不传工具时两者输出相同，传入工具时不同。",
        ),
      );
    },
  },
  {
    id: "template-will-not-render",
    decidedBy: "files",
    from: [["model"], ["model", "transcript"], ["output"]],
    cause: {
      en: "The template cannot be rendered: it was written for another Jinja, refuses this shape of conversation, or does not end.",
      zh: "模板无法渲染：它是为另一种 Jinja 写的，或拒绝这种形式的对话，或不会结束。",
    },
    fix: {
      en: "Take a corrected template, or bring the messages into the order it wants (user and assistant in turns).",
      zh: "请使用修正过的模板，或把消息改成它要求的顺序（用户与助手交替）。",
    },
    look({ model, conversation, reply }) {
      const error = failsWith(
        reply,
        /Error rendering prompt with jinja template[^\n]{0,80}|Unknown (test|filter|statement)[^\n]{0,60}|roles must alternate[^\n]{0,60}/i,
      );
      if (error !== undefined) return sighting("certain", error);
      const fixture = model?.rendered?.question;
      const own = model?.conversation;
      const failed =
        fixture !== undefined && fixture.status !== "rendered"
          ? fixture
          : own?.status !== "rendered"
            ? own
            : undefined;
      if (model === undefined || failed === undefined) return undefined;
      // A system message that is refused has its own name.
      const isSystem =
        conversation?.turns.some(({ role }) => role === "system") &&
        model.rendered?.system.status === "refused";
      if (failed === own && isSystem === true) return undefined;
      const why = failed.status === "refused" ? printable(failed.reason) : `${failed.limit} limit`;
      return sighting(
        "certain",
        seen(
          fileOf(model, model.files.templates[0]?.file ?? ""),
          "chat_template",
          `It fails: ${why}`,
          `渲染失败：${why}`,
        ),
      );
    },
  },
];
