import { openFile } from "../../src/formats/file-bytes.ts";
import { readGgufHeader } from "../../src/formats/gguf/header.ts";

/** Numbers of a block of Q8_0, and its bytes: a scale in F16, then one byte a number. */
const BLOCK = 32;
const BLOCK_BYTES = 34;

type Row = number[];

/** What comes out of each layer of a Qwen3 model, and at the end `hiddenStates`; computed in the same way. */
export async function layerStates(path: string, ids: readonly number[]): Promise<Row[][]> {
  const layers: Row[][] = [];
  const last = await hiddenStates(path, ids, (states) => {
    layers.push(states);
  });
  return [...layers, last];
}

/**
 * The normed hidden states of a Qwen3 model (weights in F32 or Q8_0), one row a token, computed in doubles from the
 * weights of its file with nothing but this function: what the native library is compared with.
 * Source: the Qwen3 technical report, 2025, and the model card's reference implementation.
 */
export async function hiddenStates(
  path: string,
  ids: readonly number[],
  tell: (states: Row[]) => void = () => {},
): Promise<Row[]> {
  const { metadata, tensors, tensorDataOffset } = await readGgufHeader(path);
  await using file = await openFile(path);
  const number = (key: string): number => metadata.number(`qwen3.${key}`) ?? Number.NaN;
  const [layers, heads, keyHeads, size] = [
    number("block_count"),
    number("attention.head_count"),
    number("attention.head_count_kv"),
    number("attention.key_length"),
  ];
  const epsilon = number("attention.layer_norm_rms_epsilon");
  const base = number("rope.freq_base");
  const matrix = async (name: string): Promise<Row[]> => {
    const tensor = tensors.find((one) => one.name === `${name}.weight`);
    if (tensor === undefined) throw new RangeError(`no ${name}`);
    const bytes = await file.read(tensorDataOffset + tensor.offset, tensor.bytes);
    const values = tensor.type === "Q8_0" ? fromBlocks(bytes) : fromFloats(bytes);
    const [width = 1] = tensor.shape;
    return Array.from({ length: values.length / width }, (_, row) =>
      values.slice(row * width, (row + 1) * width),
    );
  };
  const vector = async (name: string): Promise<Row> => (await matrix(name))[0] ?? [];

  const embedding = await matrix("token_embd");
  let states = ids.map((id) => embedding[id] ?? []);
  for (let layer = 0; layer < layers; layer++) {
    const of = (part: string): string => `blk.${layer}.${part}`;
    const [norm, q, k, v, o] = [
      await vector(of("attn_norm")),
      await matrix(of("attn_q")),
      await matrix(of("attn_k")),
      await matrix(of("attn_v")),
      await matrix(of("attn_output")),
    ];
    const [qNorm, kNorm] = [await vector(of("attn_q_norm")), await vector(of("attn_k_norm"))];
    const seen = states.map((state) => normed(state, norm, epsilon));
    const split = (row: Row, count: number): Row[] =>
      Array.from({ length: count }, (_, head) => row.slice(head * size, (head + 1) * size));
    const queries = seen.map((x, at) =>
      split(times(q, x), heads).map((one) => turned(normed(one, qNorm, epsilon), at, base)),
    );
    const keys = seen.map((x, at) =>
      split(times(k, x), keyHeads).map((one) => turned(normed(one, kNorm, epsilon), at, base)),
    );
    const values = seen.map((x) => split(times(v, x), keyHeads));
    states = states.map((state, at) => {
      const mixed = (queries[at] ?? []).flatMap((query, head) => {
        const group = Math.floor((head * keyHeads) / heads);
        const scores = keys.slice(0, at + 1).map((one) => dot(query, one[group] ?? []) / Math.sqrt(size));
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const sum = weights.reduce((one, other) => one + other, 0);
        return query.map((_, i) =>
          weights.reduce((total, weight, t) => total + (weight / sum) * (values[t]?.[group]?.[i] ?? 0), 0),
        );
      });
      return plus(state, times(o, mixed));
    });
    const [ffnNorm, gate, up, down] = [
      await vector(of("ffn_norm")),
      await matrix(of("ffn_gate")),
      await matrix(of("ffn_up")),
      await matrix(of("ffn_down")),
    ];
    states = states.map((state) => {
      const x = normed(state, ffnNorm, epsilon);
      const ups = times(up, x);
      const inner = times(gate, x).map((value, i) => (value / (1 + Math.exp(-value))) * (ups[i] ?? 0));
      return plus(state, times(down, inner));
    });
    tell(states);
  }
  const last = await vector("output_norm");
  return states.map((state) => normed(state, last, epsilon));
}

function dot(one: Row, other: Row): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] ?? 0) * (other[i] ?? 0);
  return sum;
}

function times(rows: readonly Row[], x: Row): Row {
  return rows.map((row) => dot(row, x));
}

function plus(one: Row, other: Row): Row {
  return one.map((value, i) => value + (other[i] ?? 0));
}

function normed(x: Row, weight: Row, epsilon: number): Row {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + epsilon);
  return x.map((value, i) => value * scale * (weight[i] ?? 0));
}

/** Rotary positions: the first half of a head turns with the second. */
function turned(x: Row, position: number, base: number): Row {
  const half = x.length / 2;
  return x.map((value, i) => {
    const angle = position * base ** (-(i % half) / half);
    const other = x[(i + half) % x.length] ?? 0;
    return value * Math.cos(angle) + (i < half ? -other : other) * Math.sin(angle);
  });
}

function fromFloats(bytes: Uint8Array): Row {
  return Array.from(new Float32Array(Uint8Array.from(bytes).buffer));
}

function fromBlocks(bytes: Uint8Array): Row {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: (bytes.length / BLOCK_BYTES) * BLOCK }, (_, i) => {
    const block = Math.floor(i / BLOCK) * BLOCK_BYTES;
    return fromF16(view.getUint16(block, true)) * view.getInt8(block + 2 + (i % BLOCK));
  });
}

function fromF16(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}
