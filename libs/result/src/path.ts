import * as v from 'valibot';
import { count, fields, oneOf, orUnknown, text } from './schema';

export const DirectionSchema = oneOf('up', 'down');

/** `up` is from the client to the server, on both ends' documents. */
export type Direction = v.InferOutput<typeof DirectionSchema>;

export interface ByDirection<T> {
  readonly up: T | undefined;
  readonly down: T | undefined;
}

export const IcmpCountSchema = fields({
  /** Of the packets that it is about. */
  direction: DirectionSchema,
  /** For people, with whoever says so. */
  text,
  /** Version of IP, type and code: RFC 792, RFC 4443. Not known where the system tells no more than an error. */
  version: orUnknown(v.picklist([4, 6])),
  type: orUnknown(count),
  code: orUnknown(count),
  /** Address of the router or host that says so; not known where the system does not tell. */
  from: orUnknown(text),
  /** Where a packet was too big: what the next link takes, headers included. */
  mtuBytes: orUnknown(count),
  count,
});

/** An ICMP message, and how often it came. It is what somebody says: it can be forged. */
export interface IcmpCount extends v.InferOutput<typeof IcmpCountSchema> {}

export const PathMtuSchema = fields({
  /** Of a packet, headers included. */
  bytes: count,
  /** What is left for payload in a UDP datagram, or in a segment of TCP. */
  payloadBytes: count,
  /** The router that said so during the run; not known: the system knew, or no packet was too big. */
  from: orUnknown(text),
});

/** An upper bound: nobody may have tried the last bytes of it. */
export interface PathMtu extends v.InferOutput<typeof PathMtuSchema> {}

export const MarkingSchema = fields({
  /** TTL or hop limit of the latest. */
  hopLimit: orUnknown(count),
  /** Differentiated services code point, and explicit congestion notification, of the latest. */
  dscp: orUnknown(count),
  ecn: orUnknown(count),
  /** How many arrived with another DSCP than they were sent with: the path has changed it. */
  remarked: orUnknown(count),
});

/** As the packets of one direction arrived; a field is not known when it was not told. */
export interface Marking extends v.InferOutput<typeof MarkingSchema> {}
