/** Headers are filled up to a multiple of this; here always to as much, so that the row count can be written last. */
const HEADER_BYTES = 128;

/**
 * The header of a NumPy file (version 1.0) of 32-bit floats in rows, little-endian.
 * Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
 */
export function npyHeader(rows: number, columns: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES, " ", "latin1");
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(HEADER_BYTES - 10, 8);
  header.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`, 10, "latin1");
  header.write("\n", HEADER_BYTES - 1, "latin1");
  return header;
}
