import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folderOfModel, type ModelName } from "../convert/models.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { childrenOf, endedWithin } from "../support/processes.ts";
import { basewise, jsonLines } from "./program.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const CHINESE = { env: { LANG: "zh_CN.UTF-8" } };

/** A copy of a tiny model that may be changed. */
function copyOf(name: ModelName, config: object = {}): string {
  const folder = join(temporaryFolder(), name);
  cpSync(folderOfModel(name), folder, { recursive: true });
  const path = join(folder, "config.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...config }));
  return folder;
}

test("a folder is converted, quantised, inspected and run", async () => {
  const place = temporaryFolder();
  const whole = join(place, "tiny-f32.gguf");
  const converted = await basewise([
    "convert",
    folderOfModel("tiny-qwen3-instruct"),
    "--type",
    "f32",
    "--output",
    whole,
  ]);
  expect(converted).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /tiny-f32\.gguf {2}\S+ \S+, f32, an instruct model \(recorded in the file\)\n$/,
    ),
    stderr: expect.stringContaining(`basewise quantize ${whole} --type Q4_K_M`),
  });

  const quantised = await basewise(["quantize", whole, "--type", "Q8_0", "--threads", "1"]);
  const small = join(place, "tiny-Q8_0.gguf");
  expect(quantised).toMatchObject({ code: 0, stdout: expect.stringMatching(/Q8_0, \d+ % of /) });
  expect(quantised.stdout.startsWith(`${small} `)).toBe(true);
  expect(readdirSync(place).sort()).toEqual(["tiny-Q8_0.gguf", "tiny-f32.gguf"]);

  const [inspection] = jsonLines(await basewise(["inspect", small, "--json"]));
  expect(inspection).toMatchObject({ stage: "instruct" });
  const next = await basewise(["next", small, "Hello", "--json"]);
  expect(next.code).toBe(0);
});

test("tells what it made as JSON and in Chinese", async () => {
  const output = join(temporaryFolder(), "out.gguf");
  const words = ["convert", folderOfModel("tiny-qwen2-base"), "--output", output];
  const [made] = jsonLines(await basewise([...words, "--json"]));
  expect(made).toMatchObject({
    path: output,
    type: "f32",
    architecture: "qwen2",
    stage: "base",
    isRecorded: true,
  });
  const again = await basewise([...words, "--force"], CHINESE);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("（已记录在文件中）") });
  const [small] = jsonLines(
    await basewise(["quantize", output, "--type", "Q8_0", "--threads", "1", "--json"]),
  );
  expect(small).toMatchObject({ path: expect.stringMatching(/out-Q8_0\.gguf$/), type: "Q8_0" });
});

