import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { BadFileError, BadInputError, NotFoundError } from "../../src/errors.ts";
import { parseGgufHeader } from "../../src/formats/gguf/header.ts";
import { HubError } from "../../src/hub/remote/errors.ts";
import { inspect } from "../../src/model/inspect.ts";
import { CHATML } from "../stage/facts.ts";
import { count, ggufBytes, text, tinyModel } from "../support/gguf.ts";
import { LocalHub, type Mischief } from "../support/local-hub.ts";
import { useOwnMachine } from "../support/own-machine.ts";
import { safetensorsBytes } from "../support/safetensors.ts";

let hub: LocalHub;
const WORDS = 20_000;
const COLUMNS = 64;
/** Tries follow each other quickly, and silence is short. */
const quick = { retryMs: 1, silenceMs: 300 };

const instructGguf = ggufBytes(
  tinyModel({
    "general.name": text("Qwen2.5 0.5B Instruct"),
    "tokenizer.ggml.eos_token_id": count(4),
    "tokenizer.chat_template": text(CHATML),
  }),
);

beforeAll(async () => {
  hub = await LocalHub.start();
  hub.publish(
    "Qwen/Qwen2.5-0.5B-Instruct",
    {
      "README.md": "---\nlicense: apache-2.0\n---\nA model",
      "config.json": JSON.stringify({ model_type: "qwen2", architectures: ["Qwen2ForCausalLM"] }),
      "generation_config.json": JSON.stringify({
        eos_token_id: [151645, 151643],
        do_sample: true,
        temperature: 0.7,
      }),
      "tokenizer_config.json": JSON.stringify({ eos_token: "<|im_end|>", chat_template: CHATML }),
      "model.safetensors": new Uint8Array(3 * 2 ** 20),
      "merges.txt": "a b",
      "vocab.json": "{}",
      "special_tokens_map.json": "{}",
    },
    { cardData: { license: "apache-2.0", base_model: "Qwen/Qwen2.5-0.5B" } },
  );
  hub.publish("Qwen/Qwen2.5-0.5B-Instruct-GGUF", {
    "qwen2.5-0.5b-instruct-q8_0.gguf": Buffer.concat([instructGguf, new Uint8Array(8 * 2 ** 20)]),
    "qwen2.5-0.5b-instruct-q4_k_m.gguf": Buffer.concat([instructGguf, new Uint8Array(6 * 2 ** 20)]),
    "README.md": "a card",
  });
  // Words that differ, and two turn tokens of nothing but zeros.
  const numbers = Float32Array.from({ length: (WORDS + 3) * COLUMNS }, (_, i) =>
    i < (WORDS + 1) * COLUMNS ? Math.sin(i * 97 + i * i) : 0,
  );
  const weights = new Uint8Array(numbers.buffer);
  hub.publish("owner/unnamed", {
    "config.json": JSON.stringify({ model_type: "qwen2", architectures: ["Qwen2ForCausalLM"] }),
    "generation_config.json": JSON.stringify({ max_new_tokens: 8 }),
    "tokenizer_config.json": JSON.stringify({
      chat_template: CHATML,
      added_tokens_decoder: Object.fromEntries(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"].map((content, i) => [String(WORDS + i), { content }]),
      ),
    }),
    "model.safetensors.index.json": JSON.stringify({
      weight_map: {
        "model.embed_tokens.weight": "model-00001-of-00002.safetensors",
        "lm_head.weight": "model-00002-of-00002.safetensors",
      },
    }),
    "model-00001-of-00002.safetensors": safetensorsBytes({
      "model.embed_tokens.weight": {
        dtype: "F32",
        shape: [WORDS + 3, COLUMNS],
        data: weights,
      },
    }),
    "model-00002-of-00002.safetensors": new Uint8Array(2 ** 20),
  });
  const words = Array.from({ length: WORDS }, (_, i) => `w${i}`);
  const vocabulary = [...words, "<|endoftext|>", "<|im_start|>", "<|im_end|>"];
  const unnamed = ggufBytes({
    keys: [
      ["general.architecture", text("qwen2")],
      ["tokenizer.chat_template", text(CHATML)],
      ["tokenizer.ggml.tokens", { type: "strings", value: vocabulary }],
      ["tokenizer.ggml.token_type", { type: "i32s", value: vocabulary.map((_, id) => (id < WORDS ? 1 : 3)) }],
    ],
    tensors: [{ name: "token_embd.weight", shape: [COLUMNS, vocabulary.length], type: 0 }],
    dataBytes: weights.length,
  });
  unnamed.set(weights, parseGgufHeader("m.gguf", unnamed, unnamed.length).tensorDataOffset);
  hub.publish("owner/unnamed-GGUF", { "m.gguf": unnamed });
  hub.publish("owner/plain", { "config.json": '{"model_type":"qwen2"}' }, { tellsBlobs: false });
  hub.publish("owner/nothing", { "notes.txt": "x" });
  hub.publish("owner/bomb", { "config.json": " ".repeat(17 * 2 ** 20) });
  hub.publishOllama("library/qwen2.5:0.5b", { model: instructGguf, template: "{{ .Prompt }}", license: "x" });
});
const home = useOwnMachine(() => hub);
beforeEach(() => hub.reset());

