// A model behind a server opens like one on this machine, as what its stage says it is:
//   node --import tsx examples/remote-server.ts http://127.0.0.1:8080        llama-server
//   node --import tsx examples/remote-server.ts http://localhost:11434#qwen3 Ollama, with the model's name
// A key comes from the usual variable (OPENAI_API_KEY, …) and goes to its own host alone.
import { open, UnsupportedByServerError } from "basewise";

const [address] = process.argv.slice(2);
if (address === undefined) throw new Error("give the address of a server");

await using model = await open(address, { for: "complete" });
const { text, usage, warnings } = await model.complete("One day, a little cat", {
  maxTokens: 12,
  sampling: { temperature: 0 },
}).result;
console.log(`${model.stage}, ${usage.completionTokens} tokens: ${JSON.stringify(text)}`);
for (const warning of warnings) console.log(`warning: ${warning.en}`);

try {
  const [first] = await model.next("One day, a little cat", { top: 1 });
  console.log(`most likely next: ${JSON.stringify(first?.text)}`);
} catch (error) {
  // What a server cannot give is an error of its own kind, never a guess.
  if (!(error instanceof UnsupportedByServerError)) throw error;
  console.log(error.message);
}
