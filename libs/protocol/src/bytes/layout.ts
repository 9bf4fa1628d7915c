/** One field of a packet: its name, its length in bytes, what it means. */
type Field = readonly [name: string, bytes: number, meaning: string];

interface Layout<Name extends string> {
  readonly fields: readonly Field[];
  /** Where each field begins, in bytes. */
  readonly offset: Readonly<Record<Name, number>>;
  /** Length of the whole, in bytes. */
  readonly size: number;
}

/** A packet format from its table of fields: the offsets follow, so that they are written nowhere else. */
export function layout<const Fields extends readonly Field[]>(fields: Fields): Layout<Fields[number][0]> {
  const offset: Record<string, number> = {};
  let size = 0;
  for (const [name, bytes] of fields) {
    offset[name] = size;
    size += bytes;
  }
  return { fields, offset: offset as Record<Fields[number][0], number>, size };
}
