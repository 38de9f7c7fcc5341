import type { Store } from "../../native/ggml/store.ts";
import { writeTensor } from "../../native/ggml/values.ts";
import type { Inputs } from "../arch/graph.ts";
import { BatchLayout, type BatchShape, placesOf, type Row, type Segment } from "../batch.ts";
import type { TextHead } from "./head.ts";

/** A text and what a head is to say of it: every token takes a place, and only the last one's has a target. */
export class LabelledText implements Segment {
  readonly ids: Int32Array;
  /** The number to say; 0 for a label, which is the target itself. */
  readonly value: number;

  /** @param wanted the place of a label, or a number. */
  constructor(tokens: readonly number[], { kind }: TextHead, wanted: number) {
    this.ids = Int32Array.from([...tokens, kind === "classify" ? wanted : 0]);
    this.value = kind === "classify" ? 0 : wanted;
  }

  trained(i: number): boolean {
    return i === this.ids.length - 1;
  }
}

/** The layout of a batch of labelled texts: that of tokens, with how they are pooled and which numbers are wanted. */
export class HeadLayout extends BatchLayout {
  readonly #time: number;
  readonly #mix: Float32Array | undefined;
  readonly #values: Float32Array | undefined;

  constructor(shape: BatchShape, head: TextHead, groups: number) {
    super(shape, head.outputs, groups, Number.POSITIVE_INFINITY); // the outputs of a head are few
    const { time, batch } = shape;
    this.#time = time;
    if (head.pooling === "mean") this.#mix = new Float32Array(time * time * batch);
    if (head.kind === "regress") this.#values = new Float32Array(time * batch);
  }

  override declare(store: Store): Inputs {
    const batch = (this.#mix?.length ?? 0) / this.#time ** 2;
    return {
      ...super.declare(store),
      ...(this.#mix === undefined ? {} : { mix: store.tensor("f32", this.#time, this.#time, batch) }),
      ...(this.#values === undefined ? {} : { values: store.tensor("f32", 1, this.#values.length) }),
    };
  }

  override get tensorCount(): number {
    return super.tensorCount + (this.#mix === undefined ? 0 : 1) + (this.#values === undefined ? 0 : 1);
  }

  override write(rows: readonly Row[], inputs: Inputs, loss: "mean" | "sum" | number): number {
    const trained = super.write(rows, inputs, loss);
    this.#mix?.fill(0);
    this.#values?.fill(0);
    for (const [row, segments] of rows.entries()) {
      let start = 0;
      for (const segment of segments) {
        const end = start + placesOf(segment);
        this.#pool(row, start, end);
        if (this.#values !== undefined && segment instanceof LabelledText) {
          this.#values[row * this.#time + end - 1] = segment.value;
        }
        start = end;
      }
    }
    if (this.#mix !== undefined && inputs.mix !== undefined) writeTensor(inputs.mix, this.#mix);
    if (this.#values !== undefined && inputs.values !== undefined) writeTensor(inputs.values, this.#values);
    return trained;
  }

  /** The last place of a text becomes the mean of all its places. */
  #pool(row: number, start: number, end: number): void {
    const at = (row * this.#time + end - 1) * this.#time;
    this.#mix?.fill(1 / (end - start), at + start, at + end);
  }
}
