import { Handle, type Pointer } from "../handle.ts";
import { allocated, newArena } from "./arena.ts";
import { ggml } from "./bindings.ts";
import { type Device, handleOf } from "./device.ts";
import { GgmlError, outOfMemory, outOfOrder } from "./error.ts";
import { Operations } from "./operations.ts";
import { pointerOf, type Tensor } from "./tensor.ts";

/** A graph under construction, then planned, then computed as often as one likes. */
export class Graph extends Operations implements Disposable {
  readonly #graph: Pointer;
  readonly #capacity: number;
  /** Where each optional part begins and ends among the operations. */
  readonly #optional: { readonly from: number; readonly to: number }[] = [];
  /** What `compute` runs when parts are left out, and how many of them it runs. */
  #shortened: { readonly graph: Pointer; parts: number } | undefined;
  #planned: { readonly planner: Handle; readonly device: Handle } | undefined;

  /** @param capacity the greatest number of operations. */
  constructor(capacity: number) {
    const native = ggml();
    const bytes = native.tensorOverhead() * (2 * capacity + 1) + 2 * native.graphOverhead(capacity, false);
    super(newArena("graph", bytes), capacity);
    this.#capacity = capacity;
    this.#graph = native.graphNew(this.arena.pointer, capacity, false);
  }

  /** Keeps a result readable after the computation. */
  output(a: Tensor): void {
    ggml().setOutput(pointerOf(a));
  }

  /** Adds a result, and all that it needs, to what is computed. */
  expand(result: Tensor): void {
    ggml().graphExpand(this.#graph, pointerOf(result));
  }

  /**
   * Notes what `expand` adds as a part that a computation may leave out. Parts follow each other, and nothing outside
   * may read what only they write, except in place: where a part is left out, the old values stay.
   */
  optional(expand: () => void): void {
    const from = this.nodeCount;
    expand();
    this.#optional.push({ from, to: this.nodeCount });
  }

  /** Plans the memory of everything expanded so far. Throws GgmlError when there is not enough. */
  plan(device: Device): void {
    if (this.#planned !== undefined) throw outOfOrder("a graph is planned once", "图只能规划一次");
    for (const source of this.sources) {
      if (source !== this.arena && !allocated.has(source)) {
        throw outOfOrder("the graph reads a store that is not allocated yet", "图读取的存储尚未分配");
      }
    }
    const native = ggml();
    const bufferType = native.bufferType(handleOf(device).pointer);
    const planner = new Handle("graph", native.plannerNew(bufferType), native.plannerFree);
    this.#planned = { planner, device: handleOf(device) };
    if (!native.plannerAllocate(planner.pointer, this.#graph)) throw outOfMemory();
    allocated.add(this.arena);
  }

  /** Bytes that the planned results take. */
  get byteCount(): number {
    return this.#planned === undefined ? 0 : ggml().plannerSize(this.#planned.planner.pointer, 0);
  }

  get nodeCount(): number {
    void this.arena.pointer;
    return ggml().graphNodes(this.#graph);
  }

  /**
   * Computes the planned graph on another thread; until it is done nothing that it reads can be disposed.
   * Throws GgmlError when the library reports a failure, UseAfterFreeError when something it reads is gone.
   * @param parts how many of the optional parts are computed, from the first; all unless stated.
   */
  async compute(parts = this.#optional.length): Promise<void> {
    void this.arena.pointer;
    if (this.#planned === undefined)
      throw outOfOrder("plan the graph before you compute it", "计算前请先规划图");
    const { planner, device } = this.#planned;
    const releases: (() => void)[] = [];
    try {
      for (const used of [this.arena, planner, device, ...this.sources]) releases.push(used.hold());
      await computeOnThread(device.pointer, this.#with(parts));
    } finally {
      for (const release of releases) release();
    }
  }

  /** The graph without the optional parts that come after the first so many. */
  #with(parts: number): Pointer {
    const left = this.#optional.slice(parts);
    const [first] = left;
    const last = left.at(-1);
    if (first === undefined || last === undefined) return this.#graph;
    const native = ggml();
    this.#shortened ??= { graph: native.graphNew(this.arena.pointer, this.#capacity, false), parts: -1 };
    if (this.#shortened.parts === parts) return this.#shortened.graph;
    this.#shortened.parts = parts;
    native.graphClear(this.#shortened.graph);
    for (let i = 0; i < this.nodeCount; i++) {
      if (i >= first.from && i < last.to) continue;
      native.graphAddNode(this.#shortened.graph, native.graphNode(this.#graph, i));
    }
    return this.#shortened.graph;
  }

  [Symbol.dispose](): void {
    this.arena[Symbol.dispose]();
    this.#planned?.planner[Symbol.dispose]();
  }
}

function computeOnThread(backend: Pointer, graph: Pointer): Promise<void> {
  return new Promise((resolve, reject) => {
    ggml().graphCompute.async(backend, graph, (error, status) => {
      if (error !== null) reject(error);
      else if (status !== 0) reject(computeFailed(status));
      else resolve();
    });
  });
}

function computeFailed(status: number): GgmlError {
  return new GgmlError({
    en: `The native library could not compute the graph (status ${status}); this is a defect of basewise, please report it.`,
    zh: `原生库无法完成计算（状态 ${status}）；这是 basewise 的缺陷，请报告。`,
  });
}
