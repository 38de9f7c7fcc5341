import { describe, expect, test } from "vitest";
import { Device } from "../../src/native/ggml/device.ts";
import { GgmlError } from "../../src/native/ggml/error.ts";
import { Graph } from "../../src/native/ggml/graph.ts";
import { Store } from "../../src/native/ggml/store.ts";
import { readFloats, readTensor, writeTensor } from "../../src/native/ggml/values.ts";
import { InUseError, UseAfterFreeError } from "../../src/native/handle.ts";

/** A store with two tensors of three floats, allocated. */
function pair(device: Device) {
  const store = new Store(2);
  const [a, b] = [store.tensor("f32", 3), store.tensor("f32", 3)];
  store.allocate(device);
  writeTensor(a, new Float32Array([1, 2, 3]));
  writeTensor(b, new Float32Array([10, 20, 30]));
  return { store, a, b };
}

describe("a graph", () => {
  test("computes what it was told, again and again", async () => {
    using device = new Device(1);
    const { store, a, b } = pair(device);
    using _store = store;
    using graph = new Graph(4);
    const sum = graph.add(a, b);
    graph.output(sum);
    graph.expand(sum);
    graph.plan(device);
    await graph.compute();
    expect([...readFloats(sum)]).toEqual([11, 22, 33]);
    writeTensor(a, new Float32Array([5, 5, 5]));
    await graph.compute();
    expect([...readFloats(sum)]).toEqual([15, 25, 35]);
  });

  test("leaves the event loop free while it computes", async () => {
    using device = new Device(1);
    using store = new Store(1);
    const a = store.tensor("f32", 256, 256);
    store.allocate(device);
    using graph = new Graph(50);
    const product = Array.from({ length: 40 }).reduce<typeof a>((sofar) => graph.mulMat(a, sofar), a);
    graph.expand(product);
    graph.plan(device);
    let turns = 0;
    const computed = graph.compute();
    const ticker = setInterval(() => turns++, 0);
    await computed;
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("a store", () => {
  test("starts with zeros and knows its bytes", () => {
    using device = new Device(1);
    using store = new Store(2);
    const a = store.tensor("f32", 4, 2);
    expect(store.byteCount).toBe(0);
    store.allocate(device);
    expect([...readFloats(a)]).toEqual(Array(8).fill(0));
    expect(store.byteCount).toBeGreaterThanOrEqual(32);
  });

  test.each([
    ["short", 2],
    ["long", 4],
    ["empty", 0],
  ])("refuses an array that is too %s, to write and to read", (_, length) => {
    using device = new Device(1);
    const { store, a } = pair(device);
    using _store = store;
    expect(() => writeTensor(a, new Float32Array(length))).toThrow(GgmlError);
    expect(() => readTensor(a, new Float32Array(length))).toThrow(
      `The tensor holds 12 bytes but the array has ${4 * length}`,
    );
    expect([...readFloats(a)]).toEqual([1, 2, 3]);
  });

  test("writes a part of a larger array and nothing beside it", () => {
    using device = new Device(1);
    const { store, a } = pair(device);
    using _store = store;
    writeTensor(a, new Float32Array([0, 7, 8, 9, 0]).subarray(1, 4));
    expect([...readFloats(a)]).toEqual([7, 8, 9]);
  });
});

describe("after it was freed", () => {
  test("a store gives no tensor, no memory and no size", () => {
    using device = new Device(1);
    const { store } = pair(device);
    store[Symbol.dispose]();
    expect(() => store.tensor("f32", 1)).toThrow(UseAfterFreeError);
    expect(() => store.parameter(1)).toThrow(UseAfterFreeError);
    expect(() => store.allocate(device)).toThrow(UseAfterFreeError);
    expect(() => store.byteCount).toThrow(UseAfterFreeError);
    expect(() => store[Symbol.dispose]()).toThrow(UseAfterFreeError);
  });

  test("a store's tensors can neither be read, written nor computed with", () => {
    using device = new Device(1);
    const { store, a, b } = pair(device);
    using graph = new Graph(4);
    store[Symbol.dispose]();
    expect(() => readFloats(a)).toThrow(UseAfterFreeError);
    expect(() => writeTensor(a, new Float32Array(3))).toThrow(UseAfterFreeError);
    expect(() => graph.add(a, b)).toThrow(UseAfterFreeError);
    expect(() => graph.expand(a)).toThrow(UseAfterFreeError);
  });

  test("a graph neither grows, plans nor computes", async () => {
    using device = new Device(1);
    const { store, a, b } = pair(device);
    using _store = store;
    const graph = new Graph(4);
    const sum = graph.add(a, b);
    graph.expand(sum);
    graph.plan(device);
    graph[Symbol.dispose]();
    expect(() => graph.add(a, b)).toThrow(UseAfterFreeError);
    await expect(graph.compute()).rejects.toThrow(UseAfterFreeError);
    expect(() => graph.nodeCount).toThrow(UseAfterFreeError);
    expect(() => readFloats(sum)).toThrow(UseAfterFreeError);
    expect(() => graph[Symbol.dispose]()).toThrow(UseAfterFreeError);
  });

  test("a device holds no more memory", () => {
    const device = new Device(1);
    device[Symbol.dispose]();
    using store = new Store(1);
    store.tensor("f32", 1);
    expect(() => store.allocate(device)).toThrow(UseAfterFreeError);
    expect(() => device[Symbol.dispose]()).toThrow(UseAfterFreeError);
  });
});

describe("misuse is an error, not the end of the program", () => {
  function sumOf(store: Store, graph: Graph, size = 4) {
    const a = store.tensor("f32", size);
    const sum = graph.sum(a);
    graph.output(sum);
    graph.expand(sum);
    return { a, sum };
  }

  test("computing with a store or a device that is gone", async () => {
    using graph = new Graph(4);
    const store = new Store(1);
    const device = new Device(1);
    sumOf(store, graph);
    store.allocate(device);
    graph.plan(device);
    store[Symbol.dispose]();
    await expect(graph.compute()).rejects.toThrow(UseAfterFreeError);

    using otherStore = new Store(1);
    using otherGraph = new Graph(4);
    sumOf(otherStore, otherGraph);
    otherStore.allocate(device);
    otherGraph.plan(device);
    device[Symbol.dispose]();
    await expect(otherGraph.compute()).rejects.toThrow(UseAfterFreeError);
  });

  test("disposing what is being computed with: refused, and possible afterwards", async () => {
    const [device, store, graph] = [new Device(1), new Store(1), new Graph(4)];
    const { sum } = sumOf(store, graph, 1_000_000);
    store.allocate(device);
    graph.plan(device);
    const computing = graph.compute();
    for (const owner of [graph, store, device]) expect(() => owner[Symbol.dispose]()).toThrow(InUseError);
    await computing;
    expect(readFloats(sum)[0]).toBe(0);
    for (const owner of [graph, store, device]) owner[Symbol.dispose]();
    expect(() => graph[Symbol.dispose]()).toThrow(UseAfterFreeError);
  });

  test("reading, writing, planning and computing before there is memory", async () => {
    using device = new Device(1);
    using store = new Store(1);
    using graph = new Graph(4);
    const { a, sum } = sumOf(store, graph);
    expect(() => writeTensor(a, new Float32Array(4))).toThrow(/no memory yet/);
    expect(() => readFloats(sum)).toThrow(/no memory yet/);
    await expect(graph.compute()).rejects.toThrow(/plan the graph/);
    expect(() => graph.plan(device)).toThrow(/not allocated yet/);
    store.allocate(device);
    expect(() => store.allocate(device)).toThrow(/allocated once/);
  });

  test("shapes that do not go together, and more than there is room for", () => {
    using store = new Store(3);
    using graph = new Graph(2);
    const [a, b] = [store.tensor("f32", 4, 3), store.tensor("f32", 5, 3)];
    expect(() => graph.add(a, b)).toThrow(/\[5, 3, 1, 1\] and \[4, 3, 1, 1\]/);
    expect(() => graph.mulMat(a, b)).toThrow(GgmlError);
    expect(() => graph.outProd(a, store.tensor("f32", 4, 4))).toThrow(GgmlError);
    expect(() => graph.reshape(a, 13)).toThrow(GgmlError);
    graph.sqr(a);
    graph.sqr(a);
    expect(() => graph.sqr(a)).toThrow(/2 operations/);
    expect(() => store.tensor("f32", 1)).toThrow(/3 tensors/);
  });
});
