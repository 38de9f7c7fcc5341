import type { Random } from "../../src/train/random.ts";

/** Numbers at the edges of what lengths, counts and offsets are kept in. */
const EDGES: readonly bigint[] = [
  0n,
  1n,
  7n,
  0x7fn,
  0x80n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x20000000000000n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
];
/** Pieces of text that parsers stumble over. */
const SNAGS: readonly string[] = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ",",
  ":",
  "null",
  "true",
  "-1",
  "1e999",
  "1e-9",
  "9007199254740993",
  '"__proto__"',
  '"constructor"',
  "\\ud800",
  "\\u0000",
  "\0",
  "\u{1f431}",
  "\ufeff",
  "\n",
  "\r\n",
  "\t",
  "---\n",
  "- ",
  "&a",
  "*a",
  "!!js",
  "{{",
  "}}",
  "{% for a in b %}",
  "{% endfor %}",
  "{#",
  "..",
  "../",
  "/",
  "\\",
  "//",
  "%2e%2e",
  "@",
  "?",
  "#",
  "::",
  "<|im_start|>",
  "<|im_end|>",
  "\u202e",
  "[".repeat(5000),
  '{"a":'.repeat(500),
  "a".repeat(3000),
  "🏳️‍🌈".repeat(50),
];

/** A changed copy: one to eight changes, small ones mostly. */
export function mutate(random: Random, seed: Uint8Array): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(seed);
  for (let changes = random.between(1, random.pick([1, 1, 2, 4, 8])); changes > 0; changes--) {
    bytes = changed(random, bytes);
  }
  return bytes;
}

function changed(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.between(1, random.pick([1, 4, 16, 64, 1024])));
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(end);
  switch (random.below(9)) {
    case 0: {
      const flipped = Uint8Array.from(bytes);
      if (at < bytes.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      return flipped;
    }
    case 1: {
      const replaced = Uint8Array.from(bytes);
      replaced.subarray(at, at + 1).fill(random.below(256));
      return replaced;
    }
    case 2: {
      const edged = Uint8Array.from(bytes);
      const edge = Buffer.alloc(8);
      edge.writeBigUInt64LE(random.pick(EDGES));
      const place = edged.subarray(at, at + random.pick([1, 2, 4, 8]));
      place.set(edge.subarray(0, place.length));
      return edged;
    }
    case 3:
      return Buffer.concat([before, after]);
    case 4:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 5:
      return Uint8Array.from(before);
    case 6:
      return Buffer.concat([before, Uint8Array.from({ length: end - at }, () => random.below(256)), after]);
    case 7:
      return Buffer.concat([before, Buffer.from(random.pick(SNAGS)), bytes.subarray(at)]);
    default:
      return Buffer.concat([before, Buffer.from(random.pick(SNAGS)), after]);
  }
}
