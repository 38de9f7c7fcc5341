import { printable } from "../../printable.ts";
import { textOf } from "../rendered.ts";
import { fileOf, lacksToken, seen, sighting, templateMarks, turnMarks } from "./observe.ts";
import type { Patient } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";

/** Marks that only ever were control tokens; others, such as [INST], are ordinary text in some families. */
const ALWAYS_CONTROL: readonly string[] = [
  "<|im_start|>",
  "<|im_end|>",
  "<|start_header_id|>",
  "<|eot_id|>",
  "<start_of_turn>",
  "<end_of_turn>",
];

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

/** Turns are laid out by another template than the model was trained with. */
export const WRONG_TEMPLATE: readonly Symptom[] = [
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
      return trainedOtherwise(patient) ?? sentOtherwise(patient);
    },
  },
];

/** The template writes marks that the vocabulary lacks. */
function foreignMarks({ model }: Patient): Sighting | undefined {
  if (model === undefined) return undefined;
  const missing = templateMarks(model).filter(
    (mark) => ALWAYS_CONTROL.includes(mark) && lacksToken(model, mark) !== undefined,
  );
  if (missing.length === 0) return undefined;
  const shown = missing.join(" ");
  const isCertain = missing.every((mark) => lacksToken(model, mark) === "certain");
  return sighting(
    isCertain ? "certain" : "likely",
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

function sentOtherwise({ model, prompt, conversation }: Patient): Sighting | undefined {
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
