import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { packagedModelPath } from "../../src/hub/reference.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { LocalHub } from "../support/local-hub.ts";
import { environmentOf } from "../support/own-machine.ts";
import { basewise, jsonLines, onTerminal } from "./program.ts";

const REFERENCE = "owner/tiny-GGUF";
const SEVERAL = "owner/several-GGUF";
let hub: LocalHub;

beforeAll(async () => {
  hub = await LocalHub.start();
  hub.publish(SEVERAL, {
    "tiny-q4_k_m.gguf": readFileSync(packagedModelPath("mini-instruct")),
    "tiny-q8_0.gguf": readFileSync(packagedModelPath("mini-base")),
  });
  hub.publish(REFERENCE, { "tiny.gguf": readFileSync(packagedModelPath("mini-instruct")) });
});

test("a model is pulled, listed, inspected offline and removed", async () => {
  const home = temporaryFolder();
  const env = environmentOf(home, hub);
  const offline = { ...env, HF_HUB_OFFLINE: "1" };

  const pulled = await basewise(["pull", REFERENCE], { env });
  expect(pulled.stderr).toMatch(/Done: .+ in Hugging Face, contents checked/);
  expect(pulled.code).toBe(0);
  const path = pulled.stdout.trimEnd();
  expect(path.startsWith(join(home, "hf", "hub"))).toBe(true);
  const again = await basewise(["pull", REFERENCE], { env: { ...env, LANG: "zh_CN.UTF-8" } });
  expect(again).toMatchObject({ code: 0, stdout: `${path}\n`, stderr: expect.stringContaining("已在本机") });

  const list = await basewise(["list"], { env: offline });
  expect(list.code).toBe(0);
  expect(list.stdout).toMatch(/STAGE +SIZE +FORMAT +WHERE +SUITS/);
  expect(list.stdout).toMatch(/owner\/tiny-GGUF\S*\n +instruct +\S+ \S+ +GGUF +Hugging Face +chat/);
  const [json] = jsonLines(await basewise(["list", "--json"], { env: offline }));
  expect(json).toMatchObject({
    models: expect.arrayContaining([
      expect.objectContaining({ path, stage: "instruct", problem: null }),
      expect.objectContaining({ reference: "mini-base", stage: "base" }),
    ]),
  });

  const inspected = await basewise(["inspect", REFERENCE, "--json"], { env: offline });
  expect(jsonLines(inspected)[0]).toMatchObject({ reference: REFERENCE, stage: "instruct" });

  const unasked = await basewise(["rm", REFERENCE], { env });
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("add --yes") });
  expect((await basewise(["inspect", REFERENCE], { env: offline })).code).toBe(0);

  const removed = await basewise(["rm", REFERENCE, "--yes", "--json"], { env });
  expect(removed.code).toBe(0);
  expect(jsonLines(removed)[0]).toMatchObject({ reference: REFERENCE, store: "Hugging Face" });
  expect((await basewise(["inspect", REFERENCE], { env: offline })).code).toBe(4);
  expect((await basewise(["rm", REFERENCE, "--yes"], { env })).code).toBe(4);
}, 120_000);

test("an interrupted pull keeps what it has, says how to go on, and goes on", async () => {
  const env = environmentOf(temporaryFolder(), hub);
  const name = "owner/large";
  hub.publish(name, { "config.json": "{}", "model.safetensors": Buffer.alloc(20_000_000, 5) });
  hub.mischief.push(({ server }) => (server === "storage" ? { slowMs: 20 } : undefined));
  const stopped = await basewise(["pull", name], {
    env,
    interrupt: { signal: "SIGINT", when: (_, stderr) => stderr.includes("20 %") },
  });
  expect(stopped.stderr).toMatch(/Stopped; .+ are kept\. To go on: basewise pull owner\/large\n$/);
  expect(stopped).toMatchObject({ code: 130, stdout: "" });
  hub.reset();
  const resumed = await basewise(["pull", name], { env });
  expect(resumed.stderr).toMatch(/of it here from before/);
  expect(resumed.code).toBe(0);
}, 120_000);

describe.skipIf(process.platform !== "linux")("on a terminal", () => {
  test("a quantisation is one question, and so is a removal", async () => {
    const env = environmentOf(temporaryFolder(), hub);
    const asked = await onTerminal(80, ["pull", SEVERAL], [{ after: "Which one?", keys: "2\r" }], env);
    expect(asked.stdout).toMatch(/It comes in several quantisations:\r\n +1 .+\r\n +2 .+\r\n/);
    expect(asked.stdout).toMatch(/Q4_K_M +[\d.]+ MiB.* usual choice/);
    expect(asked.code).toBe(0);
    const here = jsonLines(await basewise(["list", "--json"], { env: { ...env, HF_HUB_OFFLINE: "1" } }));
    const stored = JSON.stringify(here).match(/owner\/several-GGUF:\w+/g);
    expect(new Set(stored).size).toBe(1);

    const kept = await onTerminal(80, ["rm", SEVERAL], [{ after: "[y/N]", keys: "\r" }], env);
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing was removed.") });
    const left = await onTerminal(80, ["rm", SEVERAL], [{ after: "[y/N]", keys: "\x03" }], env);
    expect(left.code).toBe(130);
    const removed = await onTerminal(
      80,
      ["rm", SEVERAL, "--lang", "zh"],
      [{ after: "[y/N]", keys: "是\r" }],
      env,
    );
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining("已从 Hugging Face 删除") });
    expect((await basewise(["rm", SEVERAL, "--yes"], { env })).code).toBe(4);
  }, 240_000);

  test("Enter takes the usual quantisation, another word is an error, Ctrl-C leaves", async () => {
    const env = environmentOf(temporaryFolder(), hub);
    const wrong = await onTerminal(80, ["pull", SEVERAL], [{ after: "Which one?", keys: "Q9\r" }], env);
    expect(wrong).toMatchObject({ code: 2, stdout: expect.stringContaining('has no GGUF "Q9"') });
    const left = await onTerminal(80, ["pull", SEVERAL], [{ after: "Which one?", keys: "\x03" }], env);
    expect(left.code).toBe(130);
    const usual = await onTerminal(80, ["pull", SEVERAL], [{ after: "Which one?", keys: "\r" }], env);
    expect(usual).toMatchObject({ code: 0, stdout: expect.stringMatching(/tiny-q4_k_m\.gguf/) });
  }, 240_000);
});
