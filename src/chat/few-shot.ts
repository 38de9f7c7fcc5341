import type { Message } from "./conversation.ts";

/** A task shown by examples, which is how a base model is asked for something. */
export interface FewShot {
  /** What stands before the examples. */
  readonly instruction?: string;
  /** What stands before each input; `Input:` unless stated. */
  readonly inputLabel?: string;
  /** What stands before each output; `Output:` unless stated. */
  readonly outputLabel?: string;
  /** Inputs with their outputs, in the order in which they are shown. */
  readonly examples: readonly { readonly input: string; readonly output: string }[];
}

/** A text that a model is to continue, and what its continuation ends before. */
export interface Scaffold {
  readonly text: string;
  readonly until: readonly string[];
}

/**
 * The examples, and a new input whose output is still missing (few-shot prompting; Brown et al. 2020). The answer ends
 * where the examples' outputs would: at a line break if all are of one line, else at an empty line, else at the next input.
 */
export function fewShotScaffold(
  { instruction, inputLabel = "Input:", outputLabel = "Output:", examples }: FewShot,
  input: string,
): Scaffold {
  const shots = examples.map(
    (shot) => `${inputLabel} ${shot.input.trim()}\n${outputLabel} ${shot.output.trim()}`,
  );
  // No space behind the last label: in most vocabularies it belongs to the word that follows.
  const open = `${inputLabel} ${input.trim()}\n${outputLabel}`;
  const text = [...(instruction === undefined ? [] : [instruction.trim()]), ...shots, open].join("\n\n");
  const breaks = ["\n", "\n\n"].filter((one) => examples.every(({ output }) => !output.trim().includes(one)));
  return { text, until: [...breaks, `\n${inputLabel}`] };
}

interface Dialogue {
  readonly description: string;
  readonly user: string;
  readonly assistant: string;
  readonly examples: readonly Message[];
}

/** A dialogue to imitate, in the language of the conversation. */
const DIALOGUES: Readonly<Record<"en" | "zh", Dialogue>> = {
  en: {
    description:
      "A conversation with a helpful assistant. The assistant answers briefly, correctly and politely.",
    user: "User:",
    assistant: "Assistant:",
    examples: [
      { role: "user", content: "Hello! How many days does a week have?" },
      { role: "assistant", content: "Hello! A week has seven days." },
      { role: "user", content: "What do bees make?" },
      { role: "assistant", content: "Bees make honey and wax." },
    ],
  },
  zh: {
    description: "以下是用户与一位乐于助人的助手之间的对话。助手的回答简短、正确而有礼貌。",
    user: "用户：",
    assistant: "助手：",
    examples: [
      { role: "user", content: "你好！一周有几天？" },
      { role: "assistant", content: "你好！一周有七天。" },
      { role: "user", content: "蜜蜂会做什么？" },
      { role: "assistant", content: "蜜蜂会酿蜜和造蜂蜡。" },
    ],
  },
};

/**
 * A conversation behind an example of one, as plain text that ends where the assistant is to speak. The reply ends
 * where anybody would speak next, so that the model does not go on with the user's part. No line of a message can
 * pass for another turn.
 */
export function dialogueScaffold(messages: readonly Message[]): Scaffold {
  const isChinese = /\p{Script=Han}/u.test(messages.map(({ content }) => content).join(""));
  const { description, user, assistant, examples } = DIALOGUES[isChinese ? "zh" : "en"];
  const gap = isChinese ? "" : " ";
  const labels = [user, assistant];
  const told = messages.filter(({ role }) => role === "system").map(({ content }) => content.trim());
  const turns = [...examples, ...messages.filter(({ role }) => role !== "system")].map(
    ({ role, content }) =>
      `${role === "user" ? user : assistant}${gap}${withoutLabels(content.trim(), labels)}`,
  );
  const text = [told.length > 0 ? told.join("\n") : description, ...turns, assistant].join("\n\n");
  return { text, until: labels.map((label) => `\n${label}`) };
}

/** A line that begins like a turn is quoted. */
function withoutLabels(content: string, labels: readonly string[]): string {
  return content
    .split("\n")
    .map((line, at) =>
      at > 0 && labels.some((label) => line.trimStart().startsWith(label)) ? `> ${line}` : line,
    )
    .join("\n");
}
