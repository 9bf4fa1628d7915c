import { DistributionSchema } from './distribution';
import { OneWayDelaySchema } from './one-way-delay';
import { IcmpCountSchema, PathMtuSchema } from './path';
import { LossBurstsSchema } from './probe-counts';
import { HostStallsSchema } from './run';
import { byDirection, listOf, number, orUnknown } from './schema';

// What the documents of probes and of load both have, in runs of fields that follow each other in both.

export const DELAYS = {
  owd: orUnknown(OneWayDelaySchema),
  queueing: orUnknown(byDirection(DistributionSchema)),
};

export const JITTER = {
  upNs: orUnknown(number),
  downNs: orUnknown(number),
};

export const SPREAD = {
  pdv: orUnknown(byDirection(DistributionSchema)),
  lossBursts: orUnknown(LossBurstsSchema),
};

export const SURROUNDINGS = {
  /** How often the sending host was held up, so that it did nothing when something was due. Not known where it is not told. */
  hostStalls: orUnknown(HostStallsSchema),
  /** What ICMP said of what was sent, each message of each router once. Empty where nothing came, and of TCP. */
  icmp: listOf(IcmpCountSchema),
  /** What the path takes in one piece, as far as the system of the end that sends knows. */
  pathMtu: orUnknown(byDirection(PathMtuSchema)),
};
