import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { BadInputError } from "../../src/errors.ts";
import { checkRecipe } from "../../src/train/read-recipe.ts";
import type { Recipe } from "../../src/train/recipe.ts";
import {
  accelerateConfig,
  dealtBatch,
  launchScript,
  type Machines,
  SHARDINGS,
  slurmScript,
} from "../../src/trl/machines.ts";

function recipe(batch: number, accumulate: number): Recipe {
  return checkRecipe(
    {
      kind: "adapt",
      name: "planned",
      license: "Apache-2.0",
      seed: 1,
      steps: 2,
      batch: { time: 32, batch, accumulate },
      optimizer: { learningRate: 0.001, warmupSteps: 0 },
      data: ["texts.jsonl"],
      from: "mini-base",
      output: "out",
    },
    "test",
  );
}

describe("the rows of a step", () => {
  test("are dealt out evenly, no process computing more at once than the recipe does", () => {
    const small = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(small, small, small, fc.integer({ min: 0, max: 8 }), (batch, accumulate, hosts, gpus) => {
        const machines: Machines = { hosts, gpus, sharding: "none" };
        const processes = hosts * Math.max(1, gpus);
        const deal = () => dealtBatch(recipe(batch, accumulate), machines);
        if ((batch * accumulate) % processes !== 0) {
          expect(deal).toThrow(BadInputError);
          return;
        }
        const dealt = deal();
        expect(dealt.processes).toBe(processes);
        expect(dealt.rows * dealt.accumulate * processes).toBe(batch * accumulate);
        expect(dealt.rows).toBeLessThanOrEqual(batch);
      }),
    );
  });

  test("stay as the recipe has them on one processor", () => {
    expect(dealtBatch(recipe(4, 3), { hosts: 1, gpus: 0, sharding: "none" })).toEqual({
      processes: 1,
      rows: 4,
      accumulate: 3,
    });
  });

  test("that cannot be dealt out are refused, with what could", () => {
    const eight: Machines = { hosts: 1, gpus: 8, sharding: "fsdp" };
    expect(() => dealtBatch(recipe(3, 4), eight)).toThrow(
      "A step of 12 rows (batch.batch × batch.accumulate) cannot be dealt out evenly to 8 GPUs; make it 16 rows, or take fewer GPUs.",
    );
  });
});

describe("the configuration for accelerate", () => {
  const read = (machines: Machines): unknown =>
    parse(accelerateConfig(recipe(8, 4), machines), { version: "1.1" });

  test("is for this processor alone where there are no GPUs", () => {
    expect(read({ hosts: 1, gpus: 0, sharding: "none" })).toEqual({
      compute_environment: "LOCAL_MACHINE",
      distributed_type: "NO",
      use_cpu: true,
      mixed_precision: "no",
      num_machines: 1,
      num_processes: 1,
      machine_rank: 0,
    });
  });

  test.each(SHARDINGS)("says how a model is kept on two hosts of four GPUs: %s", (sharding) => {
    const settings = read({ hosts: 2, gpus: 4, sharding });
    expect(settings).toMatchObject({
      distributed_type: { none: "MULTI_GPU", fsdp: "FSDP", deepspeed: "DEEPSPEED" }[sharding],
      use_cpu: false,
      num_machines: 2,
      num_processes: 8,
      rdzv_backend: "static",
    });
    const parts = Object.keys(settings ?? {}).filter((key) => /^(?:fsdp|deepspeed)_config$/.test(key));
    expect(parts).toEqual(sharding === "none" ? [] : [`${sharding}_config`]);
  });
});

test("scripts start one host by itself, and several by their numbers", () => {
  const [alone, many]: [Machines, Machines] = [
    { hosts: 1, gpus: 1, sharding: "none" },
    { hosts: 4, gpus: 8, sharding: "fsdp" },
  ];
  expect(launchScript(alone)).toContain("\nexec accelerate launch --config_file accelerate.yaml train.py\n");
  expect(launchScript(many)).toContain(`--machine_rank "$1" --main_process_ip "$2" train.py`);
  expect(slurmScript(many)).toContain("#SBATCH --nodes=4\n");
  expect(slurmScript(many)).toContain("#SBATCH --gpus-per-node=8\n");
  expect(slurmScript(many)).toContain(`srun bash -c './launch.sh "$SLURM_NODEID" "$FIRST"'`);
});
