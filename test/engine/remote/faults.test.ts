import { createServer } from "node:http";
import { type AddressInfo, createServer as createRawServer, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type ConnectionOptions, ServerConnection } from "../../../src/engine/remote/connection.ts";
import { ServerError } from "../../../src/engine/remote/errors.ts";
import { OpenAITexts } from "../../../src/engine/remote/openai-texts.ts";
import type { TextEnd } from "../../../src/engine/texts.ts";
import { BadInputError, NotFoundError } from "../../../src/errors.ts";
import { open } from "../../../src/model/open.ts";
import { ModelServer } from "../../support/model-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const PATH = "/v1/completions";
const QUICK: ConnectionOptions = { retryMs: 5 };
let server: ModelServer;
beforeAll(async () => {
  server = await ModelServer.start("vLLM", "mini-base");
});
beforeEach(() => {
  server.mischief.length = 0;
  server.asked.length = 0;
  server.key = undefined;
});

const extra: Server[] = [];
afterAll(() => {
  for (const one of extra) one.close();
});

/** Everything a server writes to a short text, over a connection of its own. */
async function write(
  url = server.url,
  {
    signal,
    maxTokens = 12,
    ...options
  }: ConnectionOptions & { signal?: AbortSignal; maxTokens?: number } = {},
): Promise<{ text: string; end: TextEnd }> {
  const texts = new OpenAITexts(new ServerConnection(url, { ...QUICK, ...options }), {
    program: "vLLM",
    model: "mini-base",
  });
  const written = texts.write(
    { text: "One day" },
    { maxTokens, sampling: { temperature: 0 }, ...(signal === undefined ? {} : { signal }) },
  );
  let text = "";
  for (;;) {
    const { done, value } = await written.next();
    if (done) return { text, end: value };
    text += value;
  }
}

async function faultOf(promise: Promise<unknown>): Promise<string> {
  const failure = await promise.catch((error: unknown) => error);
  if (!(failure instanceof ServerError)) throw new Error(`no ServerError: ${String(failure)}`);
  expect(failure.text.zh).toMatch(/\p{Script=Han}/u);
  return `${failure.fault}: ${failure.message}`;
}

