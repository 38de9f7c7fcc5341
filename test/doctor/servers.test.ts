import { describe, expect, test } from "vitest";
import { type ExamineOptions, examine } from "../../src/doctor/examine.ts";
import { NotFoundError } from "../../src/errors.ts";
import { count, text } from "../support/gguf.ts";
import { answer, llamaServer, ollama, serve, vllm } from "./fake-server.ts";
import { gguf, qwen, qwen3, qwenBase, TEMPLATES, transcript } from "./models.ts";

const ids = async (options: ExamineOptions) =>
  (await examine({ offline: true, ...options })).findings.map(
    ({ symptom, sureness }) => `${symptom} ${sureness}`,
  );

describe("Ollama", () => {
  test("a healthy one is recognised, and nothing is wrong", async () => {
    const diagnosis = await examine({ server: await ollama() });
    expect(diagnosis).toMatchObject({
      healthy: true,
      reference: "qwen2.5:7b",
      server: { program: "Ollama", model: "qwen2.5:7b" },
      lookedAt: ["model", "server"],
    });
  });

  test("its address is understood where a model is expected, and what stands behind # is its model", async () => {
    const address = await ollama();
    const brought = await examine({ server: address });
    expect(await examine({ reference: address })).toEqual(brought);
    expect(await examine({ reference: `${address}#qwen2.5:7b` })).toEqual(brought);
  });

  // ollama#6821, Jeffser/Alpaca#1032
  test("a template that was not recognised on import", async () => {
    const bare = { show: { template: "{{ .Prompt }}" } };
    expect(await ids({ server: await ollama(bare) })).toContain("template-empty-import certain");
  });

  test("a base that is served bare is as it should be", async () => {
    const base = {
      name: "qwen2.5:7b-base",
      show: { template: "{{ .Prompt }}" },
      info: { "general.name": "Qwen2.5 7B", "tokenizer.chat_template": undefined },
      parameters: "",
    };
    expect(await ids({ server: await ollama(base) })).not.toContain("template-empty-import certain");
  });

  test("an embedding model and a chat", async () => {
    const server = await ollama({
      name: "bge-m3:latest",
      show: { capabilities: ["embedding"], template: "{{ .Prompt }}" },
    });
    const found = await ids({ server, transcript: transcript(["user", "Hi"], ["assistant", "?"]) });
    expect(found.some((one) => one.startsWith("embedding-in-chat"))).toBe(true);
  });

  // ollama#3839: the window is smaller than the model's, and the front is cut.
  test("a transcript longer than its window", async () => {
    const long = transcript(["system", "Rules."], ["user", "word ".repeat(5000)]);
    expect(await ids({ server: await ollama(), transcript: long })).toContain(
      "context-overflow-silent certain",
    );
    expect(await ids({ server: await ollama(), transcript: transcript(["user", "Hi"]) })).toEqual([]);
  });

  // ollama#8363: the trainer's chat stops, Ollama does not.
  test("stops that lack the end of the turn", async () => {
    const reference = gguf("My-Instruct", ["a"], ["<|turn_start|>", "<|my_end|>", "<|endoftext|>"], {
      "tokenizer.chat_template": text(
        "{% for m in messages %}<|turn_start|>{{ m.role }}\n{{ m.content }}<|my_end|>\n{% endfor %}{% if add_generation_prompt %}<|turn_start|>assistant\n{% endif %}",
      ),
      "tokenizer.ggml.eos_token_id": count(3),
    });
    const found = await ids({ reference, server: await ollama({ parameters: "" }) });
    expect(found).toContain("exported-format-breaks certain");
    const named = 'stop                           "<|my_end|>"';
    expect(await ids({ reference, server: await ollama({ parameters: named }) })).not.toContain(
      "exported-format-breaks certain",
    );
  });
});

