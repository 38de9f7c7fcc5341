import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { BadFileError, BadInputError } from "../../src/errors.ts";
import { BusyError, ChoiceNeededError, PullInterruptedError } from "../../src/hub/pull/errors.ts";
import { CHUNK_BYTES } from "../../src/hub/pull/part-file.ts";
import { type PullEvent, type PullOptions, pull } from "../../src/hub/pull/pull.ts";
import { locate } from "../../src/hub/reference.ts";
import { listModels } from "../../src/model/list.ts";
import { ggufBytes, tinyModel } from "../support/gguf.ts";
import { gitSha1, LocalHub, type Mischief, sha256 } from "../support/local-hub.ts";
import { useOwnMachine } from "../support/own-machine.ts";

let hub: LocalHub;
const quick: PullOptions = { retryMs: 1, silenceMs: 60_000 };

/** Bytes that differ everywhere, so that a piece in the wrong place shows. */
function noise(length: number): Uint8Array {
  const bytes = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + 1, 2654435761);
  return new Uint8Array(bytes.buffer, 0, length);
}

const gguf = ggufBytes(tinyModel());
const weights = noise(2.5 * CHUNK_BYTES);
const CHUNKS = 3;
const config = JSON.stringify({ model_type: "qwen2", architectures: ["Qwen2ForCausalLM"] });
const REFERENCE = "Qwen/Qwen2.5-0.5B";
const GGUF = "Qwen/Qwen2.5-0.5B-GGUF";
let commit: string;

beforeAll(async () => {
  hub = await LocalHub.start();
  commit = hub.publish(REFERENCE, {
    "README.md": "a card",
    "config.json": config,
    "tokenizer/vocab.json": "{}",
    "model.safetensors": weights,
    "pytorch_model.bin": "second copy",
    "picture.png": "x",
  });
  hub.publish(GGUF, {
    "README.md": "a card",
    "m-q8_0.gguf": Buffer.concat([gguf, noise(100)]),
    "m-q4_k_m.gguf": gguf,
    "big-f16-00001-of-00002.gguf": Buffer.concat([gguf, noise(200)]),
    "big-f16-00002-of-00002.gguf": noise(300),
  });
  hub.publishOllama("library/tiny:1b", { model: gguf, template: "{{ .Prompt }}", license: "MIT" });
});
const home = useOwnMachine(() => hub);
beforeEach(() => hub.reset());

const repository = (name: string): string => join(home(), "hf", "hub", `models--${name.replace("/", "--")}`);
const blobs = (): string => join(repository(REFERENCE), "blobs");
const onWeights = (rule: Mischief): void =>
  void hub.mischief.push(({ server }) => (server === "storage" ? rule : undefined));
const asked = (): number => hub.seen.filter(({ server }) => server === "storage").length;

