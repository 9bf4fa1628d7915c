import { UsageError } from './quantities';

const MAX_DSCP = 63;

/** Code points by name: RFC 2474 (CS), 2597 (AF), 3246 (EF), 5865 (VA), 8622 (LE). */
const NAMES: ReadonlyMap<string, number> = new Map([
  ['EF', 46],
  ['VA', 44],
  ['LE', 1],
  ...Array.from({ length: 8 }, (_, precedence): [string, number] => [`CS${precedence}`, precedence * 8]),
  // Four classes of three drop precedences.
  ...[1, 2, 3, 4].flatMap((of) => [1, 2, 3].map((drop): [string, number] => [`AF${of}${drop}`, of * 8 + drop * 2])),
]);

/** A code point as a number or a name. Throws `UsageError`. */
export function parseDscp(text: string): number {
  const dscp = /^\d+$/.test(text) ? Number(text) : NAMES.get(text.toUpperCase());
  if (dscp === undefined || dscp > MAX_DSCP) {
    throw new UsageError(`--dscp ${text}: must be from 0 to ${MAX_DSCP}, or EF, VA, LE, CS0 to CS7, AF11 to AF43`);
  }
  return dscp;
}
