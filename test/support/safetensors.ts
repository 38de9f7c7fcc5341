/** A tensor to write; everything may be wrong on purpose. */
export interface WrittenTensor {
  readonly dtype: string;
  /** Slowest dimension first. */
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A safetensors file, its tensors side by side in the order given. */
export function safetensorsBytes(
  tensors: Readonly<Record<string, WrittenTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const begin = end;
    end += data.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  // Unlike an assignment, this also takes the name `__proto__`.
  const header = Object.fromEntries<unknown>([
    ...(metadata === undefined ? [] : [["__metadata__", metadata] as const]),
    ...entries,
  ]);
  return withHeader(JSON.stringify(header), ...Object.values(tensors).map(({ data }) => data));
}

/** A file with this text as its header, padded as the reference implementation does. */
export function withHeader(json: string, ...data: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(json, "utf8");
  const header = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...data]);
}

/** The bytes of numbers as F32. */
export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
