import { describe, expect, test, vi } from "vitest";
import { NotFoundError } from "../../src/errors.ts";
import { HubError } from "../../src/hub/remote/errors.ts";
import { inspectName } from "../../src/model/inspect-name.ts";

const nothingThere = new NotFoundError("x", { en: "nothing there", zh: "没有" });
const unreachable = new HubError("huggingface.co", undefined, { en: "unreachable", zh: "无法连接" });

describe("what a name alone tells", () => {
  test.each([
    ["AutoGLM-Phone-9B", { stage: "other", kind: "gui agent" }],
    ["zai-org/AutoGLM-Phone-9B", { stage: "other", kind: "gui agent" }],
    ["Kimi-K2-Thinking", { stage: "thinking", counterpart: "moonshotai/Kimi-K2-Base" }],
    ["GLM-4.6V-FP8", { stage: "other", kind: "vision" }],
    ["HunyuanOCR", { stage: "other", kind: "ocr" }],
    ["GLM-ASR-Nano-2512", { stage: "other", kind: "speech recognition" }],
    ["GLM-TTS", { stage: "other", kind: "speech synthesis" }],
    ["Spark-Formalizer-X1-7B", { stage: "other", kind: "task model" }],
    ["Qwen2.5-1.5B", { stage: "base", counterpart: "Qwen/Qwen2.5-1.5B-Instruct" }],
  ])("%s", (reference, expected) => {
    const named = inspectName(reference, reference.includes("/") ? unreachable : nothingThere);
    expect(named).toMatchObject({ ...expected, status: "claimed", path: null });
  });

  test("the catalogue adds what it knows, in another packing too", () => {
    const named = inspectName("qwen/qwen3-8b-AWQ", unreachable);
    expect(named).toMatchObject({
      stage: "hybrid",
      listed: { reference: "Qwen/Qwen3-8B", licence: { name: "apache-2.0" } },
    });
    expect(named?.probability).toBeGreaterThan(0.95);
    expect(inspectName("somebody/Qwen3-8B", unreachable)?.listed).toBeNull();
  });

  test("is nothing where the name tells nothing, or is the path of a file", () => {
    expect(inspectName("my-model", nothingThere)).toBeUndefined();
    expect(inspectName("owner/thing", unreachable)).toBeUndefined();
    expect(inspectName("llama-chat.gguf", nothingThere)).toBeUndefined();
    expect(inspectName("./qwen-chat", nothingThere)).toBeUndefined();
  });

  test("is not said of a model that its host does not have, but for being offline", () => {
    expect(inspectName("owner/thing-Instruct", nothingThere)).toBeUndefined();
    vi.stubEnv("BASEWISE_OFFLINE", "1");
    expect(inspectName("owner/thing-Instruct", nothingThere)?.stage).toBe("instruct");
    expect(inspectName("ollama:qwen2.5:7b-instruct", nothingThere)?.stage).toBe("instruct");
    vi.unstubAllEnvs();
  });
});
