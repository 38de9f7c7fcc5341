import { EXIT } from "../../errors.ts";
import { inspect } from "../../model/inspect.ts";
import { printable } from "../../printable.ts";
import { readRecipe } from "../../train/read-recipe.ts";
import type { Recipe } from "../../train/recipe.ts";
import type { TrainEvent } from "../../train/run/events.ts";
import type { Machines } from "../../trl/machines.ts";
import { planForTrl, trainWithTrl } from "../../trl/train.ts";
import type { Context } from "../context.ts";
import { jsonLine } from "../json.ts";
import { badge, stageWords } from "../verdict.ts";
import type { TrainOptions } from "./train.command.ts";
import { sayStart } from "./train.ts";

/** Runs a recipe with TRL; what comes of it is inspected like any other model. */
export function trlRun(context: Context, options: TrainOptions) {
  const { python } = options;
  return async function* (
    recipe: Recipe,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<TrainEvent> {
    const machines = machinesOf(options);
    for await (const event of trainWithTrl(recipe, {
      machines,
      ...(python === undefined ? {} : { python }),
      signal,
    })) {
      yield event;
      const [file] = event.event === "done" ? event.files : [];
      if (file !== undefined && recipe.kind !== "pretrain" && recipe.adapter === undefined) {
        await sayInspected(context, file);
      }
    }
  };
}

async function sayInspected(context: Context, file: string): Promise<void> {
  const { err, say } = context;
  const verdict = await inspect(file);
  const [stage, badged] = [stageWords(context, verdict.stage, verdict.kind), badge(context, err, verdict)];
  err.line(say({ en: `By its file it is ${stage} ${badged}`, zh: `根据文件判断，它是${stage} ${badged}` }));
}

/** Writes the plan and prints the files that start it. */
export async function planOnly(context: Context, path: string, options: TrainOptions): Promise<number> {
  const { json, out, err, say, language } = context;
  const { folder, start, files } = await planForTrl(await readRecipe(path), machinesOf(options));
  if (json) {
    out.line(jsonLine({ folder, start, files }, language));
    return EXIT.done;
  }
  sayStart(context, start);
  for (const [name, text] of Object.entries(files)) {
    out.line(out.paint.bold(`# ${name}`));
    out.line(text);
  }
  const shown = printable(folder, Number.POSITIVE_INFINITY);
  err.line(
    say({
      en: `All that it trains from is in ${shown}: take that folder to the cluster, pip install -r requirements.txt, run launch.sh or sbatch launch.slurm, and bring the folder back. Then: basewise train ${path} --engine trl`,
      zh: `训练所需的全部文件位于 ${shown}：请将该文件夹带到集群，执行 pip install -r requirements.txt，运行 launch.sh 或 sbatch launch.slurm，再把文件夹带回。然后执行：basewise train ${path} --engine trl`,
    }),
  );
  return EXIT.done;
}

function machinesOf({ hosts, gpus, sharding }: TrainOptions): Partial<Machines> {
  return {
    ...(hosts === undefined ? {} : { hosts }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(sharding === undefined ? {} : { sharding }),
  };
}
