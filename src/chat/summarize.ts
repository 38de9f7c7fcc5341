import type { Message } from "./conversation.ts";
import { openaiCall } from "./tools/openai.ts";

/** Characters of one message that are read for a summary; of a longer one, its beginning and its end. */
const LONGEST_PART = 2000;

/** The request for a summary of turns, which the model itself answers. */
export function summaryRequest(turns: readonly Message[], before: string | undefined): Message {
  const transcript = turns.map((turn) => `${turn.role}: ${shortened(wordsOf(turn))}`).join("\n\n");
  const isChinese = (transcript.match(/\p{Script=Han}/gu)?.length ?? 0) > transcript.length / 5;
  const [task, earlier, head] = isChinese
    ? [
        "请用几句话总结下面的对话，保留姓名、事实、决定和未解决的问题。只写总结。",
        "更早内容的总结：",
        "对话：",
      ]
    : [
        "Summarise the conversation below in a few sentences. Keep names, facts, decisions and open questions. Write only the summary.",
        "Summary of what came before:",
        "Conversation:",
      ];
  const parts = [task, ...(before === undefined ? [] : [`${earlier}\n${before}`]), `${head}\n${transcript}`];
  return { role: "user", content: parts.join("\n\n") };
}

/**
 * Summarises turns piece by piece, so that no request outgrows the context: each piece is summarised together with the
 * summary so far.
 *
 * @param fits whether a request fits the context; @param ask the model's answer to a request
 */
export async function summarizeInPieces(
  turns: readonly Message[],
  before: string | undefined,
  fits: (request: Message) => Promise<boolean>,
  ask: (request: Message) => Promise<string>,
): Promise<string> {
  let summary = before;
  let piece: Message[] = [];
  const conclude = async (): Promise<void> => {
    if (piece.length > 0) summary = withoutThoughts(await ask(summaryRequest(piece, summary)));
    piece = [];
  };
  for (const turn of turns) {
    if (piece.length > 0 && !(await fits(summaryRequest([...piece, turn], summary)))) await conclude();
    piece.push(turn);
  }
  await conclude();
  return summary ?? "";
}

/** What was said, and what was called. */
function wordsOf({ content, toolCalls = [] }: Message): string {
  return [content, ...toolCalls.map((call) => JSON.stringify(openaiCall(call).function))]
    .filter((part) => part !== "")
    .join("\n");
}

function shortened(content: string): string {
  if (content.length <= LONGEST_PART) return content;
  const half = LONGEST_PART / 2;
  return `${content.slice(0, half)} […] ${content.slice(-half)}`.toWellFormed();
}

function withoutThoughts(text: string): string {
  return (text.split("</think>").at(-1) ?? "").trim();
}
