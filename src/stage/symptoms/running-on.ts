import { printable } from "../../printable.ts";
import { endKind } from "../ends.ts";
import { endsSeen } from "./end-tokens.ts";
import {
  chats,
  fileOf,
  isAt,
  repeatedShare,
  seen,
  sighting,
  stageSeen,
  stopsOn,
  turnEnd,
} from "./observe.ts";
import type { Patient, Study } from "./patient.ts";
import type { Seen, Sighting, Symptom } from "./symptom.ts";

/** The output runs past its end, loops, or is drawn otherwise than meant. */
export const RUNNING_ON: readonly Symptom[] = [
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
