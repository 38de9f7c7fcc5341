import { printable } from "../../printable.ts";
import { beforeAnswer, MARKS, textOf } from "../rendered.ts";
import {
  asSureAsStage,
  chats,
  failsWith,
  fileOf,
  hasToken,
  isAt,
  ownSystemPrompt,
  parentsOf,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  templateMarks,
  turnEnd,
  turnMarks,
} from "./observe.ts";
import type { Patient } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";

/** B. The template is missing, lost, or that of another family. */
export const TEMPLATES: readonly Symptom[] = [
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
  {
    id: "wrong-template",
    decidedBy: "files",
    from: [["model"], ["model", "prompt"], ["model", "server"]],
    cause: {
      en: "The turns are laid out by the template of another family: its markers are no tokens of this model.",
      zh: "轮次按其他系列的模板排列：其标记不是该模型的词元。",
    },
    fix: { en: "Use the model's own template.", zh: "请使用模型自己的模板。" },
    look(patient) {
      return foreignMarks(patient) ?? otherMarks(patient);
    },
  },
  {
    id: "train-serve-template-skew",
    decidedBy: "ids",
    from: [
      ["model", "training config"],
      ["model", "prompt", "transcript"],
    ],
    cause: {
      en: "The model is served with another template than the one it was tuned with.",
      zh: "模型服务时使用的模板与微调时的不同。",
    },
    fix: {
      en: "Write the template of the training into the model's files, and compare both renderings when exporting.",
      zh: "请把训练用的模板写入模型文件，并在导出时比较两者的渲染结果。",
    },
    look(patient) {
      return trainedOtherwise(patient) ?? servedOtherwise(patient);
    },
  },
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

/** Begin tokens of Llama 1 and 2, Llama 3 and Gemma, for prompts without a model. */
const KNOWN_BOS: readonly number[] = [1, 2, 128000];
const KNOWN_BOS_TEXTS: readonly string[] = ["<s>", "<|begin_of_text|>", "<bos>", "<｜begin▁of▁sentence｜>"];

/** Marks that only ever were control tokens; others, such as [INST], are ordinary text in some families. */
const ALWAYS_CONTROL: readonly string[] = [
  "<|im_start|>",
  "<|im_end|>",
  "<|start_header_id|>",
  "<|eot_id|>",
  "<start_of_turn>",
  "<end_of_turn>",
];

/** The template writes marks that the vocabulary lacks. */
function foreignMarks({ model }: Patient): Sighting | undefined {
  if (model === undefined) return undefined;
  const missing = templateMarks(model).filter(
    (mark) => ALWAYS_CONTROL.includes(mark) && hasToken(model, mark) === false,
  );
  if (missing.length === 0) return undefined;
  const shown = missing.join(" ");
  return sighting(
    "certain",
    seen(
      fileOf(model, model.files.templates[0]?.file ?? ""),
      "chat_template",
      `It writes ${shown}.`,
      `它写出 ${shown}。`,
    ),
    seen(model.reference, "vocabulary", "These are no tokens of its vocabulary.", "它们不是其词表中的词元。"),
  );
}

/** A prompt or a server lays turns out with other marks than the model's template does. */
function otherMarks({ model, prompt, server }: Patient): Sighting | undefined {
  const own = templateMarks(model);
  if (model === undefined || own.length === 0) return undefined;
  const used = [
    { source: prompt?.source, marks: turnMarks(prompt?.text) },
    { source: server?.url, marks: turnMarks(textOf(server?.rendered, "conversation") ?? server?.goTemplate) },
  ];
  for (const { source, marks } of used) {
    if (source === undefined || marks.length === 0 || marks.some((mark) => own.includes(mark))) continue;
    return sighting(
      "certain",
      seen(
        source,
        undefined,
        `It marks turns with ${marks.slice(0, 3).join(" ")}.`,
        `它用 ${marks.slice(0, 3).join(" ")} 标记轮次。`,
      ),
      seen(
        fileOf(model, model.files.templates[0]?.file ?? ""),
        "chat_template",
        `The model's own template uses ${own.slice(0, 3).join(" ")}.`,
        `模型自己的模板使用 ${own.slice(0, 3).join(" ")}。`,
      ),
    );
  }
  return undefined;
}

/**
 * The marks of the trainers' templates by name. Source: LLaMA-Factory's `data/template.py` and axolotl's and
 * Unsloth's lists of chat templates. Templates of plain words have none.
 */
const TRAINER_TEMPLATES: readonly { readonly name: RegExp; readonly mark: string | undefined }[] = [
  {
    name: /^(qwen|qwen2|qwen2\.5|qwen-2\.5|qwen_25|qwen3|qwen3_nothink|qwen3_5|chatml|chatml_de|yi|internlm2|smollm2?|marco|hermes)$/i,
    mark: "<|im_start|>",
  },
  { name: /^(llama3|llama-3|llama-3\.[123]|llama3_nosystem)$/i, mark: "<|start_header_id|>" },
  { name: /^(gemma|gemma2|gemma3|gemma-3|gemma_nosystem)$/i, mark: "<start_of_turn>" },
  {
    name: /^(llama2|llama2_zh|mistral|mistral_v1|mistral_v2v3|mistral_v3_tekken|mistral_small)$/i,
    mark: "[INST]",
  },
  { name: /^(default|alpaca|vicuna|fewshot|metharme)$/i, mark: undefined },
];

/** The mark that a trainer's template opens turns with, if the name is known. */
export function markOfTemplate(name: string): { readonly mark: string | undefined } | undefined {
  return TRAINER_TEMPLATES.find((template) => template.name.test(name));
}

function trainedOtherwise({ model, tuning }: Patient): Sighting | undefined {
  const own = templateMarks(model);
  const template = tuning?.template;
  const known = template === undefined ? undefined : markOfTemplate(template.name);
  if (model === undefined || tuning === undefined || template === undefined || known === undefined)
    return undefined;
  if (textOf(model.rendered, "question") === undefined) return undefined;
  const matches = known.mark === undefined ? own.length === 0 : own.includes(known.mark);
  if (matches) return undefined;
  const shown = own[0] ?? "plain words";
  return sighting(
    "certain",
    seen(
      tuning.source,
      template.field,
      `It trains with ${printable(template.name)}: turns open with ${known.mark ?? "plain words"}.`,
      `训练模板为 ${printable(template.name)}：轮次以 ${known.mark ?? "普通文字"} 开头。`,
    ),
    seen(
      fileOf(model, model.files.templates[0]?.file ?? ""),
      "chat_template",
      `The model's own opens them with ${shown}.`,
      `模型自带的模板以 ${own[0] ?? "普通文字"} 开头。`,
    ),
  );
}

function servedOtherwise({ model, prompt, conversation }: Patient): Sighting | undefined {
  const own = model?.conversation;
  if (
    prompt?.text === undefined ||
    own?.status !== "rendered" ||
    conversation === undefined ||
    model === undefined
  )
    return undefined;
  const sent = prompt.text.trim();
  const bos = model.files.tokenizer?.bos?.text ?? "";
  const plain = (text: string): string => text.replaceAll(bos === "" ? "\u0000" : bos, "").trim();
  if (plain(sent) === plain(own.text) || plain(own.text).startsWith(plain(sent))) return undefined;
  // Other marks altogether have their own name.
  if (!turnMarks(sent).some((mark) => templateMarks(model).includes(mark))) return undefined;
  const at = firstDifference(plain(own.text), plain(sent));
  const ours = printable(plain(own.text).slice(at, at + 40));
  const theirs = printable(plain(sent).slice(at, at + 40));
  return sighting(
    "certain",
    seen(
      prompt.source,
      undefined,
      `It says "${theirs}" where the model's template says "${ours}".`,
      `其中为“${theirs}”，而模型的模板写的是“${ours}”。`,
    ),
  );
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

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
