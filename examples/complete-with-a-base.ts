// Continuing a text is what a base model was trained for: no template, no roles, only the text and what follows it.
import { open } from "basewise";

// `await using` ends the engine's process when the program leaves this scope, also by an error.
await using model = await open("mini-base", { for: "complete" });
const generation = model.complete("One day, a little cat", { maxTokens: 30, sampling: { seed: 7 } });
for await (const piece of generation) process.stdout.write(piece);

// The result measures itself. With the seed in it the text can be written again.
const { finishReason, usage, tokensPerSecond, sampling } = await generation.result;
console.log(`\n${finishReason} after ${usage.completionTokens} tokens, seed ${sampling.seed}`);
console.log(`${tokensPerSecond > 0 ? "its speed is known" : "too short for a speed"}`);