describe("a pull from Hugging Face", () => {
  test("lays the files out as Python does: blobs by digest, links by name, the commit under its branch", async () => {
    const events: PullEvent[] = [];
    const pulled = await pull(REFERENCE, { onEvent: (event) => events.push(event) });
    const root = repository(REFERENCE);
    const snapshot = join(root, "snapshots", commit);
    expect(pulled).toMatchObject({ reference: REFERENCE, store: "Hugging Face", path: snapshot, commit });
    expect(pulled.files.map(({ name }) => name).sort()).toEqual([
      "README.md",
      "config.json",
      "model.safetensors",
      "tokenizer/vocab.json",
    ]);
    expect(pulled.files.every(({ verified }) => verified)).toBe(true);
    expect(readlinkSync(join(snapshot, "model.safetensors"))).toBe(`../../blobs/${sha256(weights)}`);
    expect(readlinkSync(join(snapshot, "tokenizer", "vocab.json"))).toBe(
      `../../../blobs/${gitSha1(Buffer.from("{}"))}`,
    );
    expect(sha256(readFileSync(join(snapshot, "model.safetensors")))).toBe(sha256(weights));
    expect(readFileSync(join(root, "refs", "main"), "utf8")).toBe(commit);
    expect(readdirSync(blobs()).filter((name) => name.includes("basewise"))).toEqual([]);
    const arrived = events.reduce((sum, event) => sum + (event.event === "bytes" ? event.bytes : 0), 0);
    expect(events[0]).toEqual({ event: "start", files: 4, bytes: pulled.bytes, keptBytes: 0 });
    expect(arrived).toBe(pulled.bytes);
    expect(pulled.loadedBytes).toBe(pulled.bytes);
  });

  test("asks the storage for ranges, and asks the hub for its place once or for the first ranges", async () => {
    await pull(REFERENCE);
    const ranges = hub.seen.filter(({ server }) => server === "storage").map(({ range }) => range);
    expect(ranges.sort()).toEqual(
      [
        `bytes=${CHUNK_BYTES}-${2 * CHUNK_BYTES - 1}`,
        `bytes=${2 * CHUNK_BYTES}-${weights.length - 1}`,
        `bytes=0-${CHUNK_BYTES - 1}`,
      ].sort(),
    );
  });

  test("a second time loads nothing", async () => {
    await pull(REFERENCE);
    hub.reset();
    expect(await pull(REFERENCE)).toMatchObject({ loadedBytes: 0, commit });
    expect(hub.seen.length).toBe(1);
  });

  test("makes the model known by its name, offline too", async () => {
    const { path } = await pull(REFERENCE);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect(await locate(REFERENCE)).toMatchObject({ kind: "folder", path, published: REFERENCE });
    expect(await pull(REFERENCE)).toMatchObject({ path, loadedBytes: 0 });
    expect(await listModels()).toContainEqual(
      expect.objectContaining({ reference: REFERENCE, store: "Hugging Face", path, problem: null }),
    );
    await expect(pull(GGUF)).rejects.toThrow(/offline mode is on/);
  });

  test("of a GGUF takes the one that is chosen, all its parts, and the card", async () => {
    const pulled = await pull(`${GGUF}:f16`);
    expect(pulled.files.map(({ name }) => name)).toEqual([
      "README.md",
      "big-f16-00001-of-00002.gguf",
      "big-f16-00002-of-00002.gguf",
    ]);
    expect(pulled.path).toMatch(/big-f16-00001-of-00002\.gguf$/);
    expect(await locate(GGUF)).toMatchObject({ kind: "file", path: pulled.path });
    await pull(GGUF, { quant: "Q8_0" });
    await expect(locate(GGUF)).rejects.toThrow(/in 2 versions/);
    expect(await locate(`${GGUF}:q8_0`)).toMatchObject({ path: expect.stringMatching(/m-q8_0\.gguf$/) });
  });

  test("asks where several can be chosen, suggesting the usual one; without anybody to ask it says what there is", async () => {
    const failure = pull(GGUF);
    await expect(failure).rejects.toThrow(ChoiceNeededError);
    await expect(failure).rejects.toThrow(
      /3 quantisations: Q4_K_M, F16, Q8_0\. Choose one with --quant|Q4_K_M/,
    );
    await expect(failure).rejects.toMatchObject({ exitCode: 2 });
    await expect(pull(GGUF, { quant: "Q3_K" })).rejects.toThrow(BadInputError);
    const pulled = await pull(GGUF, { choose: async (_, suggested) => suggested.label });
    expect(pulled.path).toMatch(/m-q4_k_m\.gguf$/);
  });
});

describe("a pull into the own store", () => {
  test("from ModelScope", async () => {
    const pulled = await pull(`modelscope:${GGUF}:Q4_K_M`);
    expect(pulled).toMatchObject({
      store: "basewise",
      path: join(home(), "basewise", "models", "modelscope", "Qwen", "Qwen2.5-0.5B-GGUF", "m-q4_k_m.gguf"),
    });
    expect(pulled.files.every(({ verified }) => verified)).toBe(true);
    expect(await locate(`modelscope:${GGUF}`)).toMatchObject({ kind: "file", path: pulled.path });
    expect(await pull(`modelscope:${GGUF}:Q4_K_M`)).toMatchObject({ loadedBytes: 0 });
  });

  test("from an Ollama registry", async () => {
    const reference = `ollama:${hub.host}/library/tiny:1b`;
    const pulled = await pull(reference);
    expect(pulled.files.map(({ name }) => name)).toEqual(["model.gguf", "template", "LICENSE"]);
    expect(await locate(reference)).toMatchObject({ kind: "file", path: pulled.path });
    expect((await listModels()).map((model) => model.reference)).toContain(reference);
  });

  test("from an address: without a digest, size and structure are checked", async () => {
    const address = `${hub.origin.replace("127.0.0.1", "localhost")}/${GGUF}/resolve/main/m-q4_k_m.gguf`;
    onWeights({ body: Buffer.concat([gguf.subarray(0, 8), Buffer.alloc(gguf.length - 8, 255)]) });
    await expect(pull(address, quick)).rejects.toThrow(BadFileError);
    expect(await listModels()).not.toContainEqual(expect.objectContaining({ reference: address }));
    hub.reset();
    const pulled = await pull(address);
    expect(pulled.files).toEqual([{ name: "m-q4_k_m.gguf", bytes: gguf.length, verified: false }]);
    expect(await locate(address)).toMatchObject({ path: pulled.path });
    expect(await pull(address)).toMatchObject({ loadedBytes: 0 });
  });
});

