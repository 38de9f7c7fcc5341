import type { Declaration } from "../declare.ts";
import { wholeNumber } from "../values.ts";

export const memoryCommand: Declaration = ({ context, say, command, finish }) => {
  const memory = command("memory", {
    en: "list, add and remove what is remembered of you",
    zh: "列出、添加和删除记住的关于你的内容",
  });
  const actions = () => import("./memory.ts");
  const number = wholeNumber(say, 1);

  memory
    .command("list", { isDefault: true })
    .description(say({ en: "list it, the oldest first", zh: "列出记忆，最早的在前" }))
    .action(async () => finish((await actions()).listMemories(context)));

  memory
    .command("add")
    .description(say({ en: "remember a fact in every conversation", zh: "在所有对话中记住一件事" }))
    .argument("<text>", say({ en: "the fact", zh: "要记住的内容" }))
    .action(async (text: string) => finish((await actions()).addMemory(context, text)));

  memory
    .command("rm")
    .description(say({ en: "forget for good", zh: "彻底忘记" }))
    .argument(
      "<number...>",
      say({ en: "its number, as list prints it", zh: "编号，见 list 的输出" }),
      (text, before: number[] | undefined) => [...(before ?? []), number(text)],
    )
    .action(async (numbers: number[]) => finish((await actions()).removeMemories(context, numbers)));
};
