import { EXPORT_FORMATS, type ExportFormat } from "../../chat/store/export.ts";
import type { Declaration } from "../declare.ts";
import { wholeNumber } from "../values.ts";

const NAME = { en: "the name of a conversation", zh: "对话的名称" };
const TURN = { en: "the number of a turn, as show prints it", zh: "轮次编号，见 show 的输出" };

export const conversationsCommand: Declaration = ({ context, say, command, option, finish }) => {
  const conversations = command("conversations", {
    en: "list, search, export, branch, edit, remove and repair kept conversations",
    zh: "列出、搜索、导出、分支、编辑、删除和修复已保存的对话",
  });
  const actions = () => import("./conversations.ts");
  const turn = wholeNumber(say, 1);

  conversations
    .command("list", { isDefault: true })
    .description(say({ en: "list them, the latest first", zh: "列出对话，最近的在前" }))
    .action(async () => finish((await actions()).listConversations(context)));

  conversations
    .command("show")
    .description(say({ en: "print what was said in one", zh: "显示一段对话的内容" }))
    .argument("<name>", say(NAME))
    .action(async (name: string) => finish((await actions()).showConversation(context, name)));

  conversations
    .command("search")
    .description(
      say({
        en: "find turns that hold every word; a phrase stands in quotes",
        zh: "查找包含所有词语的轮次；短语请加引号",
      }),
    )
    .argument("<words...>", say({ en: "what to look for", zh: "要查找的内容" }))
    .action(async (words: string[]) => finish((await actions()).searchConversations(context, words)));

  conversations
    .command("export")
    .description(
      say({
        en: "write some as text: all of them unless named",
        zh: "导出为文本；不指定名称时导出全部",
      }),
    )
    .argument("[name...]", say(NAME))
    .addOption(
      option("--format <format>", {
        en: "markdown, json, or openai: training data as basewise train reads it",
        zh: "markdown、json 或 openai（basewise train 可读取的训练数据）",
      })
        .choices([...EXPORT_FORMATS])
        .default("markdown"),
    )
    .addOption(
      option("--output <file>", {
        en: "the file to write; stdout if left out",
        zh: "要写入的文件；默认为标准输出",
      }),
    )
    .addOption(option("--force", { en: "replace a file that exists already", zh: "覆盖已存在的文件" }))
    .action(async (names: string[], options: { format: ExportFormat; output?: string; force?: true }) =>
      finish(await (await actions()).exportConversations(context, names, options)),
    );

  conversations
    .command("rename")
    .description(say({ en: "give one another name", zh: "为对话改名" }))
    .argument("<name>", say(NAME))
    .argument("<new-name>", say({ en: "its new name", zh: "新名称" }))
    .action(async (name: string, to: string) =>
      finish((await actions()).renameConversation(context, name, to)),
    );

  conversations
    .command("branch")
    .description(say({ en: "begin another one with the turns of one", zh: "以一段对话的轮次开始另一段对话" }))
    .argument("<name>", say(NAME))
    .addOption(
      option("--turns <n>", { en: "take over only the first turns", zh: "只取前若干轮" }).argParser(turn),
    )
    .addOption(option("--as <name>", { en: "what to call it", zh: "新对话的名称" }))
    .action(async (name: string, options: { turns?: number; as?: string }) =>
      finish((await actions()).branchConversation(context, name, options)),
    );

  conversations
    .command("edit")
    .description(
      say({
        en: "give a turn another text, and end the conversation there; as it was, it is kept as a branch",
        zh: "修改某一轮的文本，对话到此为止；原来的内容保留为分支",
      }),
    )
    .argument("<name>", say(NAME))
    .argument("<turn>", say(TURN), turn)
    .argument("<text>", say({ en: "its new text", zh: "新文本" }))
    .action(async (name: string, position: number, text: string) =>
      finish((await actions()).editConversation(context, name, position, text)),
    );

  conversations
    .command("rm")
    .description(say({ en: "remove one for good", zh: "彻底删除对话" }))
    .argument("<name...>", say(NAME))
    .addOption(option("--yes", { en: "do not ask", zh: "不再询问" }))
    .action(async (names: string[], options: { yes?: true }) =>
      finish(await (await actions()).removeConversations(context, names, options)),
    );

  conversations
    .command("repair")
    .description(
      say({
        en: "save what can be read of a damaged file into a new one; what is sound is left as it is",
        zh: "把损坏文件中可读的内容存入新文件；完好的文件保持不变",
      }),
    )
    .action(async () => finish((await actions()).repairConversations(context)));
};
