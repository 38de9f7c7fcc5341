import { TURN_END, TURN_START } from "../chat/chatml.ts";
import type { Message } from "../chat/conversation.ts";
import type { Tokenizer } from "../formats/tokenizer/tokenizer.ts";
import { type BatchShape, placesOf, type Row, type Segment } from "./batch.ts";
import type { Batches } from "./documents.ts";
import { Random } from "./random.ts";

/**
 * A conversation as tokens in the ChatML layout. What a model must write itself is trained: the content of assistant
 * turns and the turn-end token that closes them. Headers, other roles and the newline after a turn are not.
 */
export function conversationSegment(messages: readonly Message[], tokenizer: Tokenizer): Segment {
  const turnStart = tokenizer.controlId(TURN_START);
  const turnEnd = tokenizer.controlId(TURN_END);
  const newline = tokenizer.encode("\n");
  const ids: number[] = [];
  const trained: boolean[] = [];
  const push = (tokens: readonly number[], learn: boolean) => {
    for (const token of tokens) {
      ids.push(token);
      trained.push(learn);
    }
  };
  for (const { role, content } of messages) {
    push([turnStart, ...tokenizer.encode(`${role}\n`)], false);
    push([...tokenizer.encode(content), turnEnd], role === "assistant");
    push(newline, false);
  }
  return { ids, trained: (i) => trained[i] ?? false };
}

/** Conversations packed into rows, shuffled and packed anew every epoch; none is cut. */
export class ConversationBatches implements Batches {
  readonly stepsPerEpoch: number;
  readonly #segments: readonly Segment[];
  readonly #shape: BatchShape;
  readonly #seed: number;
  #epoch = -1;
  #rows: readonly Row[] = [];

  /** Every segment must fit a row. */
  constructor(segments: readonly Segment[], shape: BatchShape, seed: number) {
    this.#segments = segments;
    this.#shape = shape;
    this.#seed = seed;
    // epochs differ a little in how tightly they pack; each gives as many steps as the first
    this.stepsPerEpoch = Math.max(1, Math.floor(this.#pack(0).length / shape.batch));
  }

  #pack(epoch: number): Row[] {
    const rows: Segment[][] = [];
    let open: Segment[] = [];
    let used = 0;
    for (const segment of new Random(this.#seed + epoch).shuffle(this.#segments)) {
      if (used + placesOf(segment) > this.#shape.time) {
        rows.push(open);
        open = [];
        used = 0;
      }
      open.push(segment);
      used += placesOf(segment);
    }
    if (open.length > 0) rows.push(open);
    return rows;
  }

  at(step: number): readonly Row[] {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#rows = this.#pack(epoch);
    }
    const start = (step % this.stepsPerEpoch) * this.#shape.batch;
    return Array.from(
      { length: this.#shape.batch },
      (_, i) => this.#rows[(start + i) % this.#rows.length] ?? [],
    );
  }
}
