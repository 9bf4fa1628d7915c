import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction, IcmpCount, LoadSettings, Peer, Runner } from '@pathgauge/result';
import { heardTogether, type IcmpReport } from '../../icmp/icmp-log';
import { icmpCounts, type SentDatagrams } from '../../icmp/icmp-text';

interface Heard {
  readonly runner: Runner;
  readonly peer: Peer;
  readonly settings: LoadSettings;
  readonly directions: readonly Direction[];
  /** What ICMP said of the datagrams that this end sent, of each of its streams. */
  readonly icmp: readonly IcmpReport[];
}

/** What was sent, as ICMP may tell of it. */
export const sentDatagrams = ({ peer, settings }: Pick<Heard, 'peer' | 'settings'>): SentDatagrams => ({
  lengthBytes: settings.lengthBytes,
  peer,
  dontFragment: settings.dontFragment ?? false,
});

/** What this end heard of what it sent, and what the other one did of what that sent. */
export function loadIcmp(heard: Heard, toldOf: (direction: Direction) => StreamFigures['icmp']): readonly IcmpCount[] {
  const own: Direction = isClient(heard.runner) ? 'up' : 'down';
  const sent = sentDatagrams(heard);
  const told = heard.directions
    .filter((direction) => direction !== own)
    .flatMap((direction) => icmpCounts(heardTogether((toldOf(direction) ?? []).map(asHeard)), direction, sent));
  return [...icmpCounts(heardTogether(heard.icmp), own, sent), ...told];
}

const asHeard = ({ count, ...icmp }: NonNullable<StreamFigures['icmp']>[number]): IcmpReport => ({
  error: '',
  icmp,
  count,
});

const isClient = (runner: Runner): boolean => runner === 'udp-client' || runner === 'tcp-client';
