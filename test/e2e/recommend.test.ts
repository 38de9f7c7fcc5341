import { describe, expect, test } from "vitest";
import { z } from "zod";
import { USES } from "../../src/stage/stage.ts";
import { LocalHub } from "../support/local-hub.ts";
import { basewise, jsonLines } from "./program.ts";

const size = z.number().positive();
const document = z.object({
  use: z.enum(USES),
  guidance: z.string(),
  context: size,
  memory: z.object({ budget: size, from: z.enum(["given", "graphics", "available"]) }),
  machine: z.object({ memory: z.object({ total: size, available: size }), graphics: z.array(z.unknown()) }),
  recommendations: z.array(
    z.object({
      reference: z.string(),
      stage: z.string(),
      quantization: z.string().nullable(),
      method: z.enum(["lora", "full"]).nullable(),
      fetch: z.string(),
      memory: z.object({ weights: size, total: size }),
      sampling: z.array(z.object({ mode: z.string(), source: z.string() })),
      score: z.number(),
      terms: z.array(z.object({ term: z.string(), points: z.number(), text: z.string() })),
      reason: z.string(),
      commands: z.array(z.string()),
    }),
  ),
  leftOut: z.array(z.object({ reason: z.string(), count: size, examples: z.array(z.unknown()) })),
  smallest: z.object({ reference: z.string(), needs: size }).nullable(),
});

async function recommended(...args: string[]): Promise<z.infer<typeof document>> {
  const outcome = await basewise(["recommend", "--json", ...args]);
  expect(outcome.code).toBe(0);
  return document.parse(jsonLines(outcome)[0]);
}

const { stdout: help } = await basewise(["--help"]);

describe("recommend", () => {
  test("a conversation in 8 GiB gets models tuned for it, that fit, with what to run", async () => {
    const { recommendations, guidance } = await recommended("--memory", "8GiB");
    expect(guidance).toContain("a base model continues text");
    expect(recommendations.length).toBeGreaterThan(1);
    for (const { stage, memory, quantization, fetch, commands } of recommendations) {
      expect(["instruct", "thinking", "hybrid"]).toContain(stage);
      expect(memory.total).toBeLessThanOrEqual(8 * 2 ** 30);
      expect(fetch).toContain(`:${quantization}`);
      expect(commands).toEqual([`basewise pull ${fetch}`, `basewise chat ${fetch}`]);
    }
  });

  test("one's own tuning gets a base, and is told how thoroughly it can be trained", async () => {
    const { recommendations } = await recommended("--use", "finetune", "--memory", "24GB");
    for (const { stage, method, quantization } of recommendations) {
      expect({ stage, quantization }).toEqual({ stage: "base", quantization: null });
      expect(["lora", "full"]).toContain(method);
    }
  });

  test("without a size it takes what this machine has free", async () => {
    const { memory, machine } = await recommended("--use", "embed");
    if (machine.graphics.length === 0) {
      expect(memory).toEqual({ budget: machine.memory.available, from: "available" });
    }
  });

  test("language and licence leave others out, and say so", async () => {
    const { leftOut } = await recommended("--memory", "8GiB", "--language", "zh", "--licence", "permissive");
    expect(leftOut.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(["stage", "licence", "language", "memory"]),
    );
  });

  test("where nothing fits it says what the smallest needs, and exits as not found", async () => {
    const { code, stdout, stderr } = await basewise(["recommend", "--memory", "100MiB"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^✗ Nothing for chat fits 100 MiB\. The smallest, \S+, needs \d+ MiB; .+\n$/);
    expect(stdout).toContain("too large");
    const json = await basewise(["recommend", "--json", "--memory", "100MiB"]);
    expect(json.code).toBe(4);
    const { recommendations, smallest } = document.parse(jsonLines(json)[0]);
    expect(recommendations).toEqual([]);
    expect(smallest?.needs).toBeGreaterThan(100 * 2 ** 20);
  });

  test("a language that no model names is not a matter of memory", async () => {
    const { code, stderr } = await basewise(["recommend", "--memory", "8GiB", "--language", "xx"]);
    expect(code).toBe(4);
    expect(stderr).toContain("meets --language");
  });

  // `pull` comes with the hub's downloads; until it is there its commands lead nowhere and this tells nothing.
  test.skipIf(!/^ {2}pull /m.test(help)).each(USES)("every command it names for %s is there", async (use) => {
    const { recommendations } = await recommended("--use", use, "--memory", "8GiB");
    expect(recommendations.length).toBeGreaterThan(0);
    for (const command of recommendations.flatMap(({ commands }) => commands)) {
      const [program, name] = command.split(" ");
      expect(program).toBe("basewise");
      expect(help).toMatch(new RegExp(`^  ${name} `, "m"));
    }
  });

  test("a base that nobody published as GGUF is fetched, converted, packed and then used", async () => {
    const { recommendations } = await recommended("--use", "complete", "--memory", "4GiB");
    const base = recommendations.find(({ reference }) => reference === "Qwen/Qwen3-4B-Base");
    expect(base?.commands).toEqual([
      "basewise pull Qwen/Qwen3-4B-Base",
      "basewise convert Qwen/Qwen3-4B-Base --output Qwen3-4B-Base.gguf",
      "basewise quantize Qwen3-4B-Base.gguf --type Q6_K --output Qwen3-4B-Base-Q6_K.gguf",
      'basewise complete Qwen3-4B-Base-Q6_K.gguf "Once upon a time"',
    ]);
  });

  test("online it asks the hub, names what is there and what is not", async () => {
    const hub = await LocalHub.start();
    const options = { env: { HF_ENDPOINT: hub.origin, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" } };
    const args = ["recommend", "--use", "embed", "--memory", "1GiB", "--online"];
    hub.publish(
      "Qwen/Qwen3-Embedding-0.6B-GGUF",
      { "Qwen3-Embedding-0.6B-Q8_0.gguf": Buffer.alloc(2048) },
      {
        cardData: { license: "apache-2.0" },
        downloads: 18_800,
      },
    );
    const { code, stdout, stderr } = await basewise(args, options);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "is there, the file has 2.00 KiB, 18,800 downloads last month",
    );
    expect(stderr).toContain("⚠ The hub has no gpustack/bge-m3-GGUF, which the catalogue names.");
    const offline = await basewise([...args, "--offline"], options);
    expect({ code: offline.code, stdout: offline.stdout }).toEqual({ code: 4, stdout: "" });
    expect(offline.stderr).toMatch(/^✗ .+\n$/);
  });

  test("speaks Chinese, with the same rows", async () => {
    const { stdout } = await basewise(["recommend", "--lang", "zh", "--memory", "8GiB"]);
    expect(stdout).toMatch(/理由.+内存.+采样.+许可证.+得分.+运行.+未入选/s);
    expect(stdout).not.toMatch(/\b(Why|Memory|Left out)\b/);
  });
});