describe("a model on the hub is inspected", () => {
  test("from its small files: at most five requests, no weights", async () => {
    const inspection = await inspect("Qwen/Qwen2.5-0.5B-Instruct");
    expect(inspection).toMatchObject({
      reference: "Qwen/Qwen2.5-0.5B-Instruct",
      path: `${hub.origin}/Qwen/Qwen2.5-0.5B-Instruct`,
      stage: "instruct",
    });
    expect(inspection.read?.requests).toBe(5);
    expect(hub.seen.length).toBe(5);
    expect(inspection.read?.bytes).toBeLessThan(10_000);
    expect(hub.seen.some(({ path }) => path.includes("safetensors"))).toBe(false);
  });

  test("from a GGUF's header, by one range", async () => {
    const inspection = await inspect("Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q8_0");
    expect(inspection).toMatchObject({ stage: "instruct", path: expect.stringMatching(/q8_0\.gguf$/) });
    expect(inspection.read).toEqual({ requests: 2, bytes: expect.any(Number), weights: false });
    expect(inspection.read?.bytes).toBeLessThan(4.1 * 2 ** 20);
    expect(hub.seen.at(-1)).toMatchObject({ server: "storage", range: `bytes=0-${4 * 2 ** 20 - 1}` });
  });

  test("of several GGUFs the smallest tells for all", async () => {
    const { path } = await inspect("Qwen/Qwen2.5-0.5B-Instruct-GGUF");
    expect(path).toMatch(/q4_k_m\.gguf$/);
  });

  test("by rows of its weights where all else leaves it open, by a few ranges", async () => {
    const inspection = await inspect("owner/unnamed");
    expect(inspection).toMatchObject({ stage: "base", status: "verified", read: { weights: true } });
    expect(inspection.evidence[0]).toMatchObject({ source: "tensors", signal: "turn rows are zero" });
    const ranges = hub.seen.filter(({ server }) => server === "storage");
    // The index is small and lies at the hub; a header, the turn tokens with what is beside them, and three places more.
    expect(ranges.length).toBe(5);
    expect(inspection.read?.requests).toBe(4 + 1 + ranges.length);
    expect(inspection.read?.bytes).toBeLessThan(400_000);
    expect(hub.seen.some(({ path }) => path.includes("model-00002"))).toBe(false);
  });

  test("by rows of a GGUF", async () => {
    const inspection = await inspect("owner/unnamed-GGUF");
    expect(inspection).toMatchObject({ stage: "base", status: "verified", read: { weights: true } });
    expect(inspection.read?.requests).toBeLessThanOrEqual(2 + 4);
  });

  test("without rows where the weights cannot be read: a warning says so", async () => {
    hub.mischief.push(({ server }) => (server === "storage" ? { status: 403 } : undefined));
    const inspection = await inspect("owner/unnamed", quick);
    expect(inspection).toMatchObject({
      status: expect.not.stringMatching("verified"),
      read: { weights: false },
    });
    expect(inspection.warnings.map(({ en }) => en).join()).toMatch(/403/);
  });

  test.each([
    ["hf:Qwen/Qwen2.5-0.5B-Instruct@main"],
    ["modelscope:Qwen/Qwen2.5-0.5B-Instruct"],
    ["ollama:{host}/library/qwen2.5:0.5b"],
    ["{origin}/Qwen/Qwen2.5-0.5B-Instruct-GGUF/resolve/main/qwen2.5-0.5b-instruct-q4_k_m.gguf"],
    ["{storage}/Qwen/Qwen2.5-0.5B-Instruct-GGUF/resolve/main/qwen2.5-0.5b-instruct-q4_k_m.gguf"],
  ])("as %s", async (pattern) => {
    const reference = pattern
      .replace("{host}", hub.host)
      .replace("{origin}", hub.origin)
      .replace("{storage}", hub.origin.replace("127.0.0.1", "localhost"));
    expect(await inspect(reference)).toMatchObject({ reference, stage: "instruct" });
  });

  test("also where a mirror's list leaves the sizes out", async () => {
    expect(await inspect("owner/plain")).toMatchObject({ read: { requests: 3 } });
  });
});

