import { isJsonObject, type JsonObject } from "../hub/model-folder.ts";
import { thoughtsIn } from "../stage/symptoms/observe.ts";
import type { Examples, Study } from "../stage/symptoms/patient.ts";
import { jsonIn, jsonLinesIn, notOfKind, readExhibit } from "./exhibit-file.ts";

/** Prepared examples are long lists of numbers; the first part of a larger set tells as much. */
const MAX_BYTES = 64 * 2 ** 20;
/** The label of a token that is not learnt, in transformers and everything built on it. */
const NOT_LEARNT = -100;
/** Begin and end ids of Llama, Llama 3, Gemma and Qwen, for data that comes without its model. */
const BEGINS: readonly number[] = [1, 2, 128000];
const ENDS: readonly number[] = [151643, 151645, 128001, 128009, 2, 107, 106, 1];

/**
 * Counts what prepared training examples teach: rows of `input_ids` and `labels` (JSON or JSONL), or conversations.
 * Throws BadFileError where the file holds neither.
 */
export async function readTrainingData(path: string, model: Study | undefined): Promise<Examples> {
  const text = await readExhibit(path, MAX_BYTES);
  const value = jsonIn(text);
  const rows = Array.isArray(value)
    ? value.filter(isJsonObject)
    : isJsonObject(value)
      ? [value]
      : jsonLinesIn(text);
  const prepared = (rows ?? []).filter((row) => isNumbers(row.input_ids));
  const answers = (rows ?? []).flatMap(answersIn);
  if (rows === undefined || (prepared.length === 0 && answers.length === 0)) {
    throw notOfKind(
      path,
      "holds no training examples. Give rows of input_ids and labels, or conversations, as JSON or JSONL.",
      "中没有训练样例。请给出含 input_ids 与 labels 的行，或对话，格式为 JSON 或 JSONL。",
    );
  }
  const ended = prepared.map((row) => endOf(row, model)).filter((end) => end !== undefined);
  const thoughts = answers.map(thoughtsIn);
  return {
    source: path,
    rows: rows.length,
    prepared: prepared.length,
    ended: ended.length,
    endLearnt: ended.filter((end) => end === "learnt").length,
    doubleBos: prepared.filter((row) => beginsTwice(row, model)).length,
    thoughts: thoughts.filter((one) => one === "closed" || one === "unopened").length,
    emptyThoughts: thoughts.filter((one) => one === "empty").length,
    noThoughts: thoughts.filter((one) => one === "none").length,
  };
}

/** Whether a row's content ends with an end token, and whether that token is learnt. */
function endOf(row: JsonObject, model: Study | undefined): "learnt" | "masked" | undefined {
  const ids = isNumbers(row.input_ids) ? row.input_ids : [];
  const mask = isNumbers(row.attention_mask) ? row.attention_mask : undefined;
  const known = model?.facts.ends.flatMap(({ id }) => id ?? []) ?? [];
  const marked = model?.stops.flatMap(({ tokens }) => tokens.flatMap(({ id }) => id ?? [])) ?? [];
  const ends = new Set([...known, ...marked].length > 0 ? [...known, ...marked] : ENDS);
  let at = mask === undefined ? ids.length - 1 : mask.lastIndexOf(1);
  const pad = model?.files.tokenizer?.pad?.id;
  // Without a mask, padding is what repeats at the end; of a padding that is the end, one stays.
  if (mask === undefined)
    while (
      at > 0 &&
      ids[at] === ids[at - 1] &&
      (pad === undefined || ids[at] === pad || ends.has(ids[at] ?? -1))
    )
      at--;
  if (mask === undefined && pad !== undefined && ids[at] === pad && !ends.has(pad)) at--;
  // Templates write a line break behind the end of a turn.
  for (const place of [at, at - 1]) {
    if (!ends.has(ids[place] ?? -1)) continue;
    const label = isNumbers(row.labels) ? row.labels[place] : undefined;
    return label === NOT_LEARNT ? "masked" : "learnt";
  }
  return undefined;
}

function beginsTwice(row: JsonObject, model: Study | undefined): boolean {
  const [first, second] = isNumbers(row.input_ids) ? row.input_ids : [];
  const bos = model?.files.tokenizer?.bos?.id;
  return (
    first !== undefined && first === second && (bos === undefined ? BEGINS.includes(first) : first === bos)
  );
}

/** The answers of a conversation in any of the common shapes. */
function answersIn(row: JsonObject): string[] {
  const turns = [row.messages, row.conversations, row.conversation].find(Array.isArray);
  if (turns !== undefined) {
    return turns
      .filter(isJsonObject)
      .filter((turn) => ["assistant", "gpt"].includes(String(turn.role ?? turn.from)))
      .map((turn) => String(turn.content ?? turn.value ?? ""));
  }
  const answer = [row.output, row.completion, row.response].find((one) => typeof one === "string");
  return answer === undefined ? [] : [answer];
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}
