import { stringify } from "yaml";
import { BadInputError } from "../errors.ts";
import type { Recipe } from "../train/recipe.ts";

/**
 * How a model is kept on several processors: whole on each (`none`), or every process a part of the weights and of the
 * optimizer (`fsdp`: PyTorch's; `deepspeed`: ZeRO stage 3).
 */
export const SHARDINGS = ["none", "fsdp", "deepspeed"] as const;
/** One of them. */
export type Sharding = (typeof SHARDINGS)[number];

/** Where TRL is to train. */
export interface Machines {
  /** Computers, 1 or more. */
  readonly hosts: number;
  /** GPUs of each host; 0 trains on its processor. */
  readonly gpus: number;
  /** How the model is kept on them. */
  readonly sharding: Sharding;
}

/** How the rows of a step are dealt out. */
export interface DealtBatch {
  /** Processes, one a GPU. */
  readonly processes: number;
  /** Rows that each computes at once. */
  readonly rows: number;
  /** How often each does so before a step. */
  readonly accumulate: number;
}

const PORT = 29_500;

/**
 * Deals the rows of a step out to the processes: each computes at most `batch.batch` of them at once. Throws
 * BadInputError where they cannot share a step evenly.
 */
export function dealtBatch({ batch: { batch, accumulate } }: Recipe, { hosts, gpus }: Machines): DealtBatch {
  const processes = hosts * Math.max(1, gpus);
  const each = (batch * accumulate) / processes;
  if (!Number.isInteger(each)) throw unevenRows(batch * accumulate, processes);
  let rows = Math.min(batch, each);
  while (each % rows !== 0) rows--;
  return { processes, rows, accumulate: each / rows };
}

/** The configuration for `accelerate launch`. Source of the fields: accelerate 1.15, `commands/config/config_args.py`. */
export function accelerateConfig(recipe: Recipe, machines: Machines): string {
  const { hosts, gpus, sharding } = machines;
  const { processes, accumulate } = dealtBatch(recipe, machines);
  const settings = {
    compute_environment: "LOCAL_MACHINE",
    distributed_type: processes === 1 ? "NO" : distributedType(machines),
    use_cpu: gpus === 0,
    // the program says itself what is computed in bf16
    mixed_precision: "no",
    num_machines: hosts,
    num_processes: processes,
    machine_rank: 0,
    ...(hosts === 1 ? {} : { main_process_port: PORT, rdzv_backend: "static", same_network: true }),
    ...(processes > 1 && sharding === "fsdp"
      ? {
          fsdp_config: {
            fsdp_version: 2,
            fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
            fsdp_reshard_after_forward: true,
            fsdp_state_dict_type: "FULL_STATE_DICT",
            fsdp_offload_params: false,
          },
        }
      : {}),
    ...(processes > 1 && sharding === "deepspeed"
      ? {
          deepspeed_config: {
            zero_stage: 3,
            gradient_clipping: recipe.optimizer.clipNorm,
            gradient_accumulation_steps: accumulate,
            offload_optimizer_device: "none",
            offload_param_device: "none",
            zero3_init_flag: false,
            zero3_save_16bit_model: true,
          },
        }
      : {}),
  };
  return stringify(settings, { version: "1.1" }); // which PyYAML reads: there a bare no is false
}

function distributedType({ gpus, sharding }: Machines): string {
  if (sharding === "fsdp") return "FSDP";
  if (sharding === "deepspeed") return "DEEPSPEED";
  return gpus === 0 ? "MULTI_CPU" : "MULTI_GPU";
}

/** Starts the program on one host; on several, once on each with its number and the name of the first. */
export function launchScript({ hosts }: Machines): string {
  const launch = "accelerate launch --config_file accelerate.yaml";
  const [usage, more] =
    hosts === 1
      ? ["./launch.sh", ""]
      : [
          "./launch.sh NUMBER FIRST, on every host: its number from 0, and the name of host 0",
          ` --machine_rank "$1" --main_process_ip "$2"`,
        ];
  return `#!/usr/bin/env bash
# ${usage}
set -euo pipefail
cd "$(dirname "$0")"
exec ${launch}${more} train.py
`;
}

/** The same for a cluster that runs Slurm. */
export function slurmScript({ hosts, gpus }: Machines): string {
  const start = hosts === 1 ? "./launch.sh" : `bash -c './launch.sh "$SLURM_NODEID" "$FIRST"'`;
  return `#!/usr/bin/env bash
# sbatch launch.slurm, in this folder
#SBATCH --nodes=${hosts}
#SBATCH --ntasks-per-node=1
${gpus === 0 ? "" : `#SBATCH --gpus-per-node=${gpus}\n`}#SBATCH --output=slurm-%j.log
set -euo pipefail
export FIRST="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)"
srun ${start}
`;
}

function unevenRows(rows: number, processes: number): BadInputError {
  const next = Math.ceil(rows / processes) * processes;
  return new BadInputError({
    en: `A step of ${rows} rows (batch.batch × batch.accumulate) cannot be dealt out evenly to ${processes} GPUs; make it ${next} rows, or take fewer GPUs.`,
    zh: `每步 ${rows} 行（batch.batch × batch.accumulate）无法平均分给 ${processes} 个 GPU；请改为 ${next} 行，或减少 GPU。`,
  });
}
