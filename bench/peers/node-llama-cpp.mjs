import { createInterface } from "node:readline";

/*
 * node-llama-cpp's own API as its guide on batching uses it, in a process of its own: a line of JSON asks for texts, and
 * a line says how many milliseconds they took. Its output goes to the bench alone.
 */
const { library, model: modelPath, context: contextSize, sequences, threads } = JSON.parse(process.argv[2]);
const { getLlama } = await import(library);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: "error" });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: contextSize / sequences, sequences, threads });
const all = Array.from({ length: sequences }, () => context.getSequence());

async function write(sequence, prompt, count) {
  await sequence.clearHistory();
  let written = 0;
  for await (const _ of sequence.evaluate(prompt, { temperature: 0 })) if (++written === count) break;
}

console.log("ready");
for await (const line of createInterface(process.stdin)) {
  const { prompts, count } = JSON.parse(line);
  const start = performance.now();
  await Promise.all(prompts.map((prompt, i) => write(all[i], prompt, count)));
  console.log(performance.now() - start);
}
