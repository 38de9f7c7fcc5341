import type { Engine, FinishReason, GeneratedToken, GenerateOptions } from "../engine/engine.ts";
import { Utf8Stream } from "../formats/tokenizer/utf8-stream.ts";
import { layoutTokens } from "./prompt.ts";
import type { ReplyReader } from "./thoughts.ts";

/** How long a thought may be. */
export interface ThoughtBudget {
  /** Tokens of thought, its marks not counted. */
  readonly tokens: number;
  /** Follows the reply; its own, so that it stands where the tokens are. */
  readonly reader: ReplyReader;
  /** Control tokens that are written by their names. */
  readonly spelled: ReadonlyMap<number, string>;
  /** Is told when the thought was ended. */
  readonly onReached: () => void;
}

/**
 * Generates, and ends a thought that has used its budget: what ends a thought in this family is put into the reply as
 * if the model had written it, and the model goes on from there. The tokens of that are given out and counted too.
 */
export async function* withinThoughtBudget(
  engine: Engine,
  prompt: readonly number[],
  options: GenerateOptions,
  { tokens: budget, reader, spelled, onReached }: ThoughtBudget,
): AsyncGenerator<GeneratedToken, FinishReason> {
  const characters = new Utf8Stream();
  const ids: number[] = [];
  let tail: number[] = [];
  let thought = 0;
  let elapsed = 0;
  const thinking = engine.generate(prompt, options);
  try {
    for (;;) {
      const { done, value } = await thinking.next();
      if (done) return value;
      // Checked before the token is taken, so that a model which ends its thought in time is left alone.
      const { id, bytes } = value;
      const before = reader.isThinking;
      const text = (bytes.length === 0 ? spelled.get(id) : undefined) ?? characters.push(bytes);
      if (before && thought >= budget && !endsInside(tail)) break;
      reader.push(text);
      if (before && reader.isThinking) thought++;
      ids.push(id);
      tail = [...tail, ...bytes].slice(-4);
      elapsed = value.elapsed;
      yield value;
    }
  } finally {
    await thinking.return("aborted");
  }
  if (options.signal?.aborted === true) return "aborted";
  onReached();
  const closing = await layoutTokens(engine, [{ from: "template", text: reader.closing }]);
  const room = options.maxTokens - ids.length;
  const spellings = await engine.bytes(closing);
  for (const [at, id] of closing.slice(0, room).entries()) {
    const isControl = engine.model.controlTokens.has(id);
    yield { id, bytes: isControl ? new Uint8Array() : (spellings[at] ?? new Uint8Array()), elapsed };
  }
  if (room <= closing.length) return "length";
  const answering = engine.generate([...prompt, ...ids, ...closing], {
    ...options,
    maxTokens: room - closing.length,
  });
  try {
    for (;;) {
      const { done, value } = await answering.next();
      if (done) return value;
      yield { ...value, elapsed: elapsed + value.elapsed };
    }
  } finally {
    await answering.return("aborted");
  }
}

/** Whether bytes of UTF-8 end inside a character. */
function endsInside(bytes: readonly number[]): boolean {
  const at = bytes.findLastIndex((byte) => byte < 0x80 || byte >= 0xc0);
  const first = bytes[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return at !== -1 && bytes.length - at < length;
}
