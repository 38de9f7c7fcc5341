import { serveEvents } from "../train/run/serve.ts";
import type { TunedHeadRecipe } from "./recipe.ts";
import { runHead } from "./run-head.ts";

/* The process that learns an adapter for a head, so that what aborts in native code ends it and not the user's program. */

serveEvents((recipe: TunedHeadRecipe, signal) => runHead(recipe, signal));
