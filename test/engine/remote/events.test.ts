import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventsIn, StreamFault } from "../../../src/engine/remote/events.ts";
import { keyFor } from "../../../src/engine/remote/keys.ts";

async function* inChunks(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts, bytes.length].sort((one, other) => one - other)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
}

async function read(text: string, cuts: readonly number[] = []): Promise<object[]> {
  const events: object[] = [];
  for await (const event of eventsIn(inChunks(Buffer.from(text), cuts))) events.push(event);
  return events;
}

describe("the events of a stream", () => {
  test("server-sent events, with what the standard lets stand among them", async () => {
    const text =
      ': ping\n\nevent: x\nid: 3\ndata: {"a":1}\n\ndata:{"a":2}\r\n\r\ndata: [DONE]\n\ndata: {"a":3}\n\n';
    expect(await read(text)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("one object a line, the last without an end", async () => {
    expect(await read('{"a":1}\n\n{"a":2}\n{"a":3}')).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  test("however the bytes are cut, the same events come", async () => {
    const objects = fc.array(fc.record({ text: fc.string({ unit: "grapheme" }) }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        objects,
        fc.boolean(),
        fc.array(fc.nat(400), { maxLength: 12 }),
        async (events, isSse, cuts) => {
          const text = events.map((one) => `${isSse ? "data: " : ""}${JSON.stringify(one)}\r\n`).join("\n");
          const inside = cuts.filter((cut) => cut <= Buffer.byteLength(text));
          expect(await read(text, inside)).toEqual(events);
        },
      ),
    );
  });

  test.each([
    ["no JSON", "data: {oops\n\n", /not JSON/],
    ["no object", "data: [1]\n\n", /no JSON object/],
    ["a line without an end", `data: ${"x".repeat(5 * 2 ** 20)}`, /longer than/],
    ["a very long line", `data: "${"x".repeat(5 * 2 ** 20)}"\n`, /longer than/],
  ])("%s is a fault", async (_, text, message) => {
    const failure = read(text);
    await expect(failure).rejects.toThrow(StreamFault);
    await expect(failure).rejects.toThrow(message);
  });
});

describe("the key for a server", () => {
  const keys = { OPENAI_API_KEY: "sk-1", LLAMA_API_KEY: "own", DEEPSEEK_API_KEY: "deep", HF_TOKEN: "hf" };
  test.each([
    ["https://api.openai.com/v1", "sk-1"],
    ["https://api.deepseek.com", "deep"],
    ["https://router.huggingface.co/v1", "hf"],
    ["http://127.0.0.1:8080", "own"],
    ["http://localhost:8080", "own"],
    ["http://[::1]:8080", "own"],
    // Not to a host that merely looks like one, not in the open, and to no other.
    ["http://api.openai.com/v1", undefined],
    ["https://api.openai.com.evil.example/v1", undefined],
    ["https://evil.example/api.openai.com", undefined],
    ["https://api.openai.com:8443/v1", undefined],
    ["http://192.168.1.5:8000", undefined],
  ])("%s", (address, value) => {
    expect(keyFor(new URL(address), keys).value).toBe(value);
  });

  test("a server of one's own gets the key that is said to be its", () => {
    const said = { ...keys, OPENAI_BASE_URL: "http://192.168.1.5:8000/v1" };
    expect(keyFor(new URL("http://192.168.1.5:8000"), said).value).toBe("sk-1");
    expect(keyFor(new URL("http://192.168.1.5:9000"), said).value).toBe(undefined);
  });

  test("what could not stand in a header is no key", () => {
    expect(keyFor(new URL("https://api.openai.com"), { OPENAI_API_KEY: "a\r\nb" }).value).toBe(undefined);
  });
});
