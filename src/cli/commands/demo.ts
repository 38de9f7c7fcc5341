import type { Message } from "../../chat/conversation.ts";
import { EXIT } from "../../errors.ts";
import type { Text } from "../../language.ts";
import type { GenerationResult } from "../../model/generation.ts";
import type { Inspection } from "../../model/inspect.ts";
import { type ChatModel, open, probe } from "../../model/open.ts";
import type { NextToken } from "../../model/text-model.ts";
import { StageMismatchError } from "../../stage/mismatch.ts";
import type { Context } from "../context.ts";
import { distributionLines, END_MARK } from "../distribution.ts";
import { errorObject } from "../failure.ts";
import { jsonLine } from "../json.ts";
import { printRefusal } from "../refusal.ts";
import { silentScreen } from "../screen.ts";
import { printBeside, type Side, streamBeside, streamBlock } from "../side-by-side.ts";
import { Story } from "../story.ts";
import { endingWords } from "../summary.ts";
import { badge, evidenceLines, stageWords } from "../verdict.ts";

const BASE = "mini-base";
const INSTRUCT = "mini-instruct";
/** Greedy, so that it is the same every time; and long enough to see that a text does not end. */
const GREEDY = { maxTokens: 60, sampling: { temperature: 0 } };
/** The strongest observations; the rest is for `inspect`. */
const SHOWN_EVIDENCE = 3;
const CANDIDATES = 5;

const QUESTION: Text = { en: "How many legs does a dog have?", zh: "狗有几条腿？" };
const ANSWER: Text = { en: "A dog has four legs.", zh: "狗有四条腿。" };
const BEGINNING: Text = { en: "It was winter, and", zh: "有一天，一只小猫" };
/** A real model in a file of some hundred megabytes, and where it is published. */
const REAL = { file: "Qwen3-0.6B-Q8_0.gguf", from: "https://huggingface.co/Qwen/Qwen3-0.6B-GGUF" };

/** The packaged pair shows, offline, what base and instruct mean. As JSON: what was found, without the story. */
export async function demo(context: Context): Promise<number> {
  if (context.json) {
    const found = await tell({ ...context, out: silentScreen });
    context.out.line(jsonLine(found, context.language));
  } else {
    await tell(context);
  }
  return EXIT.done;
}

async function tell(context: Context): Promise<object> {
  const story = new Story(context);
  story.title({
    en: "An open language model is a base model or was trained further, most often to an instruct model. They are used differently. basewise tells which is which. Two tiny models show it on this machine, offline; they know very little, so look at how they write, not at what.",
    zh: "开放的语言模型要么是基座模型，要么经过进一步训练（多为指令模型）；二者用法不同。basewise 能分辨它们。下面用两个很小的模型在本机离线演示；它们所知甚少，请看它们怎样写，而不是写了什么。",
  });

  story.step({ en: "Which is which?", zh: "哪个是哪个？" });
  const inspections = [await probe(BASE), await probe(INSTRUCT)] as const;
  story.show();
  showInspections(context, ...inspections);
  story.say({
    en: "Names and files only claim. What the model itself does, once an answer is complete, verifies it.",
    zh: "名称和文件只是声称；模型在回答完成之后的实际行为才能验证。",
  });

  await using base = await open(BASE, { for: "chat", force: true });
  await using instruct = await open(INSTRUCT, { for: "chat" });
  const question = context.say(QUESTION);
  const conversation: Message[] = [{ role: "user", content: question }];

  story.step({ en: "Ask both the same question", zh: "向二者提同一个问题" });
  story.quote(question);
  story.show();
  const replies = await showReplies(context, base, instruct, conversation);
  story.say({
    en: "Nothing is broken. A base model continues text: it was never taught that it is asked something, or when to stop. An instruct model was tuned to answer, and to end its turn.",
    zh: "基座模型并没有坏：它只会续写文本，没有学过自己正被提问，也没有学过何时停止。指令模型则经过微调，学会了回答并结束这一轮。",
  });

  story.step({ en: "What the base model is for", zh: "基座模型的本职" });
  const beginning = context.say(BEGINNING);
  story.commands(`basewise complete ${BASE} ${quoted(beginning)}`);
  story.show();
  const completion = await showCompletion(context, base, beginning);
  story.say({
    en: "Give it the beginning of a text instead of a question, and it goes on in kind, until such a text would end. Tuning starts from here, too.",
    zh: "给它一段文本的开头，而不是一个问题，它就会照样写下去，直到这样的文本该结束为止。微调也从这里开始。",
  });

  story.step({ en: "Why only one of them stops", zh: "为什么只有一个会停下" });
  const answer = context.say(ANSWER);
  story.say({
    en: "The answer is complete. What does each take to come next?",
    zh: "回答已经完成。二者各自认为接下来是什么？",
  });
  story.quote(answer);
  const next = {
    [BASE]: await base.nextInReply(conversation, answer, { top: CANDIDATES }),
    [INSTRUCT]: await instruct.nextInReply(conversation, answer, { top: CANDIDATES }),
  };
  story.show();
  showNext(context, next[BASE], next[INSTRUCT]);
  story.say({
    en: `${END_MARK} would end the text here. The base model wants to write on; the instruct model wants to end its turn.`,
    zh: `${END_MARK} 表示到此结束。基座模型想继续写，指令模型想结束这一轮。`,
  });

  story.step({ en: "So basewise refuses the mix-up", zh: "因此 basewise 拒绝混用" });
  story.commands(`basewise chat ${BASE}`);
  const refusal = await refusalOf(BASE);
  story.show();
  printRefusal(context, context.out, refusal);
  story.say({
    en: `It ends with exit code ${refusal.exitCode}, so that scripts notice too.`,
    zh: `它以退出码 ${refusal.exitCode} 结束，脚本也能察觉。`,
  });

  story.step({ en: "Now with a real model", zh: "接下来试试真正的模型" });
  story.say({
    en: `Download ${REAL.file} from ${REAL.from} (or take any GGUF file), then:`,
    zh: `从 ${REAL.from} 下载 ${REAL.file}（或使用任意 GGUF 文件），然后运行：`,
  });
  const commands = [
    `basewise inspect ${REAL.file} --probe`,
    `basewise chat ${REAL.file}`,
    `basewise complete ${REAL.file} ${quoted(beginning)}`,
  ];
  story.commands(...commands);
  return {
    inspections,
    question,
    replies,
    completion,
    answer,
    next,
    refusal: errorObject(refusal).error,
    tryNext: commands,
  };
}

