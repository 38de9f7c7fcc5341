import type { Recipe } from "../recipe.ts";
import { runRecipe } from "./loop.ts";
import { serveEvents } from "./serve.ts";

/* The process that trains, so that what aborts in native code ends this process and not the user's program. */

/** What it is to do. */
export interface TrainOrder {
  readonly recipe: Recipe;
  readonly isCheck: boolean;
}

serveEvents(({ recipe, isCheck }: TrainOrder, signal) => runRecipe(recipe, signal, isCheck));
