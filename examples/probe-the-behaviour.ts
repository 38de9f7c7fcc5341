// Names and files can lie; what a model does cannot. A probe loads it and measures, among other things, whether it ends
// its turn after a finished answer.
import { probe } from "basewise";

for (const reference of ["mini-base", "mini-instruct"]) {
  const { stage, status, evidence } = await probe(reference);
  console.log(`${reference}: ${stage}, ${status}`);
  for (const { source, text } of evidence) if (source === "behaviour") console.log(`  ${text.en}`);
}
