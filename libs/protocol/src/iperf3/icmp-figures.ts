import * as v from 'valibot';
import { COUNT, fields, list, number, optional, type Schema } from './json-schema';

/** More than any end reports. */
const MAX_ICMP_REPORTED = 32;
const OCTET = number({ min: 0, max: 255, whole: true });

/** An address is printed, so it must be nothing else. Undefined where the system does not know it. */
const ADDRESS: Schema<string | undefined> = optional(
  v.pipe(
    v.string('is not an address'),
    v.regex(/^[0-9a-f.:]{2,45}(%[\w.-]{1,15})?$/i, 'is not an address'),
  ) as Schema<string>,
);

export const PATH_MTU = fields({
  /** Of a packet, headers included. */
  bytes: COUNT,
  /** The router that said so, if one did. */
  from: ADDRESS,
});
export type PathMtuFigures = v.InferOutput<typeof PATH_MTU>;

/** One ICMP message from one router, and how often it came. */
const ICMP_MESSAGE = fields(
  {
    version: v.picklist([4, 6], 'icmp.version: is not 4 or 6') as Schema<4 | 6>,
    type: OCTET,
    code: OCTET,
    count: COUNT,
    /** Where a packet was too big: what the next link takes. Undefined where the router does not say it. */
    mtuBytes: optional(COUNT),
    from: ADDRESS,
  },
  'has an entry that is not an object',
);

export const ICMP = list(ICMP_MESSAGE, { max: MAX_ICMP_REPORTED, problem: 'is not a list' });
