import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { Handle, type Pointer, UseAfterFreeError } from "../../src/native/handle.ts";

function counted(): { handle: Handle; freed: Pointer[] } {
  const freed: Pointer[] = [];
  return { handle: new Handle("test object", 42n, (pointer) => freed.push(pointer)), freed };
}

describe("a handle", () => {
  test("gives its pointer while it is alive", () => {
    const { handle, freed } = counted();
    expect(handle.pointer).toBe(42n);
    expect(handle.disposed).toBe(false);
    expect(freed).toEqual([]);
  });

  test("frees once, at the end of its block", () => {
    const { handle, freed } = counted();
    {
      using owned = handle;
      expect(owned.disposed).toBe(false);
    }
    expect(freed).toEqual([42n]);
    expect(handle.disposed).toBe(true);
  });

  test("refuses its pointer afterwards, by the object's name", () => {
    const { handle } = counted();
    handle[Symbol.dispose]();
    expect(() => handle.pointer).toThrow(UseAfterFreeError);
    expect(() => handle.pointer).toThrow("This test object was already disposed");
  });

  test("freed twice is an error, and the memory is freed once", () => {
    const { handle, freed } = counted();
    handle[Symbol.dispose]();
    expect(() => handle[Symbol.dispose]()).toThrow(UseAfterFreeError);
    expect(freed).toEqual([42n]);
  });

  test("counts as freed even when freeing fails, so that nobody tries again", () => {
    const handle = new Handle("test object", 42n, () => {
      throw new Error("no");
    });
    expect(() => handle[Symbol.dispose]()).toThrow("no");
    expect(handle.disposed).toBe(true);
  });
});

test("the error speaks both languages and exits as a defect of ours", () => {
  const error = new UseAfterFreeError("graph");
  expect(error.exitCode).toBe(EXIT.failed);
  expect(error.text.en).toContain("graph");
  expect(error.text.zh).toContain("graph");
});