describe("wrong inputs are told in one sentence of either language, and leave nothing behind", () => {
  const missingShard = (): string => {
    const folder = copyOf("tiny-qwen3-instruct");
    rmSync(join(folder, "model-00003-of-00003.safetensors"));
    return folder;
  };
  const cutShort = (): string => {
    const folder = copyOf("tiny-llama3");
    truncateSync(join(folder, "model.safetensors"), 9000);
    return folder;
  };
  const gemma = { architectures: ["GemmaForCausalLM"], model_type: "gemma" };
  const hundredLayers = { num_hidden_layers: 100 };

  test.each<[string, () => string[], number, RegExp, RegExp]>([
    [
      "an unknown architecture",
      () => ["convert", copyOf("tiny-llama3", gemma)],
      2,
      /GemmaForCausalLM is not supported/,
      /不支持 GemmaForCausalLM/,
    ],
    [
      "a missing shard",
      () => ["convert", missingShard()],
      4,
      /model-00003-of-00003\.safetensors is missing, one of 3/,
      /model-00003-of-00003/,
    ],
    ["weights cut short", () => ["convert", cutShort()], 2, /is cut short/, /不完整/],
    [
      "a config of another model",
      () => ["convert", copyOf("tiny-llama3", hundredLayers)],
      2,
      /is missing from its weights/,
      /其权重中缺少张量/,
    ],
    ["an unknown type", () => ["convert", folderOfModel("tiny-llama3"), "--type", "q9"], 2, /q9/, /q9/],
    ["no such folder", () => ["convert", "./absent"], 4, /There is no file or folder/, /不存在/],
    [
      "a folder to quantise",
      () => ["quantize", folderOfModel("tiny-llama3"), "--type", "Q8_0"],
      2,
      /is no GGUF file yet; convert it first/,
      /请先转换/,
    ],
    [
      "no GGUF to quantise",
      () => ["quantize", join(folderOfModel("tiny-llama3"), "config.json"), "--type", "Q8_0"],
      2,
      /is not a GGUF file/,
      /不是 GGUF 文件/,
    ],
    [
      "a file that is quantised already",
      () => ["quantize", "mini-base", "--type", "Q4_0"],
      2,
      /is quantised already \(Q8_0\)/,
      /已经量化（Q8_0）/,
    ],
  ])("%s", async (_, words, code, english, chinese) => {
    const place = temporaryFolder();
    const output = ["--output", join(place, "out.gguf")];
    const given = words();
    const told = await basewise([...given, ...output]);
    expect(told).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(english) });
    expect(told.stderr).not.toMatch(/\n {4}at /);
    const inChinese = await basewise([...given, ...output], CHINESE);
    expect(inChinese).toMatchObject({ code, stderr: expect.stringMatching(chinese) });
    expect(readdirSync(place)).toEqual([]);
  });

  test("an output that exists is kept", async () => {
    const output = join(temporaryFolder({ "out.gguf": "mine" }), "out.gguf");
    const words = ["convert", folderOfModel("tiny-llama3"), "--output", output];
    expect(await basewise(words)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/exists already\. .*--force/),
    });
    expect(await basewise(words, CHINESE)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("已存在"),
    });
    expect(await basewise(["quantize", "mini-base", "--type", "Q8_0", "--output", output])).toMatchObject({
      code: 2,
    });
    expect(readFileSync(output, "utf8")).toBe("mine");
  });
});

// A file system of 1 MiB in a name space of its own, where the system lets anybody make one.
const unshare = ["unshare", "--user", "--map-root-user", "--mount", "--"];
const canMount =
  spawnSync("unshare", [...unshare.slice(1), "sh", "-c", "mount -t tmpfs tmpfs /mnt"], { stdio: "ignore" })
    .status === 0;
if (!canMount) console.log("no full disk: this system lets nobody mount one");

test.runIf(canMount)("a full disk is told before anything is written", async () => {
  const place = temporaryFolder();
  const command = `mount -t tmpfs -o size=64k tmpfs ${place} && "$@"; code=$?; ls -A ${place}; exit $code`;
  const words = [
    process.execPath,
    MAIN,
    "convert",
    folderOfModel("tiny-llama3"),
    "--output",
    join(place, "out.gguf"),
  ];
  const run = spawnSync("unshare", [...unshare.slice(1), "sh", "-c", command, "sh", ...words], {
    encoding: "utf8",
    env: { ...process.env, LANG: "en_US.UTF-8", LC_ALL: "" },
  });
  expect(run).toMatchObject({
    status: 2,
    stdout: "",
    stderr: expect.stringMatching(/needs 1 MiB, and its disk has 1 MiB free; make room/),
  });
});

