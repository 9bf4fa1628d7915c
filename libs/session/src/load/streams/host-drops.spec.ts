import type { DatagramSocket, Offload } from '@pathgauge/transport';
import { HostDrops } from './host-drops';

const socketOf = (before: number | undefined, offloads: readonly Offload[] = []) => {
  let drops = before;
  const socket: Pick<DatagramSocket, 'dropped' | 'offloads'> = { dropped: () => drops, offloads };
  return { drops: new HostDrops(socket), set: (now: number | undefined) => (drops = now) };
};

describe('HostDrops', () => {
  it.each<[string, number | undefined, number | undefined, readonly Offload[], number | undefined, boolean]>([
    ['none', 0, 0, [], 0, false],
    ['some', 0, 7, [], 7, false],
    ['those since the stream began', 5, 7, [], 2, false],
    ['what the system does not tell', undefined, undefined, [], undefined, false],
    ['what it has told once and tells no more', 5, undefined, [], undefined, false],
    ['what it tells only later', undefined, 7, [], undefined, false],
    ['those of a socket that puts datagrams together: a bound', 0, 7, ['udp-gro'], 7, true],
    ['those of one that only cuts them', 0, 7, ['udp-gso'], 7, false],
    ['none of a socket that puts datagrams together', 5, 5, ['udp-gso', 'udp-gro'], 0, false],
  ])('counts %s', (_, before, after, offloads, hostDropped, isBound) => {
    const { drops, set } = socketOf(before, offloads);
    set(after);
    expect(drops.count()).toStrictEqual({ hostDropped, isBound });
  });

  it('counts what has been dropped up to each call', () => {
    const { drops, set } = socketOf(3);
    expect(drops.count().hostDropped).toBe(0);
    set(4);
    expect(drops.count().hostDropped).toBe(1);
    set(9);
    expect(drops.count().hostDropped).toBe(6);
  });
});
