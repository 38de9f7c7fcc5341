import { expect, test } from "vitest";
import { Generation, type GenerationResult } from "../../src/model/generation.ts";

const RESULT: GenerationResult = {
  text: "abc",
  finishReason: "stop",
  usage: { promptTokens: 1, completionTokens: 3 },
  tokensPerSecond: 0,
  sampling: { temperature: 0 },
  stage: "base",
  warnings: [],
};
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

async function read(generation: Generation): Promise<string> {
  let text = "";
  for await (const piece of generation) text += piece;
  return text;
}

test("several readers at once each get all of it, also one who comes late", async () => {
  const generation = new Generation(async (emit) => {
    for (const piece of ["a", "b", "c"]) {
      await pause();
      emit(piece);
    }
    return RESULT;
  });
  expect(await Promise.all([read(generation), read(generation), read(generation)])).toEqual([
    "abc",
    "abc",
    "abc",
  ]);
  expect(await read(generation)).toBe("abc");
  expect(await generation.result).toBe(RESULT);
});

test("a failure reaches every reader and whoever waits for the result, after what was written", async () => {
  const generation = new Generation(async (emit) => {
    emit("a");
    await pause();
    throw new Error("broken");
  });
  const pieces: string[] = [];
  const reading = (async () => {
    for await (const piece of generation) pieces.push(piece);
  })();
  await Promise.all([
    expect(reading).rejects.toThrow("broken"),
    expect(read(generation)).rejects.toThrow("broken"),
    expect(generation.result).rejects.toThrow("broken"),
  ]);
  expect(pieces).toEqual(["a"]);
});

test("leaving early tells the work to end", async () => {
  const generation = new Generation(async (emit, signal) => {
    while (!signal.aborted) {
      emit("x");
      await pause();
    }
    return { ...RESULT, finishReason: "aborted" };
  });
  for await (const _ of generation) break;
  expect((await generation.result).finishReason).toBe("aborted");
});