describe("a token", () => {
  test("goes to its own host and never to the one it redirects to", async () => {
    vi.stubEnv("HF_TOKEN", "hf_secret");
    await inspect("Qwen/Qwen2.5-0.5B-Instruct-GGUF");
    const [storage, own] = [true, false].map((away) =>
      hub.seen.filter(({ server }) => (server === "storage") === away),
    );
    expect(own?.map(({ authorization }) => authorization)).toEqual(["Bearer hf_secret", "Bearer hf_secret"]);
    expect(storage?.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("of Hugging Face does not go to ModelScope, nor the other way round", async () => {
    vi.stubEnv("HF_TOKEN", "hf_secret");
    vi.stubEnv("MODELSCOPE_API_TOKEN", "ms_secret");
    await inspect("modelscope:Qwen/Qwen2.5-0.5B-Instruct");
    expect(new Set(hub.seen.map(({ authorization, cookie }) => `${authorization} ${cookie}`))).toEqual(
      new Set(["undefined m_session_id=ms_secret"]),
    );
    hub.reset();
    await inspect("Qwen/Qwen2.5-0.5B-Instruct");
    expect(hub.seen.every(({ cookie }) => cookie === undefined)).toBe(true);
  });

  test("is not sent unencrypted to a host that is not this machine", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://hub.example.invalid");
    const { Http } = await import("../../src/hub/remote/http.ts");
    const asked = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("stopped here"));
    const credential = { host: "hub.example.invalid", header: "authorization", value: "Bearer hf_secret" };
    const request = { what: "x", credential };
    await expect(new Http(quick).read("http://hub.example.invalid/x", request, 10)).rejects.toThrow(HubError);
    expect(asked.mock.calls[0]?.[1]?.headers).not.toHaveProperty("authorization");
    await expect(new Http(quick).read("https://hub.example.invalid/x", request, 10)).rejects.toThrow(
      HubError,
    );
    expect(asked.mock.calls.at(-1)?.[1]?.headers).toHaveProperty("authorization", "Bearer hf_secret");
    asked.mockRestore();
  });
});

describe("what goes wrong is one error", () => {
  const REFERENCE = "Qwen/Qwen2.5-0.5B-Instruct";
  const GGUF = "Qwen/Qwen2.5-0.5B-Instruct-GGUF";
  const once = (rule: Mischief): void => {
    let used = false;
    hub.mischief.push(() => {
      if (used) return undefined;
      used = true;
      return rule;
    });
  };
  const always = (rule: Mischief): void => void hub.mischief.push(() => rule);
  const onStorage = (rule: Mischief): void =>
    void hub.mischief.push(({ server }) => (server === "storage" ? rule : undefined));

  test.each([
    [404, NotFoundError, /There is no .+\(404\)/, 1],
    [401, HubError, /does not give .+\(401\).+HF_TOKEN/, 1],
    [403, HubError, /Accept its conditions/, 1],
    [429, HubError, /asks to slow down \(429\)/, 4],
    [500, HubError, /cannot answer at the moment \(500\)/, 4],
    [503, HubError, /cannot answer at the moment \(503\)/, 4],
  ])("status %i", async (status, type, message, tries) => {
    always({ status });
    const failure = inspect(REFERENCE, quick);
    await expect(failure).rejects.toThrow(type);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({ exitCode: 4 });
    expect(hub.seen.length).toBe(tries);
  });

  test("a repository that the hub hides with 401 does not exist", async () => {
    always({ status: 401, headers: { "x-error-code": "RepoNotFound" } });
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(NotFoundError);
  });

  test("a fault that passes is not noticed", async () => {
    once({ status: 503 });
    expect(await inspect(REFERENCE, quick)).toMatchObject({ stage: "instruct" });
  });

  test("a host that asks for an hour is not waited for", async () => {
    always({ status: 429, headers: { "retry-after": "3600" } });
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/in 3600 s/);
    expect(hub.seen.length).toBe(1);
  });

  test("a host that asks for no time is asked again at once", async () => {
    once({ status: 429, headers: { "retry-after": "0" } });
    expect(await inspect(REFERENCE)).toMatchObject({ stage: "instruct" });
  });

  test.each([
    ["file:///etc/passwd", /not on the web/],
    ["ftp://127.0.0.1/x", /not on the web/],
    ["http://169.254.169.254/latest/meta-data", /private network/],
    ["http://[fe80::1]/x", /private network/],
    ["http://[::ffff:169.254.1.1]/x", /private network/],
    ["http://", /no address/],
  ])("a redirect to %s", async (location, message) => {
    always({ status: 302, headers: { location } });
    const failure = inspect(REFERENCE, quick);
    await expect(failure).rejects.toThrow(HubError);
    await expect(failure).rejects.toThrow(message);
  });

  test("redirects in a circle", async () => {
    always({ status: 302, headers: { location: "/again" } });
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/too many redirects/);
    expect(hub.seen.length).toBe(6);
  });

  test("a host that falls silent", async () => {
    hub.mischief.push(({ path }) => (path.includes("config.json") ? { stallAfter: 3 } : undefined));
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/cannot be reached \(timeout\)/);
  });

  test("a host that is not there", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
    const failure = inspect(REFERENCE, quick);
    await expect(failure).rejects.toThrow(/127\.0\.0\.1:9 cannot be reached \(.+\)\. Check the network/);
    await expect(failure).rejects.toMatchObject({ exitCode: 4, status: undefined });
  });

  test("a list that is none", async () => {
    always({ status: 200, body: Buffer.from("<html>") });
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/it is not JSON/);
    hub.reset();
    always({ status: 200, body: Buffer.from('{"siblings":{}}') });
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/no list of a model's files/);
  });

  test.each(["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "a\u0000b", "a//b", "", "./a"])(
    "a list that names the file %j",
    async (rfilename) => {
      const body = JSON.stringify({ sha: "a".repeat(40), siblings: [{ rfilename, size: 1 }] });
      always({ status: 200, body: Buffer.from(body) });
      const failure = inspect(REFERENCE, quick);
      await expect(failure).rejects.toThrow(BadFileError);
      await expect(failure).rejects.toThrow(/could lead out of its folder/);
    },
  );

  test("a commit that is a path", async () => {
    always({ status: 200, body: Buffer.from('{"sha":"../../x","siblings":[]}') });
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/no list/);
  });

  test("an endless list, in bounded memory", async () => {
    hub.mischief.push(({ path }) =>
      path.includes("/api/models") ? { status: 200, body: Buffer.alloc(33 * 2 ** 20, 0x20) } : undefined,
    );
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/larger than 33554432 bytes/);
  });

  test("a small file that is huge, by its list and by its answer", async () => {
    await expect(inspect("owner/bomb", quick)).rejects.toThrow(/has 17825792 bytes/);
    hub.mischief.push(({ path }) =>
      path.endsWith("/config.json") ? { status: 200, body: Buffer.alloc(17 * 2 ** 20, 0x20) } : undefined,
    );
    await expect(inspect(REFERENCE, quick)).rejects.toThrow(/larger than 16777216 bytes/);
  });

  test("a range that is another than was asked for", async () => {
    onStorage({ contentRange: "bytes 5-10/20" });
    await expect(inspect(GGUF, quick)).rejects.toThrow(/it gives "bytes 5-10\/20"/);
  });

  test("a host without ranges is not asked for the weights", async () => {
    onStorage({ ignoreRange: true });
    await expect(inspect(GGUF, quick)).rejects.toThrow(/only as a whole.+basewise pull/);
  });

  test("a body that ends too early, each time", async () => {
    onStorage({ cutAfter: 1000 });
    await expect(inspect(GGUF, quick)).rejects.toThrow(/cannot be reached|ends too early/);
    expect(hub.seen.filter(({ server }) => server === "storage").length).toBe(4);
  });

  test("a repository without a model, and a choice that is not there", async () => {
    await expect(inspect("owner/nothing")).rejects.toThrow(/neither a \.gguf file nor a config\.json/);
    await expect(inspect(`${GGUF}:Q2_K`)).rejects.toThrow(BadInputError);
    await expect(inspect(`${GGUF}:Q2_K`)).rejects.toThrow(/Choose one of Q4_K_M, Q8_0/);
  });

  test("offline mode asks nobody", async () => {
    for (const variable of ["HF_HUB_OFFLINE", "BASEWISE_OFFLINE"]) {
      vi.stubEnv(variable, "1");
      await expect(inspect(REFERENCE)).rejects.toThrow(/offline mode is on/);
      vi.stubEnv(variable, "");
    }
    await expect(inspect(REFERENCE, { offline: true })).rejects.toMatchObject({ exitCode: 4 });
    expect(hub.seen).toEqual([]);
    expect(home()).not.toBe("");
  });
});
