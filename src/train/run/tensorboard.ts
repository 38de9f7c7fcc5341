import { hostname } from "node:os";

/*
 * TensorBoard's event files: TFRecords (length, checksum of the length, data, checksum of the data) of Event messages.
 * Sources: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto;
 * CRC-32C: RFC 3720, appendix B.4.
 */

/** A value at a step. */
export interface Scalars {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A name that TensorBoard takes for one of its files. */
export function eventFileName(time: number): string {
  return `events.out.tfevents.${Math.floor(time / 1000)}.${hostname()}.basewise`;
}

/** What every event file begins with. */
export function fileVersion(time: number): Uint8Array {
  return record([...double(1, time / 1000), ...bytes(3, Buffer.from("brain.Event:2"))]);
}

export function scalarsRecord({ step, time, values }: Scalars): Uint8Array {
  const summary = Object.entries(values).flatMap(([tag, value]) =>
    bytes(1, [...bytes(1, Buffer.from(tag)), ...float(2, value)]),
  );
  return record([...double(1, time / 1000), ...varint(2 << 3), ...varint(step), ...bytes(5, summary)]);
}

function record(data: readonly number[]): Uint8Array {
  const content = Uint8Array.from(data);
  const file = Buffer.alloc(16 + content.length);
  file.writeBigUInt64LE(BigInt(content.length), 0);
  file.writeUInt32LE(maskedCrc(file.subarray(0, 8)), 8);
  file.set(content, 12);
  file.writeUInt32LE(maskedCrc(content), 12 + content.length);
  return file;
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return [...out, rest];
}

function bytes(field: number, content: ArrayLike<number>): number[] {
  return [...varint((field << 3) | 2), ...varint(content.length), ...Array.from(content)];
}

function double(field: number, value: number): number[] {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return [...varint((field << 3) | 1), ...buffer];
}

function float(field: number, value: number): number[] {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return [...varint((field << 3) | 5), ...buffer];
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** CRC-32C (Castagnoli). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Rotated and shifted, so that a checksum of data that holds checksums stays a good one. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