describe.skipIf(process.platform === "win32")("stopped while it writes", () => {
  /** A folder whose weights are a hole of half a gigabyte: long enough to be stopped in the middle. */
  function largeFolder(): string {
    const [hidden, rows] = [1024, 200_000];
    const folder = copyOf("tiny-qwen3-instruct", {
      hidden_size: hidden,
      vocab_size: rows,
      num_hidden_layers: 1,
      tie_word_embeddings: true,
      architectures: ["Qwen3Model"],
    });
    for (const name of readdirSync(folder)) if (name.startsWith("model")) rmSync(join(folder, name));
    const config: Record<string, number> = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    const {
      intermediate_size: wide = 0,
      num_attention_heads: heads = 0,
      num_key_value_heads: kvHeads = 0,
      head_dim: head = 0,
    } = config;
    const layer: Record<string, number[]> = {
      input_layernorm: [hidden],
      "self_attn.q_proj": [heads * head, hidden],
      "self_attn.k_proj": [kvHeads * head, hidden],
      "self_attn.v_proj": [kvHeads * head, hidden],
      "self_attn.o_proj": [hidden, heads * head],
      "self_attn.q_norm": [head],
      "self_attn.k_norm": [head],
      post_attention_layernorm: [hidden],
      "mlp.gate_proj": [wide, hidden],
      "mlp.up_proj": [wide, hidden],
      "mlp.down_proj": [hidden, wide],
    };
    const shapes = [
      ["embed_tokens", [rows, hidden]] as const,
      ["norm", [hidden]] as const,
      ...Object.entries(layer).map(([name, shape]) => [`layers.0.${name}`, shape] as const),
    ];
    let end = 0;
    const header = shapes.map(([name, shape]) => {
      const begin = end;
      end += 2 * shape.reduce((product, size) => product * size, 1);
      return [`${name}.weight`, { dtype: "BF16", shape, data_offsets: [begin, end] }];
    });
    const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const path = join(folder, "model.safetensors");
    const file = openSync(path, "w");
    writeSync(file, Buffer.concat([length, text]));
    closeSync(file);
    truncateSync(path, 8 + text.length + end);
    return folder;
  }

  /** Converts, and sends the signal once there is a part of the file. */
  async function stopped(
    folder: string,
    place: string,
    signal: NodeJS.Signals,
  ): Promise<number | NodeJS.Signals | null> {
    const words = [MAIN, "convert", folder, "--type", "f32", "--output", join(place, "out.gguf")];
    const child = spawn(process.execPath, words, { stdio: "ignore" });
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
      child.on("exit", (code, by) => resolve(code ?? by));
    });
    while (child.exitCode === null && readdirSync(place).length === 0) await setTimeout(5);
    child.kill(signal);
    return ended;
  }

  test("by Ctrl-C it leaves nothing; by a kill no file has the final name, and the next run makes it and clears up", {
    timeout: 240_000,
  }, async () => {
    const folder = largeFolder();
    const place = temporaryFolder();
    expect(await stopped(folder, place, "SIGINT")).toBe(130);
    expect(readdirSync(place)).toEqual([]);
    expect(await stopped(folder, place, "SIGKILL")).toBe("SIGKILL");
    expect(readdirSync(place)).toEqual([expect.stringMatching(/^out\.gguf\.[\w-]+-\d+\.part$/)]);
    const output = join(place, "out.gguf");
    expect(await basewise(["convert", folder, "--output", output])).toMatchObject({ code: 0 });
    expect(readFileSync(output).subarray(0, 4).toString()).toBe("GGUF");
    expect(readdirSync(place)).toEqual(["out.gguf"]);

    // the process that quantises does not outlive the one that asked it to
    const small = join(place, "small.gguf");
    const sizeOfPart = (): number => {
      const part = readdirSync(place).find((name) => name.endsWith(".part"));
      return part === undefined ? 0 : statSync(join(place, part)).size;
    };
    const words = [MAIN, "quantize", output, "--type", "Q3_K_S", "--threads", "1", "--output", small];
    const program = spawn(process.execPath, words, { stdio: "ignore" });
    let worker: number | undefined;
    while (program.exitCode === null && worker === undefined) [worker] = await childrenOf(program.pid ?? 0);
    while (program.exitCode === null && sizeOfPart() < 1e6) await setTimeout(5);
    program.kill("SIGKILL");
    expect(await endedWithin(worker ?? 0, 10_000)).toBe(true);
    // 3.4 bits for each of 205 million weights would be 88 MB
    expect(sizeOfPart()).toBeLessThan(80e6);
  });
});
