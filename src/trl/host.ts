import { serveEvents } from "../train/run/serve.ts";
import { runWithTrl } from "./run.ts";

/* The process that plans, follows and imports: tokenizers and files are native code's. */

serveEvents(runWithTrl);
