export type Direction = 'up' | 'down';
export type Protocol = 'tcp' | 'udp';

/** What is typed, at iperf3 and at ours alike, beside who is meant. */
export interface Asked {
  readonly protocol: Protocol;
  readonly host: '127.0.0.1' | '::1';
  readonly args: readonly string[];
}

const isAsked = ({ args }: Asked, option: string): boolean => args.includes(option);

export function directionsOf(asked: Asked): readonly Direction[] {
  if (isAsked(asked, '--bidir')) return ['up', 'down'];
  return [isAsked(asked, '-R') ? 'down' : 'up'];
}

export function argumentOf({ args }: Asked, option: string): string | undefined {
  const place = args.indexOf(option);
  return place < 0 ? undefined : args[place + 1];
}

/** Streams in each direction. */
export const streamsOf = (asked: Asked): number => Number(argumentOf(asked, '-P') ?? 1);

export const iperf3Client = ({ protocol, host, args }: Asked): string =>
  ['iperf3', '-c', host, ...(protocol === 'udp' ? ['-u'] : []), ...args].join(' ');

export const ourClient = ({ protocol, host, args }: Asked): string => [`${protocol}-client`, host, ...args].join(' ');
