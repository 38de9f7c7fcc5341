import { BadFileError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** More pieces than any model has. */
const MAX_PIECES = 2 ** 20;
const MAX_PIECE_BYTES = 2 ** 16;

/** What a piece is (`ModelProto.SentencePiece.Type`), by its number. */
const KINDS = ["normal", "unknown", "control", "user defined", "unused", "byte"] as const;
export type PieceKind = (typeof KINDS)[number];

export interface Piece {
  readonly text: string;
  /** The higher, the sooner two pieces are joined to this one. */
  readonly score: number;
  readonly kind: PieceKind;
}

/** What a SentencePiece `tokenizer.model` holds, checked. */
export interface SentencePieceFile {
  readonly path: string;
  /** The index is the id. */
  readonly pieces: readonly Piece[];
  readonly algorithm: "unigram" | "bpe" | "word" | "char";
  readonly fallsBackToBytes: boolean;
  /** Whether a space is put before every text. */
  readonly addsSpace: boolean;
  /** Whether characters are replaced, or spaces dropped, before anything else. */
  readonly rewritesText: boolean;
}

const ALGORITHMS = ["unigram", "bpe", "word", "char"] as const;

/**
 * Reads the bytes of a `tokenizer.model`. Pure: `path` only names the file in errors. Throws BadFileError where they
 * are no such file. Source: `sentencepiece_model.proto` of SentencePiece 0.2, whose defaults hold for what is left out.
 */
export function parseSentencePiece(path: string, bytes: Uint8Array): SentencePieceFile {
  const pieces: Piece[] = [];
  let algorithm: SentencePieceFile["algorithm"] = "unigram";
  let fallsBackToBytes = false;
  let addsSpace = true;
  let dropsSpaces = true;
  let escapesSpaces = true;
  let hasRules = false;
  for (const { number, value } of fieldsOf(path, bytes)) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === 1) {
      if (pieces.length === MAX_PIECES) throw noModel(path, tooMany);
      pieces.push(pieceOf(path, value));
    } else if (number === 2) {
      for (const field of fieldsOf(path, value)) {
        if (field.number === 3) algorithm = algorithmOf(path, field.value);
        if (field.number === 35) fallsBackToBytes = field.value === 1;
      }
    } else if (number === 3) {
      for (const field of fieldsOf(path, value)) {
        if (field.number === 2) hasRules = field.value instanceof Uint8Array && field.value.length > 0;
        if (field.number === 3) addsSpace = field.value === 1;
        if (field.number === 4) dropsSpaces = field.value === 1;
        if (field.number === 5) escapesSpaces = field.value === 1;
      }
    }
  }
  if (pieces.length === 0) throw noModel(path, { en: "it has no pieces", zh: "没有词元" });
  const rewritesText = hasRules || dropsSpaces || !escapesSpaces;
  return { path, pieces, algorithm, fallsBackToBytes, addsSpace, rewritesText };
}

function pieceOf(path: string, bytes: Uint8Array): Piece {
  let text = "";
  let score = 0;
  let kind: PieceKind | undefined = "normal";
  for (const { number, value } of fieldsOf(path, bytes)) {
    if (number === 1 && value instanceof Uint8Array) {
      if (value.length > MAX_PIECE_BYTES) throw noModel(path, tooLong);
      text = utf8(path, value);
    } else if (number === 2 && typeof value === "object" && "f32" in value) score = value.f32;
    else if (number === 3) kind = typeof value === "number" ? KINDS[value - 1] : undefined;
  }
  if (kind === undefined || !Number.isFinite(score)) {
    throw noModel(path, {
      en: `its piece "${printable(text)}" has no known type or no score`,
      zh: `其词元 "${printable(text)}" 的类型或得分无效`,
    });
  }
  return { text, score, kind };
}

function algorithmOf(path: string, value: Field["value"]): SentencePieceFile["algorithm"] {
  const algorithm = typeof value === "number" ? ALGORITHMS[value - 1] : undefined;
  if (algorithm !== undefined) return algorithm;
  throw noModel(path, { en: "it names no known algorithm", zh: "没有说明已知的算法" });
}

function utf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw noModel(path, { en: "a piece is not UTF-8", zh: "有词元不是 UTF-8" });
  }
}

/** A field of a protobuf message; numbers beyond 2^53 are of no use here and stay imprecise. */
interface Field {
  readonly number: number;
  readonly value: number | { readonly f32: number } | Uint8Array;
}

/** The fields of a message in order. Source: the encoding of protocol buffers; groups are long out of use. */
function* fieldsOf(path: string, bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number): number => {
    const from = at;
    if (count > bytes.length - from) throw noModel(path, cutShort);
    at += count;
    return from;
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1, length = 0; length < 10; scale *= 128, length++) {
      const byte = bytes[take(1)] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw noModel(path, cutShort);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        take(8);
        break;
      case 2: {
        const length = varint();
        const from = take(length);
        yield { number, value: bytes.subarray(from, from + length) };
        break;
      }
      case 5:
        yield { number, value: { f32: view.getFloat32(take(4), true) } };
        break;
      default:
        throw noModel(path, { en: "it is no protobuf message", zh: "不是 protobuf 消息" });
    }
  }
}

const cutShort: Text = { en: "it is cut short", zh: "文件不完整" };
const tooMany: Text = { en: `it has more than ${MAX_PIECES} pieces`, zh: `词元超过 ${MAX_PIECES} 个` };
const tooLong: Text = { en: "a piece is too long", zh: "有词元过长" };

function noModel(path: string, what: Text): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} is no usable SentencePiece model: ${what.en}. Download it again.`,
    zh: `${printable(path)} 不是可用的 SentencePiece 模型：${what.zh}。请重新下载。`,
  });
}