describe("a stream", () => {
  test.each([
    ["ends before it says why", { after: { events: 3, how: "end" } }, /^broken:.*ended before the text did/],
    ["breaks off", { after: { events: 3, how: "break" } }, /^unreachable: The connection/],
    ["breaks off at once", { after: { events: 0, how: "break" } }, /^unreachable: The connection/],
    ["falls silent", { after: { events: 3, how: "stall" } }, /^silent:.*given up/],
    ["is empty", { after: { events: 0, how: "end" } }, /^broken:/],
    ["is not JSON", { noise: "data: <html>\n\n" }, /^broken:.*not JSON/],
    ["has a line without an end", { noise: "x".repeat(6 * 2 ** 20) }, /^broken:.*longer than/],
    [
      "tells an error in its midst",
      { noise: 'data: {"error":{"message":"CUDA out of memory","code":500}}\n\n' },
      /^refused:.*CUDA out of memory/,
    ],
    ["never stops", { noise: ": ping\n".repeat(10 ** 6) }, /^broken:.*more than was asked for/],
  ] as const)("that %s is one clear error", async (what, mischief, message) => {
    server.mischief.push((path) => (path === PATH ? mischief : undefined));
    const patience = what === "falls silent" ? { silenceMs: 300 } : {};
    expect(await faultOf(write(undefined, patience))).toMatch(message);
  });

  test("of an error that would steer the terminal shows harmless letters", async () => {
    server.mischief.push(() => ({ status: 500, body: '{"error":{"message":"\\u001b[2J\\u202eevil"}}' }));
    const message = await faultOf(write());
    expect(message).toContain("evil");
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe("a status", () => {
  const once = (status: number, headers = {}): void => {
    let isFirst = true;
    server.mischief.push(() => {
      if (!isFirst) return undefined;
      isFirst = false;
      return { status, headers, body: '{"error":{"message":"wait"}}' };
    });
  };

  test.each([429, 503])("%i is tried again, as nothing was begun", async (status) => {
    once(status, { "retry-after": "0" });
    expect((await write()).end.finishReason).toBe("length");
    expect(server.to(PATH)).toHaveLength(2);
  });

  test.each([
    [429, /^busy:/, 4],
    [503, /^refused:/, 4],
    [500, /^refused:.*failed/, 1],
    [502, /^refused:/, 1],
    [400, /^refused:.*refused the request/, 1],
    [401, /^key:.*LLAMA_API_KEY/, 1],
    [403, /^key:/, 1],
  ])("%i for good is an error after %s", async (status, message, tries) => {
    server.mischief.push(() => ({ status, body: '{"error":{"message":"no"}}' }));
    expect(await faultOf(write())).toMatch(message);
    expect(server.to(PATH)).toHaveLength(tries);
  });

  test("404 names the address and the model", async () => {
    server.mischief.push(() => ({ status: 404, body: '{"error":{"message":"model x not found"}}' }));
    await expect(write()).rejects.toThrow(NotFoundError);
    await expect(write()).rejects.toThrow(/model x not found.*address#model/);
  });

  test("a server that wants a minute's patience is given up on", async () => {
    server.mischief.push(() => ({ status: 429, headers: { "retry-after": "60" }, body: "" }));
    expect(await faultOf(write())).toMatch(/^busy:/);
    expect(server.to(PATH)).toHaveLength(1);
  });

  test("a redirect is not followed: prompt and key stay where they were sent", async () => {
    let reached = 0;
    const other = createServer((_, response) => {
      reached++;
      response.end("{}");
    });
    extra.push(other);
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1/completions`;
    for (const status of [301, 302, 307, 308]) {
      server.mischief.length = 0;
      server.mischief.push(() => ({ status, headers: { location }, body: "" }));
      expect(await faultOf(write())).toMatch(/^redirect:.*only where you said/);
    }
    await expect(open(server.url)).rejects.toThrow(/redirects to/);
    expect(reached).toBe(0);
  });
});

describe("an abort", () => {
  test("before the first word, while the server is silent", async () => {
    server.mischief.push(() => ({ after: { events: 0, how: "stall" } }));
    const stop = new AbortController();
    const writing = write(undefined, { signal: stop.signal });
    await expect.poll(() => server.to(PATH).length).toBe(1);
    stop.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    await expect.poll(() => server.to(PATH)[0]?.left).toBe(true);
  });

  test("while it waits to try again", async () => {
    server.mischief.push(() => ({ status: 503, headers: { "retry-after": "15" }, body: "" }));
    const stop = new AbortController();
    const writing = write(undefined, { signal: stop.signal });
    await expect.poll(() => server.to(PATH).length).toBe(1);
    stop.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
  });
});

test("a connection that is closed halfway is an error", async () => {
  const raw = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.end(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n10\r\ndata: {",
      );
    });
  });
  extra.push(raw);
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  expect(await faultOf(write(`http://127.0.0.1:${(raw.address() as AddressInfo).port}`))).toMatch(
    /^unreachable:/,
  );
});

test("what is no HTTP, and what is not there", async () => {
  const raw = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.end("220 mail.example ESMTP\r\n");
  });
  extra.push(raw);
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
  await expect(open(url)).rejects.toThrow(NotFoundError);
  await expect(open("http://127.0.0.1:9")).rejects.toThrow(/There is no server at/);
  await expect(open("http://user:secret@127.0.0.1:9")).rejects.toThrow(BadInputError);
});

test("a key is sent to its own server, and a missing one is named", async () => {
  server.key = "s3cret";
  await expect(open(server.url)).rejects.toThrow(/wants a key.*VLLM_API_KEY/);
  vi.stubEnv("VLLM_API_KEY", "s3cret");
  try {
    await using model = await open(server.url, { for: "complete" });
    await model.complete("One day", { maxTokens: 2 }).result;
    expect(server.to(PATH).map(({ authorization }) => authorization)).toEqual(["Bearer s3cret"]);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("counts that a server keeps to itself are told to be missing", async () => {
  const body =
    'data: {"choices":[{"text":"a b","finish_reason":null}]}\n\ndata: {"choices":[{"text":"","finish_reason":"content_filter"}]}\n\ndata: [DONE]\n\n';
  server.mischief.push((path) => (path === PATH ? { body } : undefined));
  await using model = await open(server.url, { for: "complete" });
  const result = await model.complete("One day").result;
  expect(result).toMatchObject({ text: "a b", finishReason: "stop", usage: { promptTokens: 0 } });
  expect(result.warnings.map(({ en }) => en)).toEqual([
    expect.stringContaining("content_filter"),
    expect.stringContaining("no counts of tokens"),
  ]);
});

test("thoughts that a server keeps apart are kept apart", async () => {
  const event = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const body =
    event({ reasoning_content: "Let me" }) +
    event({ reasoning_content: " see." }) +
    event({ content: "Four." }) +
    event({}, "stop");
  server.mischief.push((path) => (path === "/v1/chat/completions" ? { body } : undefined));
  await using model = await open(server.url, { for: "chat", force: true });
  const { text, thinking } = await model.chat([{ role: "user", content: "How many?" }]).result;
  expect({ text, thinking }).toEqual({ text: "Four.", thinking: "Let me see." });
});
