import type { Asked, Protocol } from './asked';

const DIRECTIONS = [[], ['-R'], ['--bidir']];
const STREAMS = [[], ['-P', '3']];
const AMOUNTS = [
  ['-t', '1'],
  ['-t', '1', '-O', '1'],
  ['-n', '500K'],
  ['-k', '50'],
];
const HOSTS = ['127.0.0.1', '::1'] as const;

/** Paced, so that cases may run beside each other: 50 messages a second, each stream and direction. */
const PACE: Record<Protocol, readonly string[]> = {
  tcp: ['-b', '4M', '-l', '10K'],
  udp: ['-b', '4M', '-l', '1000'],
};

/** Every combination of direction, number of streams and what ends the load; IPv4 and IPv6 in turn, so that each meets both. */
export const combinations = (protocol: Protocol): readonly Asked[] =>
  AMOUNTS.flatMap((amount, i) =>
    STREAMS.flatMap((streams, j) =>
      DIRECTIONS.map((direction, k) => ({
        protocol,
        host: HOSTS[(i + j + k) % 2] as Asked['host'],
        args: [...direction, ...streams, ...amount, ...PACE[protocol]],
      })),
    ),
  );

/** Each option in each direction, with one stream and with two in turn, IPv4 and IPv6 likewise. */
export const eachDirection = (protocol: Protocol, options: readonly (readonly string[])[]): readonly Asked[] =>
  options.flatMap((option, i) =>
    DIRECTIONS.map((direction, k) => ({
      protocol,
      host: HOSTS[(i + k) % 2] as Asked['host'],
      args: [...direction, ...((i + k) % 3 === 0 ? ['-P', '2'] : []), '-t', '1', ...option],
    })),
  );