describe("llama-server", () => {
  test("a healthy one is recognised, and nothing is wrong", async () => {
    const diagnosis = await examine({ server: await llamaServer(), reference: qwen(), offline: true });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.server).toMatchObject({
      program: "llama-server",
      model: "Qwen2.5-7B-Instruct-Q4_K_M.gguf",
    });
  });

  // vllm#15281, lm-evaluation-harness#3154
  test("other sampling than the model recommends", async () => {
    const server = await llamaServer({
      params: { temperature: 0.800000011920929, top_k: 40, repeat_penalty: 1 },
    });
    const { findings } = await examine({ server, reference: qwen(), offline: true });
    const finding = findings.find(({ symptom }) => symptom === "sampling-defaults-differ");
    expect(finding?.seen.map(({ field }) => field)).toEqual(["temperature", "top_k", "repetition_penalty"]);
    expect(finding?.seen[0]?.text.en).toBe("It uses 0.8; the model recommends 0.7.");
  });

  test("the template of another family", async () => {
    const server = await llamaServer({ props: { chat_template: TEMPLATES.llama3 } });
    expect(await ids({ server, reference: qwen() })).toContain("wrong-template certain");
  });

  test("the same marks laid out otherwise", async () => {
    const server = await llamaServer({ props: { chat_template: TEMPLATES.chatml } });
    expect(await ids({ server, reference: qwen() })).toContain("exported-format-breaks certain");
  });

  test("a greedy default for a model that thinks", async () => {
    const server = await llamaServer({
      params: { temperature: 0 },
      props: { chat_template: TEMPLATES.qwen3 },
    });
    expect(await ids({ server, reference: qwen3() })).toContain("greedy-thinking-loop likely");
  });

  test("a base behind a chat template, told by the server alone", async () => {
    const props = {
      model_alias: "Qwen3-0.6B-Base-Q8_0",
      model_path: "/models/Qwen3-0.6B-Base-Q8_0.gguf",
      eos_token: "<|endoftext|>",
    };
    const found = await ids({ server: await llamaServer({ props }) });
    expect(found.some((one) => one.startsWith("template-on-base"))).toBe(true);
    expect(await ids({ server: await llamaServer({ props }), reference: qwenBase() })).toContain(
      "template-on-base likely",
    );
  });

  test("a reply that goes past the end of its turn", async () => {
    const hello = answer({ content: "Hi!<|im_end|>\n<|im_start|>user\nWho are you?" });
    expect(await ids({ server: await llamaServer({ hello }) })).toContain("second-stop-missing certain");
  });

  test("a template that loops does not hold the doctor up", async () => {
    const loops =
      "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}";
    const diagnosis = await examine({ server: await llamaServer({ props: { chat_template: loops } }) });
    expect(diagnosis.server).toMatchObject({ program: "llama-server" });
  });
});

describe("vLLM and other OpenAI-compatible servers", () => {
  // QwenLM/Qwen3#1297, vllm#19839
  test("the answer is among the thoughts", async () => {
    const hello = answer({ content: null, reasoning_content: "Hello! How can I help you?" });
    const diagnosis = await examine({ server: await vllm({ hello }) });
    expect(diagnosis.server).toMatchObject({ program: "vLLM", model: "Qwen/Qwen3-8B" });
    expect(diagnosis.findings).toMatchObject([{ symptom: "content-null", sureness: "certain" }]);
  });

  test("a thought cut by the greeting's own limit is no finding", async () => {
    const hello = answer({ content: "<think>\nThe user says hello", reasoning_content: null }, "length");
    expect(await ids({ server: await vllm({ hello }) })).toEqual([]);
  });

  test("one that only lists its models", async () => {
    const server = await serve({
      "/v1/models": { object: "list", data: [{ id: "some-model", object: "model" }] },
    });
    const diagnosis = await examine({ server: `${server}/v1/` });
    expect(diagnosis).toMatchObject({
      healthy: true,
      server: { program: "OpenAI-compatible", model: "some-model" },
    });
  });
});

describe("servers that are none, or misbehave", () => {
  test("nobody listens", async () => {
    await expect(examine({ server: "http://127.0.0.1:9" })).rejects.toThrow(NotFoundError);
  });

  test("no address", async () => {
    await expect(examine({ server: "file:///etc/passwd" })).rejects.toMatchObject({ exitCode: 2 });
    await expect(examine({ server: "not an address" })).rejects.toMatchObject({ exitCode: 2 });
  });

  test("one that never answers is given up on", async () => {
    const server = await serve({ "/v1/models": () => undefined });
    await expect(examine({ server })).rejects.toThrow(/does not answer/);
  });

  test("one that speaks something else, or too much", async () => {
    const html = await serve({ "/v1/models": "<html>Welcome</html>", "/props": "<html>" });
    await expect(examine({ server: html })).rejects.toMatchObject({ exitCode: 4 });
    const flood = await serve({ "/v1/models": `["${"x".repeat(9 * 2 ** 20)}"]` });
    await expect(examine({ server: flood })).rejects.toMatchObject({ exitCode: 4 });
    const odd = await serve({
      "/api/version": { version: 7 },
      "/props": { default_generation_settings: 5, chat_template: {}, model_alias: [], total_slots: null },
      "/v1/models": { data: [null, 3, { id: {} }, { id: "m", meta: "x" }] },
      "/v1/chat/completions": { choices: "x" },
    });
    expect((await examine({ server: odd })).server).toMatchObject({ program: "llama-server" });
  });
});
