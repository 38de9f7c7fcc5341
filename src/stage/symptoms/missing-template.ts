import { printable } from "../../printable.ts";
import {
  asSureAsStage,
  chats,
  failsWith,
  fileOf,
  isAt,
  parentsOf,
  seen,
  sighting,
  stageOfName,
  stageSeen,
} from "./observe.ts";
import type { Symptom } from "./symptom.ts";

/** The template is there for nothing, missing, or got lost. */
export const MISSING_TEMPLATE: readonly Symptom[] = [
  {
    id: "template-on-base",
    decidedBy: "run",
    from: [["model"]],
    cause: {
      en: "A base model ships a chat template, so every tool offers a chat that cannot work.",
      zh: "基座模型带有对话模板，于是各种工具都提供了无法正常工作的对话功能。",
    },
    fix: {
      en: "Do not chat with it; keep the template for tuning only.",
      zh: "请不要与它对话；模板只用于微调。",
    },
    look({ model }) {
      if (!isAt(model, "base") || model.facts.template === undefined) return undefined;
      const file = model.files.templates[0]?.file ?? "chat_template";
      return sighting(
        asSureAsStage(model),
        stageSeen(model),
        seen(fileOf(model, file), "chat_template", "There is a chat template.", "存在对话模板。"),
      );
    },
  },
  {
    id: "no-template",
    decidedBy: "files",
    from: [["model"], ["output"]],
    cause: { en: "There is no chat template anywhere.", zh: "任何地方都没有对话模板。" },
    fix: {
      en: "For a chat model, restore the template from the source repository; with a base model, do not chat.",
      zh: "对话模型请从源仓库恢复模板；基座模型请不要用于对话。",
    },
    look({ model, reply }) {
      const error = failsWith(
        reply,
        /default chat template is no longer allowed[^\n]{0,60}|chat_template is not set[^\n]{0,60}|does not have a chat template[^\n]{0,40}/i,
      );
      const isMissing =
        chats(model) && model.facts.template === undefined && model.files.tokenizer !== undefined;
      if (!isMissing) return error === undefined ? undefined : sighting("certain", error);
      const file =
        model.facts.format === "GGUF"
          ? "tokenizer.chat_template"
          : "tokenizer_config.json, chat_template.jinja, chat_template.json";
      const nowhere = seen(model.reference, file, "None of them holds a template.", "其中都没有模板。");
      return sighting("certain", nowhere, stageSeen(model), ...(error === undefined ? [] : [error]));
    },
  },
  {
    id: "template-lost-in-pipeline",
    decidedBy: "files",
    from: [["model"], ["model", "parent"]],
    cause: {
      en: "The template got lost or changed on the way from the parent: a save, merge or export left it out of a place that readers look in.",
      zh: "模板在从父模型传来的途中丢失或被改动：保存、合并或导出时漏掉了读取程序会查找的位置。",
    },
    fix: {
      en: "Copy the parent's template into both chat_template.jinja and tokenizer_config.json.",
      zh: "请把父模型的模板同时复制到 chat_template.jinja 与 tokenizer_config.json。",
    },
    replaces: ["no-template"],
    look({ model, parent }) {
      if (model === undefined) return undefined;
      const [first] = model.files.templates;
      const [other] = model.differingTemplates;
      if (first !== undefined && other !== undefined) {
        const en = `It lays out conversations otherwise than ${first.file}; programs read one or the other.`;
        const zh = `它的排版结果与 ${first.file} 不同；不同程序会读取不同的一个。`;
        return sighting("certain", seen(other, "chat_template", en, zh));
      }
      if (model.facts.template !== undefined || model.files.tokenizer === undefined) return undefined;
      const missing = seen(model.reference, "chat_template", "There is no template.", "没有模板。");
      if (parent?.facts.template !== undefined) {
        return sighting(
          "certain",
          missing,
          seen(parent.reference, "chat_template", "The parent has one.", "父模型有模板。"),
        );
      }
      const named = parentsOf(model).find((name) => stageOfName(name) === "instruct");
      if (named === undefined) return undefined;
      const shown = printable(named);
      return sighting(
        "likely",
        missing,
        seen(
          model.reference,
          "base_model",
          `It was made from ${shown}, which chats.`,
          `它由可对话的 ${shown} 制成。`,
        ),
      );
    },
  },
  {
    id: "template-empty-import",
    decidedBy: "ids",
    from: [["server"]],
    cause: {
      en: "The server did not recognise the model's template and sends the bare prompt.",
      zh: "服务器没有识别模型的模板，发送的是没有轮次的提示。",
    },
    fix: {
      en: "Set TEMPLATE and PARAMETER stop in the Modelfile, or let the server use the GGUF's own template.",
      zh: "请在 Modelfile 中设置 TEMPLATE 与 PARAMETER stop，或让服务器使用 GGUF 自带的模板。",
    },
    look({ model, server }) {
      if (server?.goTemplate === undefined || !/^\s*\{\{-?\s*\.Prompt\s*-?\}\}\s*$/.test(server.goTemplate))
        return undefined;
      const bare = seen(
        server.url,
        "template",
        "It is {{ .Prompt }}: the bare text.",
        "模板为 {{ .Prompt }}：只有原始文本。",
      );
      const own = server.hasFileTemplate === true || model?.facts.template !== undefined;
      const writes =
        server.capabilities?.includes("embedding") !== true && !isAt(model, "base", "embedding", "reranker");
      if (own && writes) {
        return sighting(
          "certain",
          bare,
          seen(server.model ?? "", "tokenizer.chat_template", "Its file has a template.", "其文件带有模板。"),
        );
      }
      const name = server.model === undefined ? undefined : stageOfName(server.model);
      return name === "instruct" || chats(model) ? sighting("likely", bare) : undefined;
    },
  },
];
