import { type SafetensorsOutput, writeSafetensors } from "../formats/safetensors/write.ts";
import { type Row, type Segment, trainedFrom, trainedTokensOf } from "../train/batch.ts";

/** What the loss of a group of rows is. */
export type RowLoss = "mean" | "sum" | "pairs" | "separate pairs";
/** Rows that share a loss: those of one step, or all that are held out. */
export type RowGroups = () => Iterable<readonly Row[]>;

/**
 * Writes rows for TRL as a safetensors file, in their order: `ids` of all tokens; `shares`, how much the loss of predicting each
 * counts; `lengths` of the segments, which do not see each other; and `starts`, where each row begins among the tokens and the
 * segments, [rows + 1, 2]. The shares are those of the embedded trainer: with `mean`, those of the tokens that a group trains
 * add up to 1 (where all count alike); with `sum`, each counts as its weight says. With `pairs`, segments are answers two by
 * two, every token that is trained counts 1, and `divisors` [rows] says how many pairs the group of each row holds, or 1 with
 * `separate pairs`.
 *
 * @param groups gives them anew at every call, since they are more than memory holds.
 */
export async function writeRows(path: string, groups: RowGroups, loss: RowLoss): Promise<void> {
  const starts = [0, 0];
  for (const row of rowsOf(groups)) {
    const [token = 0, segment = 0] = starts.slice(-2);
    const whole = wholeSegments(row);
    starts.push(token + whole.reduce((sum, { ids }) => sum + ids.length, 0), segment + whole.length);
  }
  const [tokens = 0, segments = 0] = starts.slice(-2);
  await writeSafetensors(path, { format: "pt" }, [
    {
      name: "starts",
      dtype: "I64",
      shape: [starts.length / 2, 2],
      pieces: () => [bytesOf(BigInt64Array.from(starts, BigInt))],
    },
    { name: "ids", dtype: "I32", shape: [tokens], pieces: () => idPieces(groups) },
    { name: "shares", dtype: "F32", shape: [tokens], pieces: () => sharePieces(groups, loss) },
    { name: "lengths", dtype: "I32", shape: [segments], pieces: () => lengthPieces(groups) },
    ...(loss === "pairs" || loss === "separate pairs"
      ? [
          {
            name: "divisors",
            dtype: "F32",
            shape: [starts.length / 2 - 1],
            pieces: () => divisorPieces(groups, loss),
          } satisfies SafetensorsOutput,
        ]
      : []),
  ]);
}

function* rowsOf(groups: RowGroups): Generator<Row> {
  for (const group of groups()) yield* group;
}

/** What has something to predict. */
function wholeSegments(row: Row): Segment[] {
  return row.filter(({ ids }) => ids.length > 1);
}

function* idPieces(groups: RowGroups): Generator<Uint8Array> {
  for (const row of rowsOf(groups))
    for (const { ids } of wholeSegments(row)) yield bytesOf(Int32Array.from(ids));
}

function* lengthPieces(groups: RowGroups): Generator<Uint8Array> {
  for (const row of rowsOf(groups))
    yield bytesOf(Int32Array.from(wholeSegments(row), ({ ids }) => ids.length));
}

function* divisorPieces(groups: RowGroups, loss: RowLoss): Generator<Uint8Array> {
  for (const group of groups()) {
    const pairs = group.flatMap(wholeSegments).length / 2;
    yield bytesOf(new Float32Array(group.length).fill(loss === "pairs" ? Math.max(1, pairs) : 1));
  }
}

function* sharePieces(groups: RowGroups, loss: RowLoss): Generator<Uint8Array> {
  for (const group of groups()) {
    const divisor = loss === "mean" ? Math.max(1, trainedTokensOf(group)) : 1;
    const isWeighed = loss === "mean" || loss === "sum";
    for (const segment of group.flatMap(wholeSegments)) {
      const shares = new Float32Array(segment.ids.length);
      for (let i = trainedFrom; i < shares.length; i++) {
        if (segment.trained?.(i) ?? true) {
          shares[i] = (isWeighed ? (segment.weight?.(i) ?? 1) : 1) / divisor;
        }
      }
      yield bytesOf(shares);
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
