import { expect, test } from "vitest";
import { tensorType } from "../../../src/formats/gguf/tensor-types.ts";
import { nativeLibraries } from "../../../src/native/library.ts";

test("block sizes are those of the native library, for every type it has", () => {
  const { bind } = nativeLibraries();
  const name = bind<[number], string | null>("ggmlBase", "const char *ggml_type_name(int type)");
  const blockElements = bind<[number], number>("ggmlBase", "int64_t ggml_blck_size(int type)");
  const blockBytes = bind<[number], number>("ggmlBase", "size_t ggml_type_size(int type)");
  for (let type = 0; type < 43; type++) {
    const expected =
      blockElements(type) > 0
        ? {
            name: name(type)?.toUpperCase(),
            blockElements: blockElements(type),
            blockBytes: blockBytes(type),
          }
        : undefined;
    expect(tensorType(type)).toEqual(expected);
  }
  expect(tensorType(43)).toBeUndefined();
});