function showInspections(context: Context, base: Inspection, instruct: Inspection): void {
  const { out } = context;
  const block = (inspection: Inspection) => (width: number) => [
    `${out.paint.bold(inspection.reference)}  ${badge(context, out, inspection)}`,
    out.paint.bold(stageWords(context, inspection.stage)),
    ...inspection.evidence
      .slice(0, SHOWN_EVIDENCE)
      .flatMap((one) => evidenceLines(context, out, one, inspection.stage, width)),
  ];
  printBeside(out, block(base), block(instruct));
}

async function showReplies(
  context: Context,
  base: ChatModel,
  instruct: ChatModel,
  conversation: readonly Message[],
): Promise<Readonly<Record<string, GenerationResult>>> {
  const side = (model: ChatModel): Side => ({
    heading: context.out.paint.bold(model.reference),
    begin: () => model.chat(conversation, GREEDY),
    footer: (result) => endingLine(context, result),
  });
  const [ofBase, ofInstruct] = await streamBeside(context.out, side(base), side(instruct));
  return { [base.reference]: ofBase, [instruct.reference]: ofInstruct };
}

function showCompletion(context: Context, base: ChatModel, beginning: string): Promise<GenerationResult> {
  return streamBlock(context.out, {
    heading: context.out.paint.bold(base.reference),
    before: context.out.paint.dim(beginning),
    begin: () => base.complete(beginning, GREEDY),
    footer: (result) => endingLine(context, result),
  });
}

function showNext({ out }: Context, ofBase: readonly NextToken[], ofInstruct: readonly NextToken[]): void {
  const block = (name: string, tokens: readonly NextToken[]) => (width: number) => [
    out.paint.bold(name),
    ...distributionLines(out, tokens, width),
  ];
  printBeside(out, block(BASE, ofBase), block(INSTRUCT, ofInstruct));
}

/** What `chat` says to a base model: the very error that the command ends with. */
async function refusalOf(reference: string): Promise<StageMismatchError> {
  try {
    await using model = await open(reference, { for: "chat" });
    throw new Error(`${model.reference} was not refused`);
  } catch (error) {
    if (error instanceof StageMismatchError) return error;
    throw error;
  }
}

function endingLine(context: Context, result: GenerationResult): string {
  const { paint } = context.out;
  const colour = result.finishReason === "stop" ? paint.green : paint.yellow;
  return colour(`[${endingWords(context, result)}]`);
}

function quoted(text: string): string {
  return `"${text}"`;
}
