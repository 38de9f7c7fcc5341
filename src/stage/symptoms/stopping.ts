import { printable } from "../../printable.ts";
import { endKind } from "../ends.ts";
import type { Token } from "../facts.ts";
import { RUNTIMES, stopsBy } from "../stops.ts";
import {
  chats,
  fileOf,
  isAt,
  parentsOf,
  repeatedShare,
  seen,
  sighting,
  stageOfName,
  stageSeen,
  stopsOn,
  turnEnd,
} from "./observe.ts";
import type { Patient, Study } from "./patient.ts";
import type { Seen, Sighting, Symptom } from "./symptom.ts";

/** C. It does not stop, or stops in one program and not in another. */
export const STOPPING: readonly Symptom[] = [
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
  {
    id: "second-stop-missing",
    decidedBy: "files",
    from: [["model"], ["output"], ["model", "server"]],
    cause: {
      en: "The model has two end tokens and the program knows only one: turns end with the other.",
      zh: "模型有两个结束词元，而程序只知道其中一个：轮次用的是另一个。",
    },
    fix: {
      en: "Add the turn end as a stop, or convert the model again so that eot_token_id is set.",
      zh: "请把轮次结束词元加为停止词，或重新转换模型以写入 eot_token_id。",
    },
    look(patient) {
      return secondStopInFile(patient.model) ?? turnEndInReply(patient);
    },
  },
  {
    id: "leak-after-endoftext",
    decidedBy: "ids",
    from: [["output"], ["model", "output"]],
    cause: {
      en: "Generation went on past the end of the text: the end-of-text token is not in the stop set.",
      zh: "生成越过了文本结束词元：它不在停止集合中。",
    },
    fix: {
      en: "Stop on both the end of the turn and the end of the text.",
      zh: "请同时在轮次结束与文本结束处停止。",
    },
    look({ model, reply }) {
      if (reply === undefined) return undefined;
      const ends = ["<|endoftext|>", "<|end_of_text|>", "<｜end▁of▁sentence｜>"];
      const token = ends.find((one) => reply.text.includes(one));
      if (token !== undefined) {
        const rest = reply.text.slice(reply.text.indexOf(token) + token.length).trim();
        if (rest === "") return undefined;
        const shown = printable(rest, 40);
        return sighting(
          "certain",
          seen(
            reply.source,
            undefined,
            `${token} is followed by "${shown}".`,
            `${token} 之后还有“${shown}”。`,
          ),
        );
      }
      const ids = model?.facts.ends.filter(({ text }) => endKind(text) === "end of text").map(({ id }) => id);
      const known = ids ?? [];
      const at = reply.ids?.findIndex((id) => known.includes(id)) ?? -1;
      if (at === -1 || at === (reply.ids?.length ?? 0) - 1) return undefined;
      return sighting(
        "certain",
        seen(
          reply.source,
          "ids",
          `Token ${reply.ids?.[at]} stands inside the output.`,
          `词元 ${reply.ids?.[at]} 出现在输出之中。`,
        ),
      );
    },
  },
  {
    id: "greedy-thinking-loop",
    decidedBy: "files",
    from: [["model", "transcript"], ["model"], ["model", "server"], ["output"]],
    cause: {
      en: "A thinking model is decoded greedily, which makes it repeat itself to the limit.",
      zh: "对思考模型使用贪心解码，会使其不断重复直到上限。",
    },
    fix: {
      en: "Use the sampler that the model recommends (temperature 0.6, top_p 0.95 for Qwen3), and cap the thinking.",
      zh: "请使用模型推荐的采样设置（Qwen3 为 temperature 0.6、top_p 0.95），并限制思考长度。",
    },
    look: greedy,
  },
  {
    id: "sampling-defaults-differ",
    decidedBy: "files",
    from: [["model", "server"]],
    cause: {
      en: "The server samples otherwise than the model recommends, so scores and style differ between programs.",
      zh: "服务器的采样设置与模型推荐的不同，因此不同程序的得分与风格不同。",
    },
    fix: {
      en: "Send every sampling value with each request when comparing.",
      zh: "比较时请在每个请求中显式给出所有采样参数。",
    },
    look({ model, server }) {
      if (model === undefined || server === undefined || !chats(model)) return undefined;
      const own = model.files.sampling;
      const pairs = [
        ["temperature", own.temperature, server.temperature],
        ["top_p", own.topP, server.topP],
        ["top_k", own.topK, server.topK],
        ["repetition_penalty", own.repetitionPenalty, server.repetitionPenalty],
      ] as const;
      const different = pairs.filter(
        ([, ours, theirs]) => ours !== undefined && theirs !== undefined && Math.abs(ours - theirs) > 1e-3,
      );
      if (different.length === 0) return undefined;
      return sighting(
        "certain",
        ...different.map(([name, ours, theirs]) =>
          seen(
            server.url,
            name,
            `It uses ${round(theirs)}; the model recommends ${round(ours)}.`,
            `它使用 ${round(theirs)}；模型推荐 ${round(ours)}。`,
          ),
        ),
      );
    },
  },
];

