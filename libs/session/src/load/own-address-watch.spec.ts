import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { OwnAddressWatch } from './own-address-watch';

const OWN = '10.0.0.1';

/** What becomes of the watch while the host has the address, or has it not, as at these milliseconds. */
async function watch(...changes: readonly [atMs: number, isThere: boolean][]) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const host = network.host(OWN);
  for (const [atMs, isThere] of changes)
    time.schedule(milliseconds(atMs), () => network.readdress(OWN, isThere ? OWN : '10.0.0.7'));
  const begin = time.now();
  const own = new OwnAddressWatch(OWN, host);
  const seen: string[] = [];
  own.gone.catch((error) => seen.push(`${error.code} at ${(time.now() - begin) / 1e6}: ${error.message}`));
  return { time, own, seen };
}

describe('OwnAddressWatch', () => {
  it('says that an address has been gone for a second', async () => {
    const { time, seen } = await watch([700, false]);
    await time.advance(milliseconds(10_000));
    // Missed at 1000, 1500 and 2000 ms.
    const gone = 'EADDRNOTAVAIL at 2000: the own address 10.0.0.1 is gone, and the connection with it';
    expect(seen).toStrictEqual([gone]);
  });

  it.each<[string, [number, boolean][]]>([
    ['is there', []],
    [
      'is renewed',
      [
        [700, false],
        [1600, true],
      ],
    ],
    [
      'is renewed again and again',
      [
        [700, false],
        [1600, true],
        [2200, false],
        [3100, true],
      ],
    ],
  ])('says nothing of one that %s', async (_, changes) => {
    const { time, seen } = await watch(...changes);
    await time.advance(milliseconds(10_000));
    expect(seen).toStrictEqual([]);
  });

  it('looks no more when it was stopped', async () => {
    const { time, own, seen } = await watch([700, false]);
    await time.advance(milliseconds(1_600));
    own.stop();
    await expect(time.settle(own.gone)).rejects.toThrow('nothing is left to happen');
    expect(seen).toStrictEqual([]);
  });
});
