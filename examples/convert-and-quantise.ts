// Base models are seldom published as GGUF. `convert` makes one of a Hugging Face folder, with the stage recorded in it,
// and `quantize` makes it smaller. (The folder here is a random model of the tests, so that the example runs offline.)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convert, inspect, quantize } from "basewise";

const source = fileURLToPath(new URL("../test/fixtures/convert/tiny-qwen2-base", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "basewise-"));
try {
  const converted = await convert(source, { output: join(folder, "tiny.gguf") });
  console.log(`${converted.architecture}, ${converted.tensors} tensors as ${converted.type}`);
  const small = await quantize(converted.path, {
    type: "Q8_0",
    output: join(folder, "small.gguf"),
    threads: 1,
  });
  console.log(`${small.type} is smaller: ${small.bytes < small.bytesBefore}`);
  // Whoever gets the file need not guess.
  console.log(`the file says: ${(await inspect(small.path)).stage}`);
} finally {
  rmSync(folder, { recursive: true });
}
