import { printable } from "../../printable.ts";
import { beforeAnswer, MARKS, textOf } from "../rendered.ts";
import { chats, failsWith, fileOf, seen, sighting, templateMarks, turnEnd, turnMarks } from "./observe.ts";
import type { Patient } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";

/** Begin tokens of Llama 1 and 2, Llama 3 and Gemma, for prompts without a model. */
const KNOWN_BOS: readonly number[] = [1, 2, 128000];

const KNOWN_BOS_TEXTS: readonly string[] = ["<s>", "<|begin_of_text|>", "<bos>", "<｜begin▁of▁sentence｜>"];

/** A prompt begins twice, or ends before the answer is opened. */
export const PROMPT_EDGES: readonly Symptom[] = [
  {
    id: "no-generation-prompt",
    decidedBy: "ids",
    from: [["model"], ["model", "prompt"]],
    cause: {
      en: "The prompt ends before the assistant's turn is opened, so the model goes on with the user's turn or writes the header itself.",
      zh: "提示在打开助手轮次之前就结束了，模型因此续写用户的话或自己写出轮次标头。",
    },
    fix: {
      en: "Set add_generation_prompt for generation (and leave it off for training texts).",
      zh: "生成时请设置 add_generation_prompt（训练文本则不要设置）。",
    },
    look: unopened,
  },
  {
    id: "double-bos",
    decidedBy: "ids",
    from: [["prompt"], ["model", "prompt"]],
    cause: {
      en: "The text begins twice: the template writes the begin token, and the tokenizer adds another.",
      zh: "文本有两个起始词元：模板写了一个，分词器又加了一个。",
    },
    fix: {
      en: "Tokenise rendered prompts without special tokens (add_special_tokens=False).",
      zh: "对已渲染的提示分词时不要添加特殊词元（add_special_tokens=False）。",
    },
    look({ model, prompt, server, reply }) {
      const error = failsWith(reply, /prompt also starts with a BOS token[^\n]{0,60}/i);
      if (error !== undefined) return sighting("certain", error);
      if (prompt === undefined) return undefined;
      const bos = model?.files.tokenizer?.bos;
      const [first, second] = prompt.ids ?? [];
      if (
        first !== undefined &&
        first === second &&
        (bos?.id === undefined ? KNOWN_BOS.includes(first) : bos.id === first)
      ) {
        return sighting(
          "certain",
          seen(
            prompt.source,
            "ids",
            `It begins with ${first}, ${second}.`,
            `它以 ${first}、${second} 开头。`,
          ),
        );
      }
      const text = bos?.text ?? server?.bos ?? KNOWN_BOS_TEXTS.find((one) => prompt.text?.startsWith(one));
      if (text === undefined || text === "" || prompt.text?.startsWith(text) !== true) return undefined;
      if (prompt.text.startsWith(text + text)) {
        return sighting(
          "certain",
          seen(prompt.source, undefined, `It begins with ${text}${text}.`, `它以 ${text}${text} 开头。`),
        );
      }
      if (model?.files.tokenizer?.addsBos !== true) return undefined;
      return sighting(
        "suspicion",
        seen(prompt.source, undefined, `It begins with ${text} already.`, `它已经以 ${text} 开头。`),
        seen(
          fileOf(model, "tokenizer_config.json"),
          "add_bos_token",
          "The tokenizer adds one to every text.",
          "分词器会给每段文本再加一个。",
        ),
      );
    },
  },
  {
    id: "phantom-bos",
    decidedBy: "files",
    from: [["model"], ["model", "parent"]],
    cause: {
      en: "The conversion gave a begin token to a family that has none.",
      zh: "转换时给没有起始词元的系列加上了起始词元。",
    },
    fix: {
      en: "Set tokenizer.ggml.add_bos_token to false, or convert it again.",
      zh: "请将 tokenizer.ggml.add_bos_token 设为 false，或重新转换。",
    },
    look({ model, parent }) {
      const tokenizer = model?.files.tokenizer;
      if (model === undefined || tokenizer === undefined) return undefined;
      const field = "tokenizer.ggml.bos_token_id";
      if (tokenizer.hasOrdinaryBos) {
        const id = tokenizer.bos?.id;
        return sighting(
          "certain",
          seen(
            model.reference,
            field,
            `Token ${id} is an ordinary word of the vocabulary.`,
            `词元 ${id} 是词表中的普通词。`,
          ),
        );
      }
      if (model.facts.format === "GGUF" && tokenizer.splitting === "qwen2" && tokenizer.addsBos === true) {
        return sighting(
          "certain",
          seen(
            model.reference,
            "tokenizer.ggml.add_bos_token",
            "It is true, and Qwen's tokenizer has no begin token.",
            "其值为 true，而 Qwen 的分词器没有起始词元。",
          ),
        );
      }
      const before = parent?.files.tokenizer;
      if (
        before === undefined ||
        before.bos !== undefined ||
        tokenizer.bos === undefined ||
        tokenizer.addsBos === false
      )
        return undefined;
      return sighting(
        "certain",
        seen(
          model.reference,
          field,
          `It is ${tokenizer.bos.text}; the parent has none.`,
          `其值为 ${tokenizer.bos.text}；父模型没有。`,
        ),
      );
    },
  },
];

function unopened({ model, prompt, conversation }: Patient): Sighting | undefined {
  if (model === undefined) return undefined;
  const between = beforeAnswer(model.rendered);
  const question = textOf(model.rendered, "question");
  const bare = textOf(model.rendered, "unopened");
  if (between === undefined || question === undefined || bare === undefined) return undefined;
  const file = fileOf(model, model.files.templates[0]?.file ?? "");
  const opening = question.startsWith(bare) ? question.slice(bare.length).trim() : "";
  const end = bare.slice(bare.lastIndexOf(MARKS.question) + MARKS.question.length).trim();
  // What stands between a question and its answer beyond the question's end is the header that must be opened.
  const header = between.trim().startsWith(end) ? between.trim().slice(end.length).trim() : "";
  if (chats(model) && opening === "" && header !== "" && !/^<\/?think>/.test(header)) {
    return sighting(
      "likely",
      seen(
        file,
        "chat_template",
        `It writes the same with and without add_generation_prompt; "${printable(header)}" is missing.`,
        `设置 add_generation_prompt 与否输出相同；缺少“${printable(header)}”。`,
      ),
    );
  }
  if (prompt?.text === undefined || opening === "" || end === "") return undefined;
  const text = prompt.text.trim();
  const hasTurns = turnMarks(text).some((mark) => templateMarks(model).includes(mark));
  const last = conversation?.turns.at(-1)?.role;
  if (!hasTurns || !text.endsWith(end) || last === "assistant" || turnEnd(model) === undefined)
    return undefined;
  return sighting(
    "certain",
    seen(
      prompt.source,
      undefined,
      `It ends with ${printable(end)}, and not with "${printable(opening)}".`,
      `它以 ${printable(end)} 结尾，而不是“${printable(opening)}”。`,
    ),
  );
}
