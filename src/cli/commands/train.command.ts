import { SHARDINGS, type Sharding } from "../../trl/machines.ts";
import type { Declaration } from "../declare.ts";
import { wholeNumber } from "../values.ts";

/** What trains. */
export const TRAIN_ENGINES = ["ggml", "trl"] as const;

/** The options of `train`. */
export interface TrainOptions {
  readonly check?: true;
  readonly engine: (typeof TRAIN_ENGINES)[number];
  readonly plan?: true;
  readonly python?: string;
  readonly hosts?: number;
  readonly gpus?: number;
  readonly sharding?: Sharding;
}

export const trainCommand: Declaration = ({ context, say, command, option, finish }) => {
  command("train", { en: "run a training recipe, or go on with it", zh: "运行训练配方，或从中断处继续" })
    .argument("<recipe>", say({ en: "a YAML file", zh: "YAML 文件" }))
    .addOption(
      option("--check", {
        en: "read and lay out everything, say what would be learned and what is wrong, and train nothing",
        zh: "读取并编排全部数据，说明将学习什么、有何问题，但不训练",
      }),
    )
    .addOption(
      option("--engine <engine>", {
        en: "what trains: the embedded trainer, or TRL and accelerate in your Python (adapt, sft and dpo), on GPUs and clusters",
        zh: "训练引擎：内置训练器，或您的 Python 中的 TRL 和 accelerate（adapt、sft 与 dpo），可用 GPU 与集群",
      })
        .choices([...TRAIN_ENGINES])
        .default("ggml"),
    )
    .addOption(
      option("--plan", {
        en: "with --engine trl: write all that it trains from, print the launch files for a cluster, and start nothing",
        zh: "配合 --engine trl：写出训练所需的全部文件，打印集群启动文件，但不启动",
      }),
    )
    .addOption(
      option("--python <command>", {
        en: "with --engine trl: the Python that has TRL (python3 unless stated)",
        zh: "配合 --engine trl：装有 TRL 的 Python（默认 python3）",
      }),
    )
    .addOption(
      option("--hosts <n>", {
        en: "with --engine trl: so many hosts (1 unless stated)",
        zh: "配合 --engine trl：主机数（默认 1）",
      }).argParser(wholeNumber(say, 1)),
    )
    .addOption(
      option("--gpus <n>", {
        en: "with --engine trl: so many GPUs a host, 0 for none (those that are here; with --plan 1)",
        zh: "配合 --engine trl：每台主机的 GPU 数，0 表示不用 GPU（默认为本机所有；--plan 时为 1）",
      }).argParser(wholeNumber(say, 0)),
    )
    .addOption(
      option("--sharding <kind>", {
        en: "with --engine trl: how a model is kept on several GPUs (fsdp unless stated)",
        zh: "配合 --engine trl：模型在多个 GPU 上的存放方式（默认 fsdp）",
      }).choices([...SHARDINGS]),
    )
    .action(async (recipe: string, options: TrainOptions) => {
      const { trainAny } = await import("./train.ts");
      finish(await trainAny(context, recipe, options));
    });
};
