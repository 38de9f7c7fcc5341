// Which stage of training is a model at, and how does one know? `inspect` reads headers and small files, never runs the
// model, and works on a file, a folder, a repository on a hub or a running server.
import { inspect } from "basewise";

for (const reference of ["mini-base", "mini-instruct"]) {
  const model = await inspect(reference);
  // "unknown" is an answer too, and has no probability: no guess is better than a wrong one.
  if (model.status === "unknown") continue;
  console.log(`${reference}: ${model.stage}, ${model.status}, ${Math.floor(model.probability * 100)} %`);
  for (const { source, weight, text } of model.evidence.slice(0, 3)) {
    console.log(`  ${weight.toFixed(1)}  ${source}: ${text.en}`);
  }
  console.log(`  for chat: ${model.uses.chat.fit}; to complete text: ${model.uses.complete.fit}`);
}