describe("a pull that is stopped", () => {
  test("goes on from where it was", async () => {
    const stopping = new AbortController();
    let arrived = 0;
    onWeights({ slowMs: 1 });
    const stopped = pull(REFERENCE, {
      signal: stopping.signal,
      onEvent: (event) => {
        if (event.event === "bytes") arrived += event.bytes;
        if (arrived > CHUNK_BYTES) stopping.abort();
      },
    });
    await expect(stopped).rejects.toThrow(PullInterruptedError);
    await expect(stopped).rejects.toMatchObject({ exitCode: 130 });
    expect(existsSync(join(blobs(), sha256(weights)))).toBe(false);
    expect(existsSync(join(repository(REFERENCE), "snapshots"))).toBe(false);
    hub.reset();
    const events: PullEvent[] = [];
    const pulled = await pull(REFERENCE, { onEvent: (event) => events.push(event) });
    const [start] = events;
    expect(start).toMatchObject({ event: "start" });
    const kept = start?.event === "start" ? start.keptBytes : 0;
    expect(kept).toBeGreaterThan(CHUNK_BYTES - 1);
    expect(pulled.loadedBytes).toBeLessThanOrEqual(weights.length - kept);
    expect(sha256(readFileSync(join(pulled.path, "model.safetensors")))).toBe(sha256(weights));
  });

  test("begins again when the file is another one by now", async () => {
    const part = join(blobs(), `${sha256(weights)}.basewise.incomplete`);
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(part, weights.subarray(0, 100));
    const state = {
      bytes: weights.length,
      identity: "another",
      chunkBytes: CHUNK_BYTES,
      filled: [100, 0, 0],
    };
    writeFileSync(`${part}.json`, JSON.stringify(state));
    const events: PullEvent[] = [];
    await pull(REFERENCE, { onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ keptBytes: 0 });
  });

  test("is left to the process that is at it; one that is gone left nothing", async () => {
    const lock = join(blobs(), `${sha256(weights)}.basewise.incomplete.lock`);
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(lock, String(process.ppid));
    await expect(pull(REFERENCE)).rejects.toThrow(BusyError);
    writeFileSync(lock, "999999999");
    await pull(REFERENCE);
    expect(existsSync(lock)).toBe(false);
  });
});

