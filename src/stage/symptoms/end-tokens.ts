import { printable } from "../../printable.ts";
import { endKind } from "../ends.ts";
import type { Token } from "../facts.ts";
import { RUNTIMES, stopsBy } from "../stops.ts";
import {
  chats,
  fileOf,
  isAt,
  parentsOf,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  stopsOn,
  turnEnd,
} from "./observe.ts";
import type { Study } from "./patient.ts";
import type { Seen, Symptom } from "./symptom.ts";

/** The end token is wrong in the files, or was never learnt. */
export const END_TOKENS: readonly Symptom[] = [
  {
    id: "eos-disagree",
    decidedBy: "files",
    from: [["model"]],
    cause: {
      en: "The files disagree on the end token, so the model stops in one program and runs on in another.",
      zh: "各文件的结束词元不一致，因此模型在某些程序中会停止，在另一些程序中则停不下来。",
    },
    fix: {
      en: "Write the union of the end tokens into generation_config.json (as a list), config.json and the tokenizer's files.",
      zh: "请把结束词元的并集写入 generation_config.json（列表形式）、config.json 与分词器文件。",
    },
    look({ model }) {
      const end = turnEnd(model);
      if (end === undefined || !chats(model)) return undefined;
      const known = RUNTIMES.map((by) => ({ by, stops: stopsOn(model, by, end) })).filter(
        ({ by, stops }) => stops !== undefined && hasTexts(stopsBy(model.stops, by)),
      );
      const yes = known.filter(({ stops }) => stops).map(({ by }) => by);
      const no = known.filter(({ stops }) => !stops).map(({ by }) => by);
      if (yes.length === 0 || no.length === 0) return undefined;
      const en = `The template ends turns with ${end}: ${yes.join(", ")} would stop on it, ${no.join(", ")} would not.`;
      const zh = `模板用 ${end} 结束一轮：${yes.join("、")} 会在此停止，${no.join("、")} 不会。`;
      // Without a generation_config.json, one may only be missing from this copy.
      const decided =
        stopsBy(model.stops, "generation config") !== undefined || model.facts.format === "GGUF";
      return sighting(
        decided ? "certain" : "likely",
        seen(model.reference, "chat_template", en, zh),
        ...endsSeen(model),
        ...(decided ? [] : [seen("generation_config.json", undefined, "It is missing.", "缺少该文件。")]),
      );
    },
  },
  {
    id: "base-eos-kept-after-sft",
    decidedBy: "files",
    from: [["model"], ["model", "parent"]],
    cause: {
      en: "The model was taught to end its turns, but its files still name the base's end token.",
      zh: "模型学过结束轮次，但其文件仍写着基座的结束词元。",
    },
    fix: {
      en: "Write the turn end into generation_config.json and config.json; until then pass it as a stop.",
      zh: "请把轮次结束词元写入 generation_config.json 与 config.json；在此之前请将其作为停止词传入。",
    },
    look({ model, parent }) {
      const end = turnEnd(model);
      if (end === undefined || !chats(model) || model.facts.format === "GGUF") return undefined;
      const ends = model.facts.ends;
      if (ends.length === 0 || ends.some(({ text }) => text === undefined || text === end)) return undefined;
      const isKept = ends.every(({ text }) => endKind(text) !== "turn end");
      if (!isKept || endKind(end) !== "turn end") return undefined;
      const isFromBase =
        parent?.verdict.stage === "base" || parentsOf(model).some((name) => stageOfName(name) === "base");
      return sighting(
        isFromBase ? "certain" : "likely",
        seen(
          fileOf(model, model.files.templates[0]?.file ?? ""),
          "chat_template",
          `The template ends turns with ${end}.`,
          `模板用 ${end} 结束一轮。`,
        ),
        ...endsSeen(model),
      );
    },
  },
  {
    id: "chat-eos-on-base",
    decidedBy: "files",
    from: [["model"]],
    cause: {
      en: "A base model's tokenizer names the end of a turn as its end, so completions run on.",
      zh: "基座模型的分词器把轮次结束当作结束词元，续写因此停不下来。",
    },
    fix: {
      en: "For completion stop at the end-of-text token; write it into the tokenizer's files.",
      zh: "续写时请在文本结束词元处停止，并把它写入分词器文件。",
    },
    look({ model }) {
      if (!isAt(model, "base")) return undefined;
      const says = (from: string): Token | undefined => model.facts.ends.find((end) => end.from === from);
      const named = model.facts.format === "GGUF" ? says("GGUF") : says("tokenizer");
      const decides =
        model.facts.format === "GGUF" ? undefined : (says("generation config") ?? says("config"));
      if (endKind(named?.text) !== "turn end") return undefined;
      if (model.facts.format !== "GGUF" && endKind(decides?.text) !== "end of text") return undefined;
      return sighting(
        model.facts.format === "GGUF" ? "likely" : "certain",
        stageSeen(model),
        ...endsSeen(model),
      );
    },
  },
  {
    id: "eos-masked",
    decidedBy: "ids",
    from: [["training data"], ["training config", "model"], ["training config"]],
    cause: {
      en: "The end token is masked out of the loss, because it is the padding token too; stopping is never learnt.",
      zh: "结束词元同时是填充词元，因此被排除在损失之外；模型学不会停止。",
    },
    fix: {
      en: "Take another padding token, and mask padding by position, not by id.",
      zh: "请使用另外的填充词元，并按位置而不是按编号屏蔽填充。",
    },
    look({ model, tuning, examples }) {
      if (examples !== undefined && examples.ended > 0 && examples.endLearnt < examples.ended) {
        const lost = examples.ended - examples.endLearnt;
        const of = `${lost} / ${examples.ended}`;
        return sighting(
          "certain",
          seen(
            examples.source,
            "labels",
            `In ${of} rows the end has the label -100.`,
            `${of} 行中结束词元的标签为 -100。`,
          ),
        );
      }
      if (tuning === undefined || tuning.kind === "pretrain" || tuning.tool === "basewise") return undefined;
      const pad = tuning.padToken ?? model?.files.tokenizer?.pad?.text;
      const eos = tuning.eosToken ?? turnEnd(model) ?? model?.files.tokenizer?.eos?.text;
      if (pad === undefined || pad !== eos) return undefined;
      const field = tuning.padToken === undefined ? "tokenizer pad_token" : "pad_token";
      return sighting(
        "likely",
        seen(
          tuning.padToken === undefined ? (model?.reference ?? "") : tuning.source,
          field,
          `Padding and end are both ${pad}.`,
          `填充与结束都是 ${pad}。`,
        ),
      );
    },
  },
  {
    id: "eos-never-appended",
    decidedBy: "ids",
    from: [["training data"], ["training config"]],
    cause: {
      en: "The training examples do not end with an end token, so stopping is never learnt.",
      zh: "训练样例没有以结束词元结尾，因此模型学不会停止。",
    },
    fix: {
      en: "Append the end token to every answer, and drop or split what is cut at the length limit.",
      zh: "请在每个回答后加上结束词元，并丢弃或切分被长度上限截断的样例。",
    },
    look({ tuning, examples }) {
      if (examples !== undefined && examples.prepared > 0 && examples.ended < examples.prepared) {
        const without = examples.prepared - examples.ended;
        const of = `${without} / ${examples.prepared}`;
        const most = without * 2 > examples.prepared;
        return sighting(
          most ? "certain" : "likely",
          seen(
            examples.source,
            "input_ids",
            `${of} rows do not end with an end token.`,
            `${of} 行没有以结束词元结尾。`,
          ),
        );
      }
      if (tuning === undefined || tuning.kind !== "sft" || !tuning.isPlainText || tuning.addsEos === true)
        return undefined;
      return sighting(
        "suspicion",
        seen(
          tuning.source,
          "dataset",
          "The examples are plain text: no template adds an end.",
          "样例是纯文本：没有模板会加上结束词元。",
        ),
      );
    },
  },
];

function hasTexts(tokens: readonly Token[] | undefined): boolean {
  return tokens?.every(({ text }) => text !== undefined) ?? false;
}

/** What each file names as its end. */
export function endsSeen(model: Study): Seen[] {
  const sources = {
    "generation config": "generation_config.json",
    config: "config.json",
    tokenizer: "tokenizer_config.json",
    GGUF: "",
  };
  return model.stops.flatMap(({ by, tokens }) => {
    if (!(by in sources)) return [];
    const file = sources[by as keyof typeof sources];
    const named = tokens.map(({ text, id }) => printable(text ?? String(id))).join(", ");
    return [
      seen(
        fileOf(model, file),
        by === "GGUF" ? "tokenizer.ggml.eos_token_id" : "eos_token",
        `It says ${named}.`,
        `其值为 ${named}。`,
      ),
    ];
  });
}
