import { totalmem } from "node:os";
import { describe, expect, test } from "vitest";
import { askDevices } from "../../src/engine/machine/graphics.ts";
import { detectMachine } from "../../src/engine/machine/machine.ts";
import { coresOf, packingOf, processorQuota } from "../../src/engine/machine/processor.ts";

const thread = (processor: number, core: number, socket = 0): string =>
  `processor\t: ${processor}\nphysical id\t: ${socket}\ncore id\t\t: ${core}\nflags\t\t: fpu sse2 avx2\n`;

test("cores are counted by their places", () => {
  expect(coresOf([thread(0, 0), thread(1, 1), thread(2, 0), thread(3, 1)].join("\n"))).toBe(2);
  expect(coresOf([thread(0, 0, 0), thread(1, 0, 1)].join("\n"))).toBe(2);
  expect(coresOf("processor: 0\n")).toBeNull();
  expect(coresOf(undefined)).toBeNull();
});

test("the layout of matrices follows from the processor", () => {
  expect(packingOf("arm64", undefined)).toBe("arm");
  expect(packingOf("x64", thread(0, 0))).toBe("x86");
  expect(packingOf("x64", "flags\t\t: fpu sse2 avx2 avx512_vnni amx_int8\n")).toBe("amx");
  expect(packingOf("x64", "flags\t\t: fpu sse2\n")).toBe("none");
  expect(packingOf("x64", undefined)).toBe("x86");
  expect(packingOf("riscv64", undefined)).toBe("none");
});

describe("a container's quota of processors", () => {
  const none = { quota: undefined, period: undefined };
  test.each([
    ["150000 100000\n", none, 1.5],
    ["max 100000\n", none, undefined],
    [undefined, { quota: "200000\n", period: "100000\n" }, 2],
    [undefined, { quota: "-1\n", period: "100000\n" }, undefined],
    [undefined, none, undefined],
    ["nonsense", none, undefined],
  ])("%j", (second, first, processors) => {
    expect(processorQuota(second, first)).toBe(processors);
  });
});

test("this machine has memory, and a processor among its native devices", async () => {
  const { memory, processor } = await detectMachine();
  expect(memory.available).toBeGreaterThan(0);
  expect(memory.available).toBeLessThanOrEqual(memory.total);
  expect(memory.total).toBeLessThanOrEqual(totalmem());
  expect(processor.usableThreads).toBeGreaterThan(0);
  const devices = await askDevices();
  expect(devices.filter(({ kind }) => kind === "processor")).toHaveLength(1);
  for (const { memory } of devices) expect(memory.free).toBeLessThanOrEqual(memory.total);
});
