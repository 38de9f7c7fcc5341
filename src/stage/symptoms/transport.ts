import { printable } from "../../printable.ts";
import {
  failsWith,
  isAt,
  isControlText,
  leastTokens,
  seen,
  sentText,
  sighting,
  stageSeen,
} from "./observe.ts";
import type { Patient } from "./patient.ts";
import type { Sighting, Symptom } from "./symptom.ts";

/** F. What reaches the model is not what was sent. */
export const TRANSPORT: readonly Symptom[] = [
  {
    id: "context-overflow-silent",
    decidedBy: "ids",
    from: [
      ["transcript", "output"],
      ["prompt", "output"],
      ["transcript", "server"],
    ],
    cause: {
      en: "The prompt is longer than the server's window, and its front was cut without an error.",
      zh: "提示超过了服务器的上下文窗口，开头被静默截断。",
    },
    fix: {
      en: "Set the window (num_ctx, --ctx-size), count tokens before sending, and refuse rather than cut.",
      zh: "请设置上下文窗口（num_ctx、--ctx-size），发送前计数，宁可拒绝也不要截断。",
    },
    look: overflow,
  },
  {
    id: "special-token-injection",
    decidedBy: "ids",
    from: [["transcript"], ["model", "transcript"], ["model", "transcript", "prompt"]],
    cause: {
      en: "A message holds the text of a control token, which becomes a real one and ends or forges a turn.",
      zh: "消息中含有控制词元的文本，它会变成真正的控制词元，从而结束或伪造轮次。",
    },
    fix: {
      en: "Tokenise contents apart from the template, with special tokens off (basewise does).",
      zh: "请把内容与模板分开分词，并关闭特殊词元解析（basewise 就是这样做的）。",
    },
    look: injected,
  },
  {
    id: "embedding-truncated",
    decidedBy: "ids",
    from: [["model", "prompt"], ["output"]],
    cause: {
      en: "The text is longer than the embedding model reads; only its beginning counts.",
      zh: "文本超过了嵌入模型能读取的长度；只有开头部分起作用。",
    },
    fix: {
      en: "Split texts to fit its window, or take a model with a longer one.",
      zh: "请按窗口切分文本，或使用窗口更长的模型。",
    },
    look({ model, prompt, reply }) {
      const error = failsWith(
        reply,
        /input (\(\d+ tokens\) )?is too (large|long)[^\n]{0,80}|exceeds the (available )?(context|batch) size[^\n]{0,40}|input length exceeds the context length/i,
      );
      if (error !== undefined && (model === undefined || isAt(model, "embedding", "reranker")))
        return sighting(isAt(model, "embedding", "reranker") ? "certain" : "suspicion", error);
      const limit = model?.files.sentence?.maxTokens ?? model?.facts.window;
      if (!isAt(model, "embedding", "reranker") || limit === undefined || prompt === undefined)
        return undefined;
      const least = prompt.ids?.length ?? leastTokens(prompt.text ?? "");
      if (least <= limit) return undefined;
      return sighting(
        "certain",
        stageSeen(model),
        seen(model.reference, "max_seq_length", `It reads ${limit} tokens.`, `它只读取 ${limit} 个词元。`),
        seen(prompt.source, undefined, `The text has at least ${least}.`, `该文本至少有 ${least} 个。`),
      );
    },
  },
];

function overflow(patient: Patient): Sighting | undefined {
  const { reply, server, conversation, prompt } = patient;
  const sent = sentText(patient);
  const source = prompt?.source ?? conversation?.source;
  if (sent === undefined || source === undefined) return undefined;
  const least = prompt?.ids?.length ?? leastTokens(sent);
  const text = seen(
    source,
    undefined,
    `What was sent has at least ${least} tokens.`,
    `发送的内容至少有 ${least} 个词元。`,
  );
  const read = reply?.promptTokens;
  if (reply !== undefined && read !== undefined && read > 0 && read < least) {
    return sighting(
      "certain",
      text,
      seen(reply.source, "prompt_tokens", `The server read ${read}.`, `服务器读取了 ${read} 个。`),
    );
  }
  const window = server?.context;
  if (server === undefined || window === undefined) return undefined;
  if (reply !== undefined && read === Math.floor(window / 2) + 2) {
    return sighting(
      "likely",
      seen(
        reply.source,
        "prompt_tokens",
        `It is half of the window and two: ${read}.`,
        `它恰为窗口的一半加二：${read}。`,
      ),
    );
  }
  if (least <= window) return undefined;
  return sighting(
    "certain",
    text,
    seen(server.url, "context", `Its window holds ${window}.`, `其窗口只能容纳 ${window} 个。`),
  );
}

/** What looks like a control token in a message: `<|…|>`, or the fixed forms of other families. */
const CONTROL_LIKE = /<\|[a-z_]{2,30}\|>|<(start|end)_of_turn>|<\/?s>|\[\/?INST\]/g;

function injected({ model, conversation, prompt }: Patient): Sighting | undefined {
  if (conversation === undefined) return undefined;
  const control = new Set(model?.facts.specialTokens?.flatMap(({ text }) => text ?? []));
  for (const [at, { role, content }] of conversation.turns.entries()) {
    if (role === "assistant") continue;
    const found = content.match(CONTROL_LIKE) ?? [];
    const token = model === undefined ? found.find(isControlText) : found.find((one) => control.has(one));
    if (token === undefined) continue;
    const where = seen(
      conversation.source,
      `messages[${at}]`,
      `A ${role} message holds ${printable(token)}.`,
      `一条 ${role} 消息含有 ${printable(token)}。`,
    );
    return model === undefined
      ? sighting("likely", where)
      : sighting(
          "certain",
          where,
          seen(model.reference, undefined, "It is a control token of this model.", "它是该模型的控制词元。"),
        );
  }
  const laidOut = model?.conversation;
  if (prompt?.ids === undefined || laidOut?.status !== "rendered" || model === undefined) return undefined;
  const known =
    model.facts.specialTokens?.filter(({ id, text }) => id !== undefined && text !== undefined) ?? [];
  for (const { id, text } of known) {
    const sent = prompt.ids.filter((one) => one === id).length;
    const written = laidOut.text.split(text ?? "\u0000").length - 1;
    if (sent > written) {
      return sighting(
        "certain",
        seen(
          prompt.source,
          "ids",
          `${printable(text ?? "")} stands in it ${sent} times; the template writes it ${written} times.`,
          `${printable(text ?? "")} 出现了 ${sent} 次；模板只写 ${written} 次。`,
        ),
      );
    }
  }
  return undefined;
}
