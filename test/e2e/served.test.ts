import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { LlamaVectorEngine } from "../../src/engine/llama/vector-engine.ts";
import { writeBert } from "../support/bert-file.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { ModelServer } from "../support/model-server.ts";
import { basewise, jsonLines } from "./program.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BERT = fileURLToPath(new URL("../fixtures/embedding/tiny-bert/", import.meta.url));

let llama: ModelServer;
let ollama: ModelServer;
let plain: ModelServer;
beforeAll(async () => {
  llama = await ModelServer.start("llama-server", "mini-instruct");
  ollama = await ModelServer.start("Ollama", "mini-base");
  plain = await ModelServer.start("OpenAI", "mini-instruct");
});

const GREEDY = ["--temperature", "0", "--max-tokens", "12"];

describe("a server's address in place of a model", () => {
  test("complete writes what the model writes on this machine", async () => {
    const args = ["One day, a little cat", ...GREEDY];
    const here = await basewise(["complete", "mini-base", ...args]);
    const there = await basewise(["complete", `${ollama.url}#mini-base`, ...args]);
    expect(there).toMatchObject({ code: 0, stdout: here.stdout });
  });

  test("chat answers, and its JSON carries stage, counts and warnings", async () => {
    const outcome = await basewise([
      "chat",
      plain.url,
      "--message",
      "How many legs does a dog have?",
      "--json",
      ...GREEDY,
    ]);
    expect(outcome.code).toBe(0);
    expect(jsonLines(outcome)).toMatchObject([
      {
        reference: plain.url,
        stage: "instruct",
        finishReason: "stop",
        text: expect.stringContaining("four"),
      },
    ]);
  });

  test("next shows what comes", async () => {
    const { code, stdout } = await basewise(["next", llama.url, "One day, a little cat", "--top", "3"]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
  });

  test("inspect tells the stage that the server's answers claim; a probe verifies it", async () => {
    const [claimed] = jsonLines(await basewise(["inspect", llama.url, "--json"]));
    expect(claimed).toMatchObject({ stage: "instruct", status: "claimed" });
    const [verified] = jsonLines(await basewise(["inspect", llama.url, "--probe", "--json"]));
    expect(verified).toMatchObject({ stage: "instruct", status: "verified" });
  });
});

describe("a server that gives vectors", () => {
  let embedder: LlamaVectorEngine;
  let served: ModelServer;
  beforeAll(async () => {
    const file = await writeBert(BERT, join(temporaryFolder(), "all-MiniLM.gguf"), "mean");
    embedder = await LlamaVectorEngine.load(file);
    served = await ModelServer.start("vLLM", "mini-base", "all-MiniLM-tiny");
    served.embedder = embedder;
  });
  afterAll(() => embedder[Symbol.asyncDispose]());

  test("embed and rerank print them", async () => {
    const embedded = await basewise(["embed", served.url, "--text", "A dog.", "A cat."]);
    expect(embedded.code).toBe(0);
    expect(jsonLines(embedded)).toMatchObject([{ text: "A dog." }, { text: "A cat." }]);
    expect(embedded.stderr).toMatch(/32 dimensions · pooled by the server · normalised/);
    const ranked = await basewise(["rerank", served.url, "A dog.", "--document", "A cat.", "A dog."]);
    expect(ranked.code).toBe(0);
    expect(ranked.stdout).toMatch(/^5\.0000 +2 +A dog\.\n/);
    expect(ranked.stderr).toMatch(/scored by the server, in its own measure/);
    const refused = await basewise(["embed", served.url, "--text", "A dog.", "--layer", "1"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("does not give the states of a layer");
  });

  test("chat finds memories by them; without an embedding model by words, and says so", async () => {
    const env = { BASEWISE_HOME: temporaryFolder() };
    await basewise(["memory", "add", "my cat is called Miso"], { env });
    const say = (...args: string[]) =>
      basewise(
        ["chat", "mini-instruct", "--message", "What is my cat called?", "--json", ...GREEDY, ...args],
        {
          env,
        },
      );
    served.asked.length = 0;
    const told = await say("--conversation", "a", "--embedder", served.url);
    expect(jsonLines(told)).toMatchObject([{ recalled: [{ content: "my cat is called Miso" }] }]);
    expect(served.to("/v1/embeddings").flatMap(({ body }) => body.input)).toContain("my cat is called Miso");
    expect((await say("--embedder", served.url)).code).toBe(2);
    const unsuited = await say("--conversation", "b", "--embedder", "mini-base");
    expect(unsuited.code).toBe(2);
    const missing = { ...env, BASEWISE_EMBEDDER: "http://127.0.0.1:9" };
    const worded = await basewise(
      ["chat", "mini-instruct", "--message", "What is my cat called?", "--conversation", "c", ...GREEDY],
      { env: missing },
    );
    expect(worded.code).toBe(0);
    expect(worded.stderr).toContain("Memories are found by their words alone (BASEWISE_EMBEDDER)");
    expect(worded.stderr).toContain("Told from memory: “my cat is called Miso”");
  });
});

describe("what cannot be done ends with its own code and words", () => {
  test("a base behind a server is not for a chat", async () => {
    const { code, stderr } = await basewise(["chat", ollama.url, "--message", "Hello"]);
    expect(code).toBe(3);
    expect(stderr.replace(/\s+/g, " ")).toContain(`basewise complete ${ollama.url}`);
  });

  test("probabilities that a server does not tell", async () => {
    const { code, stderr } = await basewise(["next", plain.url, "One day"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/does not give the probabilities/);
  });

  test.each([
    ["nothing there", ["complete", "http://127.0.0.1:9", "Once"], 4, /There is no server at/],
    [
      "files that are needed",
      ["convert", "http://127.0.0.1:9", "--output", "x.gguf"],
      2,
      /is a running server/,
    ],
    ["a pull", ["pull", "http://127.0.0.1:9/v1"], 2, /names no model on a hub/],
  ])("%s", async (_, args, expected, message) => {
    const { code, stderr } = await basewise(args);
    expect({ code, stderr }).toMatchObject({ code: expected, stderr: expect.stringMatching(message) });
  });

  test("in Chinese too, and as JSON with the facts", async () => {
    const zh = await basewise(["next", plain.url, "One day", "--lang", "zh"]);
    expect(zh.stderr).toMatch(/不提供/);
    plain.mischief.push((path) => (path === "/v1/completions" ? { status: 500, body: "oops" } : undefined));
    const failed = await basewise(["complete", plain.url, "Once", "--json"]);
    plain.mischief.length = 0;
    expect(failed.code).toBe(4);
    expect(jsonLines(failed).at(-1)).toMatchObject({
      error: { name: "ServerError", fault: "refused", status: 500 },
    });
  });
});
