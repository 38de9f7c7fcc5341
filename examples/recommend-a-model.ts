// Which model to take for a use, in so much memory? The answer comes from the catalogue, without a network.
import { recommend } from "basewise";

const GIBIBYTE = 2 ** 30;
for (const use of ["chat", "finetune"] as const) {
  const { guidance, recommendations } = await recommend({ use, memory: 8 * GIBIBYTE, count: 2 });
  console.log(`${use}: ${guidance.en}`);
  for (const { reference, stage, memory, commands } of recommendations) {
    console.log(`  ${reference} (${stage}), ${(memory.total / GIBIBYTE).toFixed(1)} GiB: ${commands[0]}`);
  }
}
