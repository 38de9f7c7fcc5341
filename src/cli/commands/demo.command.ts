import type { Declaration } from "../declare.ts";

export const demoCommand: Declaration = ({ context, command, finish }) => {
  command("demo", {
    en: "see base and instruct side by side; runs without a command too",
    zh: "并排演示基座与指令的区别；不带命令时也运行它",
  }).action(async () => finish(await (await import("./demo.ts")).demo(context)));
};
