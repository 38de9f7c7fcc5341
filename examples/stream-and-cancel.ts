// Text comes piece by piece, and an AbortSignal ends it at any moment. What was written until then is kept, and the
// model is free at once for the next request.
import { open } from "basewise";

await using model = await open("mini-base", { for: "complete" });
const stop = new AbortController();
const generation = model.complete("One day, a little cat", { maxTokens: 500, signal: stop.signal });
let pieces = 0;
for await (const piece of generation) {
  process.stdout.write(piece);
  if (++pieces === 10) stop.abort();
}
console.log(`\n${(await generation.result).finishReason}`); // aborted

// Leaving the loop early ends the generation too.
const second = model.complete("The sun", { maxTokens: 500 });
for await (const _ of second) break;
console.log((await second.result).finishReason); // aborted
