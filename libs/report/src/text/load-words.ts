import type { Direction, LoadSettings, MeasuredPeer } from '@pathgauge/result';

/** What a message of a load is called: a plain iperf3 sends blocks of bytes over TCP, without numbers. */
export type Noun = 'datagrams' | 'records' | 'blocks';

export function nounOf(
  { protocol }: Pick<LoadSettings, 'protocol'>,
  { protocol: spoken }: Pick<MeasuredPeer, 'protocol'>,
): Noun {
  if (protocol === 'udp') return 'datagrams';
  return spoken === 'iperf3' ? 'blocks' : 'records';
}

/** `1 record`, `2 records`. */
export const counted = (count: number, noun: Noun): string => `${count} ${count === 1 ? noun.slice(0, -1) : noun}`;

/** What is said once of all that is asked for: over what, and with whom who speaks what. */
export const overText = (
  { protocol }: Pick<LoadSettings, 'protocol'>,
  { protocol: spoken }: Pick<MeasuredPeer, 'protocol'>,
): string => `${protocol.toUpperCase()}${spoken === undefined ? '' : ` (${spoken})`}`;

export const DIRECTIONS: Readonly<Record<LoadSettings['direction'], readonly Direction[]>> = {
  up: ['up'],
  down: ['down'],
  both: ['up', 'down'],
};

export const waysText: Readonly<Record<LoadSettings['direction'], string>> = {
  up: 'up (client to server)',
  down: 'down (server to client)',
  both: 'up and down at once',
};
