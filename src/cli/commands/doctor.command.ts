import type { Declaration } from "../declare.ts";
import { REFERENCE } from "../references.ts";
import type { DoctorOptions } from "./doctor.ts";

export const doctorCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("doctor", {
    en: "name the cause of abnormal output, and the fix",
    zh: "找出异常输出的原因及修复方法",
  })
    .argument(
      "[reference]",
      say({
        en: `${REFERENCE.en}; or a recipe (.yaml), which is checked before it trains`,
        zh: `${REFERENCE.zh}；或配方（.yaml），在训练前检查`,
      }),
    )
    .addOption(
      option("--transcript <file>", {
        en: "a conversation: messages as JSON or JSONL, a request with its response, ShareGPT, or text with turns",
        zh: "对话：JSON 或 JSONL 消息、请求及其响应、ShareGPT，或带轮次的文本",
      }),
    )
    .addOption(
      option("--output <file>", {
        en: "what came out: text, an error message, a server's response, token ids, vectors or scores",
        zh: "输出：文本、错误消息、服务器响应、词元编号、向量或分数",
      }),
    )
    .addOption(
      option("--prompt <file>", {
        en: "the prompt as it was sent: text or token ids",
        zh: "实际发送的提示：文本或词元编号",
      }),
    )
    .addOption(
      option("--training-config <file>", {
        en: "a configuration of LLaMA-Factory, axolotl, TRL or basewise",
        zh: "LLaMA-Factory、axolotl、TRL 或 basewise 的训练配置",
      }),
    )
    .addOption(
      option("--training-data <file>", {
        en: "prepared examples (input_ids, labels) or conversations",
        zh: "已处理的样例（input_ids、labels）或对话",
      }),
    )
    .addOption(option("--parent <reference>", { en: "the model it was made from", zh: "制作它所用的父模型" }))
    .addOption(
      option("--server <url>", {
        en: "a running llama-server, Ollama, vLLM or OpenAI-compatible server",
        zh: "正在运行的 llama-server、Ollama、vLLM 或兼容 OpenAI 的服务器",
      }),
    )
    .addOption(
      option("--probe", {
        en: "also load the model and measure what it does",
        zh: "同时加载模型，测量其实际行为",
      }),
    )
    .action(async (reference: string | undefined, options: DoctorOptions) =>
      finish(await (await import("./doctor.ts")).doctor(context, reference, options)),
    );
};
