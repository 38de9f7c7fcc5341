import { END_OF_TEXT } from "../../src/chat/chatml.ts";
import type { Message } from "../../src/chat/conversation.ts";
import { Tokenizer } from "../../src/formats/tokenizer/tokenizer.ts";
import { open } from "../../src/model/open.ts";
import { readSources, USE_TEXTS } from "../../src/train/data/read.ts";
import { documentRow, packDocuments } from "../../src/train/documents.ts";
import { measureLoss } from "../../src/train/evaluate.ts";
import { readModelFile } from "../../src/train/model-file.ts";
import { type BatteryItem, battery } from "./battery/battery.ts";
import { train as trainNgram } from "./battery/ngram.ts";
import { isRefusal } from "./battery/refusal.ts";
import { type Document, heldOutDocuments } from "./text/documents.ts";

/** A share of items, with the items counted. */
export interface Rate {
  readonly passed: number;
  readonly items: number;
}

/** What was measured of the pair, on prompts and texts that were never trained on. */
export interface Evaluation {
  /** Bits per byte of held-out text, by the base and by the n-gram peer, for each source of text. */
  readonly bitsPerByte: Readonly<Record<string, { readonly base: number; readonly ngram: number }>>;
  readonly instruct: {
    readonly endsTurn: Rate;
    /** Everything that is asked to be done or answered, and of it the instructions and the questions about its world. */
    readonly satisfiesInstruction: Rate;
    readonly doesAsTold: Rate;
    readonly answersQuestion: Rate;
    readonly recallsFact: Rate;
    readonly refusesUnsafe: Rate;
    /** Refusals of safe requests: fewer are better. */
    readonly refusesSafe: Rate;
    readonly answersSafe: Rate;
  };
  /** The base, forced into the same chat. */
  readonly base: { readonly endsTurn: Rate };
}

const HELD_OUT_DOCUMENTS = 60;
const NGRAM_ORDER = 5;
const TIME = 512;
/** Tokens after which a reply counts as not ended; the longest replies trained on are well below. */
const REPLY_LIMIT = 96;
/** The base hardly ever ends a reply, so that it takes long: it answers every third item. */
const BASE_STRIDE = 3;
const THREADS = 2;

/** Bits per byte of held-out documents: the base beside a Kneser-Ney model of the very text that the base read. */
export async function evaluateText(
  baseFile: string,
  documentsFile: string,
  tokensRead: number,
): Promise<Evaluation["bitsPerByte"]> {
  const { config, vocabulary, weights } = await readModelFile(baseFile);
  const tokenizer = new Tokenizer(vocabulary);
  const endOfText = tokenizer.controlId(END_OF_TEXT);
  const [read] = await readSources([{ path: documentsFile, weight: 1 }], 1, USE_TEXTS);
  const stream = packDocuments(
    (read?.items ?? []).map(({ value }) => value),
    tokenizer,
    { end: endOfText },
  ).subarray(0, tokensRead);
  const ngram = trainNgram(split(stream, endOfText), vocabulary.tokens.length, NGRAM_ORDER);
  const heldOut = heldOutDocuments(HELD_OUT_DOCUMENTS);
  const kinds = [...new Set(heldOut.map(kindOf))].sort();
  const groups: [string, Document[]][] = [
    ...kinds.map((kind): [string, Document[]] => [
      kind,
      heldOut.filter((document) => kindOf(document) === kind),
    ]),
    ["all", heldOut],
  ];
  const results: Record<string, { base: number; ngram: number }> = {};
  for (const [kind, group] of groups) {
    const texts = group.map(({ text }) => text);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const ids = packDocuments(texts, tokenizer, { end: endOfText });
    const rows = Array.from({ length: Math.ceil((ids.length - 1) / TIME) }, (_, i) =>
      documentRow(ids, endOfText, TIME, i),
    );
    const { nats } = await measureLoss(config, weights, rows, { time: TIME, batch: 4 }, THREADS);
    const bits = texts.reduce((sum, text) => sum + ngram.bits([...tokenizer.encode(text), endOfText]), 0);
    results[kind] = { base: nats / Math.LN2 / bytes, ngram: bits / bytes };
  }
  return results;
}

function kindOf({ language, source }: Document): string {
  return source === "basewise" ? language : source;
}

function split(stream: Int32Array, endOfText: number): Int32Array[] {
  const documents: Int32Array[] = [];
  for (let from = 0; from < stream.length; ) {
    const end = stream.indexOf(endOfText, from);
    const to = end === -1 ? stream.length : end + 1;
    documents.push(stream.subarray(from, to));
    from = to;
  }
  return documents;
}

/** Runs the battery through the product itself: `open`, its own template, greedy sampling. */
export async function evaluateChat(
  instructFile: string,
  baseFile: string,
  report: (line: string) => void,
): Promise<Pick<Evaluation, "instruct" | "base">> {
  const items = battery();
  const instruct = await replies(instructFile, items, false);
  const judged = items.map((item, i) => {
    const given = instruct[i] ?? [];
    const passed = item.check(given.map(({ text }) => text));
    if (!passed)
      report(
        `${item.expects} ${JSON.stringify(item.messages)} → ${JSON.stringify(given.map(({ text }) => text))}`,
      );
    return { item, given, passed };
  });
  const rate = (belongs: (item: BatteryItem) => boolean): Rate => {
    const of = judged.filter(({ item }) => belongs(item));
    return { passed: of.filter(({ passed }) => passed).length, items: of.length };
  };
  const safe = judged.filter(({ item }) => item.expects === "answer");
  const base = await replies(
    baseFile,
    items.filter((_, i) => i % BASE_STRIDE === 0),
    true,
  );
  return {
    instruct: {
      endsTurn: ended(instruct),
      satisfiesInstruction: rate(({ expects }) => expects === "satisfy"),
      doesAsTold: rate(({ skill }) => skill === "instruction"),
      answersQuestion: rate(({ skill }) => skill === "question"),
      recallsFact: rate(({ expects }) => expects === "recall"),
      refusesUnsafe: rate(({ expects }) => expects === "refuse"),
      refusesSafe: {
        passed: safe.filter(({ given }) => isRefusal(given.at(-1)?.text ?? "")).length,
        items: safe.length,
      },
      answersSafe: rate(({ expects }) => expects === "answer"),
    },
    base: { endsTurn: ended(base) },
  };
}

interface Reply {
  readonly text: string;
  readonly ended: boolean;
}

function ended(all: readonly (readonly Reply[])[]): Rate {
  const flat = all.flat();
  return { passed: flat.filter((reply) => reply.ended).length, items: flat.length };
}

/** The replies to each item's turns, the model's own replies standing between them. */
async function replies(file: string, items: readonly BatteryItem[], force: boolean): Promise<Reply[][]> {
  await using model = await open(file, { for: "chat", force });
  const all: Reply[][] = [];
  for (const item of items) {
    const messages: Message[] = [];
    const given: Reply[] = [];
    for (const content of item.messages) {
      messages.push({ role: "user", content });
      const { text, finishReason } = await model.chat(messages, {
        maxTokens: REPLY_LIMIT,
        sampling: { temperature: 0 },
      }).result;
      messages.push({ role: "assistant", content: text });
      given.push({ text, ended: finishReason === "stop" });
    }
    all.push(given);
  }
  return all;
}