describe("a host that goes wrong", () => {
  test("breaks off in the middle: the range goes on from there", async () => {
    let breaks = 3;
    hub.mischief.push(({ server }) =>
      server === "storage" && breaks-- > 0 ? { cutAfter: 300_000 } : undefined,
    );
    const pulled = await pull(REFERENCE, quick);
    expect(sha256(readFileSync(join(pulled.path, "model.safetensors")))).toBe(sha256(weights));
    expect(asked()).toBe(6);
  });

  test("breaks off each time: the error is one, and what came is kept", async () => {
    onWeights({ cutAfter: 200_000 });
    await expect(pull(REFERENCE, quick)).rejects.toMatchObject({ exitCode: expect.any(Number) });
    hub.reset();
    const events: PullEvent[] = [];
    await pull(REFERENCE, { onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ event: "start", files: 1 });
    expect(events[0]?.event === "start" && events[0].keptBytes).toBeGreaterThan(0);
  });

  test("gives other contents: nothing gets the name, nothing is kept", async () => {
    const other = Uint8Array.from(weights);
    other[12345] = (other[12345] ?? 0) ^ 1;
    onWeights({ body: other });
    const failure = pull(REFERENCE, quick);
    await expect(failure).rejects.toThrow(/arrived damaged: its digest is/);
    await expect(failure).rejects.toMatchObject({ exitCode: 2 });
    expect(readdirSync(blobs()).filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
    expect(existsSync(join(repository(REFERENCE), "snapshots"))).toBe(false);
  });

  test("gives other contents of a small file, whose digest is git's", async () => {
    hub.mischief.push(({ path }) =>
      path.endsWith("/config.json") ? { body: Buffer.from(config.replace("qwen2", "qwen9")) } : undefined,
    );
    await expect(pull(REFERENCE, quick)).rejects.toThrow(/arrived damaged/);
  });

  test("has another size than its list says, either way", async () => {
    onWeights({ body: weights.subarray(0, weights.length - 1) });
    await expect(pull(REFERENCE, quick)).rejects.toThrow(BadFileError);
    hub.reset();
    onWeights({ body: noise(weights.length + 1) });
    await expect(pull(REFERENCE, quick)).rejects.toThrow(BadFileError);
  });

  test("knows no ranges: the file is read as a whole", async () => {
    onWeights({ ignoreRange: true });
    const pulled = await pull(REFERENCE, quick);
    expect(sha256(readFileSync(join(pulled.path, "model.safetensors")))).toBe(sha256(weights));
  });

  test("lets a signed address expire in the middle: the hub is asked for a new one", async () => {
    let broken = 0;
    let isValid = true;
    let signedAnew = 0;
    hub.mischief.push(({ server, path }) => {
      if (server === "hub") {
        if (broken === CHUNKS && path.includes("/resolve/")) {
          isValid = true;
          signedAnew++;
        }
        return undefined;
      }
      if (broken === CHUNKS) return isValid ? undefined : { status: 403 };
      // Every range breaks off once, and then the address has expired.
      broken++;
      isValid = broken < CHUNKS;
      return { cutAfter: 300_000 };
    });
    const pulled = await pull(REFERENCE, quick);
    expect(sha256(readFileSync(join(pulled.path, "model.safetensors")))).toBe(sha256(weights));
    expect(signedAnew).toBeGreaterThan(0);
  }, 120_000);

  test("refuses at once: an address that never worked is not asked for again", async () => {
    onWeights({ status: 403 });
    await expect(pull(REFERENCE, quick)).rejects.toMatchObject({ status: 403 });
    expect(asked()).toBeLessThanOrEqual(CHUNKS);
  });

  test("claims more bytes than any disk has", async () => {
    const siblings = [{ rfilename: "m.gguf", size: 2 ** 52, lfs: { sha256: "a".repeat(64), size: 2 ** 52 } }];
    const body = Buffer.from(JSON.stringify({ sha: commit, siblings }));
    hub.mischief.push(({ path }) => (path.startsWith("/api") ? { status: 200, body } : undefined));
    const failure = pull("owner/huge", quick);
    await expect(failure).rejects.toThrow(/bytes free, and \d+ are needed/);
    await expect(failure).rejects.toMatchObject({ exitCode: 1 });
  });
});

describe("nothing is written outside the store", () => {
  test.each(["../../../evil", "/evil", "..\\evil", "a/../../evil", "evil\u0000"])(
    "by the file name %j",
    async (rfilename) => {
      const sibling = { rfilename, size: 1, blobId: gitSha1(Buffer.from("x")) };
      const body = Buffer.from(JSON.stringify({ sha: commit, siblings: [sibling] }));
      hub.mischief.push(({ path }) => (path.startsWith("/api") ? { status: 200, body } : undefined));
      await expect(pull(REFERENCE, quick)).rejects.toThrow(/could lead out of its folder/);
      expect(readdirSync(home())).toEqual([]);
    },
  );

  test("by a digest that is a path", async () => {
    const lfs = { sha256: "../../../evil", size: 1 };
    const body = Buffer.from(
      JSON.stringify({ sha: commit, siblings: [{ rfilename: "m.gguf", size: 1, lfs }] }),
    );
    hub.mischief.push(({ path }) => (path.startsWith("/api") ? { status: 200, body } : undefined));
    await expect(pull(REFERENCE, quick)).rejects.toThrow(/names no digest/);
    hub.reset();
    hub.publishManifest("library/evil:1", {
      layers: [{ mediaType: "application/vnd.ollama.image.model", digest: "sha256:../../evil", size: 1 }],
    });
    await expect(pull(`ollama:${hub.host}/library/evil:1`)).rejects.toThrow(/names no weights/);
    expect(readdirSync(home())).toEqual([]);
  });

  test("through a link inside the store", async () => {
    const outside = join(home(), "outside");
    mkdirSync(outside);
    mkdirSync(repository(REFERENCE), { recursive: true });
    symlinkSync(outside, blobs());
    await expect(pull(REFERENCE, quick)).rejects.toThrow(/outside the store/);
    expect(readdirSync(outside)).toEqual([]);
    expect(lstatSync(blobs()).isSymbolicLink()).toBe(true);
  });

  test.each(["models/mini.gguf", "mini-base", "./x"])("%s is no model on a hub", async (reference) => {
    await expect(pull(reference)).rejects.toThrow(/names no model on a hub/);
  });
});