function round(value: number | undefined): string {
  return String(Math.round((value ?? 0) * 1000) / 1000);
}

function hasTexts(tokens: readonly Token[] | undefined): boolean {
  return tokens?.every(({ text }) => text !== undefined) ?? false;
}

/** What each file names as its end. */
function endsSeen(model: Study): Seen[] {
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

function secondStopInFile(model: Study | undefined): Sighting | undefined {
  const end = turnEnd(model);
  if (end === undefined || model?.facts.format !== "GGUF" || !chats(model) || endKind(end) !== "turn end")
    return undefined;
  if (model.facts.ends.length === 0 || model.facts.ends.some(({ text }) => text === end)) return undefined;
  const isKnown = stopsOn(model, "llama.cpp", end) === true;
  return sighting(
    isKnown ? "suspicion" : "certain",
    seen(
      model.reference,
      "tokenizer.chat_template",
      `The template ends turns with ${end}.`,
      `模板用 ${end} 结束一轮。`,
    ),
    ...endsSeen(model),
    seen(
      model.reference,
      "tokenizer.ggml.eot_token_id",
      isKnown
        ? "It is missing; llama.cpp knows the token by name, others may not."
        : "It is missing, and llama.cpp does not know the token by name.",
      isKnown
        ? "缺少该键；llama.cpp 按名称认得这个词元，其他程序未必。"
        : "缺少该键，llama.cpp 也不按名称认得这个词元。",
    ),
  );
}

/** A turn end as text inside a reply, or the word "assistant" that is left of a header whose tokens were hidden. */
function turnEndInReply({ model, reply, server }: Patient): Sighting | undefined {
  if (reply === undefined) return undefined;
  const ends = [turnEnd(model), "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>"].filter(
    (one) => one !== undefined,
  );
  const end = ends.find((one) => reply.text.includes(one));
  if (end !== undefined) {
    const rest = printable(reply.text.slice(reply.text.indexOf(end) + end.length), 40);
    if (rest === "") return undefined;
    const stops = server?.stops;
    const told =
      stops === undefined || stops.includes(end)
        ? []
        : [seen(server?.url ?? "", "stop", `It does not name ${end}.`, `其中没有 ${end}。`)];
    return sighting(
      "certain",
      seen(reply.source, undefined, `${end} is followed by "${rest}".`, `${end} 之后还有“${rest}”。`),
      ...told,
    );
  }
  const header = /[^\s]assistant\n\n/.exec(reply.text)?.[0];
  if (header === undefined) return undefined;
  return sighting(
    "likely",
    seen(
      reply.source,
      undefined,
      "A hidden header is left as the word assistant between two answers.",
      "两个回答之间留下了被隐去标头的 assistant 一词。",
    ),
  );
}

function greedy(patient: Patient): Sighting | undefined {
  const { model, conversation, server, reply } = patient;
  const repeats = reply === undefined ? 0 : repeatedShare(reply.thoughts ?? reply.text);
  const looped: Seen[] =
    reply === undefined || repeats < 0.5
      ? []
      : [
          seen(
            reply.source,
            undefined,
            `${Math.round(repeats * 100)} % of its sentences are repetitions.`,
            `其中 ${Math.round(repeats * 100)} % 的句子是重复。`,
          ),
        ];
  const thinks = isAt(model, "thinking", "hybrid") && conversation?.thinking !== false;
  const settings = [
    conversation !== undefined && (conversation.temperature === 0 || conversation.samples === false)
      ? seen(conversation.source, "temperature", "It asks for greedy decoding.", "请求使用贪心解码。")
      : undefined,
    thinks && (model.files.sampling.samples === false || model.files.sampling.temperature === 0)
      ? seen(
          fileOf(model, "generation_config.json"),
          "do_sample",
          "It sets greedy decoding.",
          "其中设定了贪心解码。",
        )
      : undefined,
    server?.temperature === 0
      ? seen(server.url, "temperature", "Its default is 0.", "其默认值为 0。")
      : undefined,
  ].filter((one) => one !== undefined);
  if (thinks && settings.length > 0) {
    return sighting(looped.length > 0 ? "certain" : "likely", stageSeen(model), ...settings, ...looped);
  }
  const isThought = reply !== undefined && (reply.text.includes("<think>") || reply.thoughts !== undefined);
  if (looped.length === 0 || !(thinks || isThought)) return undefined;
  return sighting(
    reply?.finish === "length" || settings.length > 0 ? "likely" : "suspicion",
    ...settings,
    ...looped,
  );
}
