import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const FILE = "events.jsonl";

/** Python's JSON writes what is no number as a bare word, which JSON does not have. */
const figure = z.number().nullable();
const preference = z
  .object({
    pairs: z.int(),
    loss: z.number(),
    accuracy: z.number(),
    chosenReward: z.number(),
    rejectedReward: z.number(),
  })
  .exactOptional();
const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("begin"), resumedAt: z.int().min(0), time: z.number() }),
  z.object({
    event: z.literal("step"),
    step: z.int().positive(),
    loss: figure,
    gradientNorm: figure,
    learningRate: z.number(),
    preference,
    time: z.number(),
  }),
  z.object({
    event: z.literal("evaluation"),
    step: z.int(),
    nats: z.array(z.number()),
    preference,
    isBest: z.boolean(),
    time: z.number(),
  }),
  z.object({ event: z.literal("checkpoint"), step: z.int() }),
]);

/** What the program tells while it trains. */
export type ProgramEvent = z.infer<typeof eventSchema>;

/** The events that a plan's program tells, line by line, as they come. */
export class ProgramEvents {
  readonly #path: string;
  #at: number;
  #rest = "";

  private constructor(path: string, at: number) {
    this.#path = path;
    this.#at = at;
  }

  /** @param from the first one, or what comes after those that are there. */
  static async open(folder: string, from: "first" | "next"): Promise<ProgramEvents> {
    const path = join(folder, FILE);
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    return new ProgramEvents(path, from === "first" ? 0 : size);
  }

  /** Those that came since the last call. */
  async news(): Promise<ProgramEvent[]> {
    const lines = (this.#rest + (await this.#read())).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => {
      const checked = eventSchema.safeParse(parsed(line));
      return checked.success ? [checked.data] : [];
    });
  }

  async #read(): Promise<string> {
    const file = await open(this.#path, "r").catch(() => undefined);
    if (file === undefined) return "";
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(Math.max(0, size - this.#at));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#at);
      this.#at += bytesRead;
      return Buffer.from(bytes.subarray(0, bytesRead)).toString("utf8");
    } finally {
      await file.close();
    }
  }
}

const resultSchema = z.object({
  plan: z.string(),
  step: z.int(),
  from: z.int(),
  reason: z.enum(["steps", "patience"]),
  peakBytes: z.number(),
});

/** What the program wrote last: which weights lie in `result`. */
export type ProgramResult = z.infer<typeof resultSchema>;

/** The result of a plan that was carried out; undefined where it was not, or the result is another run's. */
export async function readResult(folder: string, fingerprint: string): Promise<ProgramResult | undefined> {
  const text = await readFile(join(folder, "result.json"), "utf8").catch(() => "");
  const checked = resultSchema.safeParse(parsed(text));
  return checked.success && checked.data.plan === fingerprint ? checked.data : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/\b(?:NaN|-?Infinity)\b/g, "null"));
  } catch {
    return undefined;
  }
}

/** Of all that was ever told of a run, what holds: steps after a checkpoint that was gone back to were done again. */
export function kept(events: readonly ProgramEvent[]): ProgramEvent[] {
  let all: ProgramEvent[] = [];
  for (const event of events) {
    if (event.event === "begin") all = all.filter((one) => "step" in one && one.step <= event.resumedAt);
    all.push(event);
  }
  return all;
}
