import { describe, expect, test } from "vitest";
import { nameSignal, readName } from "../../../src/stage/signals/name.ts";
import type { Stage } from "../../../src/stage/stage.ts";
import { facts } from "../facts.ts";

describe("a name says the stage by its family's rule", () => {
  test.each<[string, Stage | undefined]>([
    ["Qwen/Qwen-7B", "base"],
    ["Qwen/Qwen-7B-Chat", "instruct"],
    ["Qwen/Qwen1.5-7B", "base"],
    ["Qwen/Qwen2.5-1.5B", "base"],
    ["Qwen/Qwen2.5-1.5B-Instruct", "instruct"],
    ["qwen2.5-1.5b-instruct-q4_k_m.gguf", "instruct"],
    ["Qwen2.5-Coder-7B", "base"],
    ["Qwen/QwQ-32B", "thinking"],
    ["Qwen/Qwen3-0.6B", "hybrid"],
    ["Qwen/Qwen3-0.6B-Base", "base"],
    ["Qwen3-0.6B-Q8_0.gguf", "hybrid"],
    ["Qwen/Qwen3-4B-Instruct-2507", "instruct"],
    ["Qwen/Qwen3-4B-Thinking-2507", "thinking"],
    ["Qwen/Qwen3.5-9B", "hybrid"],
    ["Qwen/Qwen3-Embedding-0.6B", "embedding"],
    ["Qwen/Qwen3-Reranker-0.6B", "reranker"],
    ["Qwen/Qwen3-VL-Reranker-2B", "reranker"],
    ["Qwen/Qwen3Guard-Gen-0.6B", "guard"],
    ["Qwen/Qwen3-4B-SafeRL", "hybrid"],
    ["Qwen/Qwen2-VL-2B-Instruct", "other"],
    ["deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "thinking"],
    ["meta-llama/Llama-3.2-3B", "base"],
    ["meta-llama/Llama-3.2-3B-Instruct", "instruct"],
    ["google/gemma-3-4b-it", "instruct"],
    ["google/gemma-3-4b-pt", "base"],
    ["some/italian-it", undefined],
    ["intfloat/multilingual-e5-large-instruct", "embedding"],
    ["BAAI/bge-reranker-base", "reranker"],
    ["FreedomIntelligence/openPangu-Embedded-7B", "hybrid"],
    ["mini-base", "base"],
    ["mini-instruct", "instruct"],
    // A derivative: the family's rule does not reach it.
    ["someone/Qwen2.5-1.5B-poems", undefined],
    // Trainings are appended, so the last word counts.
    ["princeton-nlp/Llama-3-Base-8B-SFT-DPO", "instruct"],
    // Models that people take for something else.
    ["zai-org/AutoGLM-Phone-9B", "other"],
    ["moonshotai/Kimi-K2-Thinking", "thinking"],
    ["zai-org/GLM-4.6V-FP8", "other"],
    ["tencent/HunyuanOCR", "other"],
    ["zai-org/GLM-ASR-Nano-2512", "other"],
    ["zai-org/GLM-TTS", "other"],
    ["iflytek/Spark-Formalizer-X1-7B", "other"],
    // "-PT" is PyTorch here, and "-pt" pretrained there.
    ["baidu/ERNIE-4.5-0.3B-PT", "instruct"],
    ["baidu/ERNIE-4.5-0.3B-Base-PT", "base"],
    ["tencent/Hunyuan-7B-Pretrain", "base"],
    ["ByteDance-Seed/Seed-OSS-36B-Base", "base"],
    ["deepseek-ai/DeepSeek-V2-Lite", "base"],
    ["deepseek-ai/DeepSeek-V2-Lite-Chat", "instruct"],
    ["deepseek-ai/DeepSeek-V3-0324", "instruct"],
    ["deepseek-ai/DeepSeek-V3.1-Base", "base"],
    ["microsoft/Phi-4-reasoning", "thinking"],
    ["microsoft/Phi-3.5-mini-instruct", "instruct"],
    ["mistralai/Magistral-Small-2506", "thinking"],
    ["mistralai/Ministral-3-8B-Base-2512", "base"],
    ["mistralai/Ministral-3-8B-Reasoning-2512", "thinking"],
    ["HuggingFaceH4/zephyr-7b-beta", "instruct"],
    ["lmsys/vicuna-7b-v1.5", "instruct"],
    ["codellama/CodeLlama-7b-hf", "base"],
    ["codellama/CodeLlama-7b-Instruct-hf", "instruct"],
    ["EleutherAI/pythia-1.4b-deduped", "base"],
    ["google/shieldgemma-2b", "guard"],
    ["ibm-granite/granite-guardian-3.1-8b", "guard"],
    ["openai/gpt-oss-safeguard-20b", "guard"],
    ["nvidia/Llama-3.1-Nemotron-70B-Reward", "reward"],
    ["RLHFlow/ArmoRM-Llama3-8B-v0.1", "reward"],
    ["google/embeddinggemma-300m", "embedding"],
    ["nomic-ai/nomic-embed-text-v1.5", "embedding"],
    ["mixedbread-ai/mxbai-rerank-base-v2", "reranker"],
    ["cross-encoder/ms-marco-MiniLM-L-6-v2", "reranker"],
    ["cross-encoder/nli-deberta-v3-base", "other"],
    ["openai/whisper-large-v3", "other"],
    ["google-bert/bert-base-uncased", "other"],
    ["google/flan-t5-base", "other"],
    ["facebook/bart-large-cnn", "other"],
    ["THUDM/cogagent-18b-chat", "other"],
    ["llava-hf/llava-1.5-7b-hf", "other"],
    ["GSAI-ML/LLaDA-8B-Instruct", "other"],
    // A word inside a word is none.
    ["someone/database-helper", undefined],
    ["someone/chatter", "instruct"],
    ["", undefined],
  ])("%s: %s", (name, stage) => {
    expect(readName(name)?.says).toBe(stage);
  });
});

test("a word in one name outweighs its absence in another", () => {
  const names = [
    { from: "file name", name: "Qwen2.5-1.5B" },
    { from: "general.name", name: "Qwen2.5 1.5B Instruct" },
  ] as const;
  expect(nameSignal(facts("x", { names })).map((evidence) => evidence.says)).toEqual(["instruct"]);
});

test("names that disagree both speak, names that agree speak once", () => {
  const names = [
    { from: "file name", name: "x-instruct" },
    { from: "general.name", name: "x-chat" },
    { from: "general.finetune", name: "base" },
  ] as const;
  expect(nameSignal(facts("x", { names })).map((evidence) => evidence.says)).toEqual(["instruct", "base"]);
});

test("what a model was made from says little", () => {
  const from = (source: "config" | "reference") =>
    nameSignal(facts("x", { names: [{ from: source, name: "gpt2" }] }))[0]?.weight ?? 0;
  expect(from("config")).toBeLessThan(from("reference") / 2);
});

test("a kind that speaks is named with the stage of its language model; another kind alone", () => {
  const says = (name: string) => nameSignal(facts(name)).map(({ says, kind }) => kind ?? says);
  expect(says("zai-org/GLM-4.1V-9B-Thinking")).toEqual(["vision", "thinking"]);
  expect(says("Qwen/Qwen2-VL-2B-Instruct")).toEqual(["vision", "instruct"]);
  expect(says("intfloat/multilingual-e5-large-instruct")).toEqual(["embedding"]);
  expect(says("BAAI/bge-reranker-base")).toEqual(["reranker"]);
  expect(says("zai-org/AutoGLM-Phone-9B")).toEqual(["gui agent"]);
  expect(says("zai-org/GLM-TTS")).toEqual(["speech synthesis"]);
  expect(says("zai-org/GLM-ASR-Nano-2512")).toEqual(["speech recognition"]);
  expect(says("iflytek/Spark-Formalizer-X1-7B")).toEqual(["task model"]);
});
