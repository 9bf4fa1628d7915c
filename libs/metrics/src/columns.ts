type Column = Float64Array | Uint32Array | Uint8Array;

/** A column with room for `length` numbers that begins as the given one. */
export function lengthened<C extends Column>(column: C, length: number): C {
  const longer = new (column.constructor as new (size: number) => C)(length);
  longer.set(column);
  return longer;
}

/** Room for `wanted` numbers in a column that grows by doubling, up to `most`. */
export const roomFor = (wanted: number, present: number, most: number): number =>
  Math.min(most, Math.max(2 * present, 2 ** Math.ceil(Math.log2(Math.max(1, wanted)))));
