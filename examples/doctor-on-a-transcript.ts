// A chat went wrong, and its transcript is at hand. `examine` names the cause, how sure it is, and the one fix.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine } from "basewise";

const folder = mkdtempSync(join(tmpdir(), "basewise-"));
const transcript = join(folder, "transcript.json");
const messages = [
  { role: "user", content: "Hello" },
  {
    role: "assistant",
    content: "Hello\nUser: How are you?\nAssistant: Fine.\nUser: And you?\nAssistant: Fine.",
  },
];
writeFileSync(transcript, JSON.stringify(messages));
try {
  const { findings } = await examine({ reference: "mini-base", transcript });
  for (const { symptom, sureness, fix } of findings) console.log(`${symptom} (${sureness}): ${fix.en}`);
} finally {
  rmSync(folder, { recursive: true });
}
