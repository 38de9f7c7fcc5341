import { setImmediate } from "node:timers/promises";
import { Random } from "../../src/train/random.ts";
import { mutate } from "./mutate.ts";
import { isOurs, READERS, type Reader } from "./readers.ts";

/** What the process that reads is asked for, once. */
export interface FuzzRequest {
  readonly seed: number;
  /** Inputs for all readers together. */
  readonly inputs: number;
  /** Only this reader, and of its inputs only this one. */
  readonly only?: { readonly reader: string; readonly input: number };
}
/** What it says: where it is now, what a reader did that it must not do, and that it is done. */
export type FuzzNews =
  | { readonly at: string; readonly input: number }
  | { readonly reader: string; readonly input: number; readonly error: string }
  | { readonly done: Readonly<Record<string, { readonly inputs: number; readonly refused: number }>> };

/** How many inputs pass between two signs of life. */
const BATCH = 50;

const tell = (news: FuzzNews): void => {
  process.send?.(news);
};

/** Every input follows from seed, reader and number alone, so each can be made again alone. */
function inputOf(reader: Reader, seed: number, input: number): Uint8Array {
  const random = new Random(seed * 1_000_003 + READERS.indexOf(reader) * 50_021 + input * 7);
  return mutate(random, random.pick(reader.seeds));
}

async function isRefused(reader: Reader, bytes: Uint8Array): Promise<boolean> {
  try {
    await reader.read(bytes);
    return false;
  } catch (error) {
    if (isOurs(error) || reader.refuses?.(error) === true) return true;
    throw error;
  }
}

async function fuzz({ seed, inputs, only }: FuzzRequest): Promise<void> {
  const shares = READERS.reduce((sum, { share }) => sum + share, 0);
  const done: Record<string, { inputs: number; refused: number }> = {};
  for (const reader of READERS.filter(({ name }) => only === undefined || name === only.reader)) {
    const [from, to] =
      only === undefined ? [0, Math.ceil((inputs * reader.share) / shares)] : [only.input, only.input + 1];
    let refused = 0;
    for (let input = from; input < to; input++) {
      if (input % BATCH === 0) {
        tell({ at: reader.name, input });
        await setImmediate();
      }
      const bytes = inputOf(reader, seed, input);
      if (only !== undefined)
        process.stderr.write(`${JSON.stringify(Buffer.from(bytes).toString("latin1"))}\n`);
      try {
        if (await isRefused(reader, bytes)) refused++;
      } catch (error) {
        const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
        tell({ reader: reader.name, input, error: trace });
      }
    }
    // A sound input must be read, or the reader refuses everything and nothing is tested.
    for (const bytes of reader.seeds) await reader.read(bytes);
    done[reader.name] = { inputs: to - from, refused };
  }
  tell({ done });
}

process.once("message", (request: FuzzRequest) => {
  fuzz(request).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("unhandledRejection", (error) => {
  console.error("unhandled", error);
  process.exit(1);
});
