import type { PathState, StreamSocket } from '@pathgauge/transport';
import { PathMeter } from './path-meter';

/** A meter over a stream whose system says what `look` was told last. */
const setUp = (first: PathState | undefined) => {
  let state = first;
  const stream = { pathState: () => state } as StreamSocket;
  const meter = new PathMeter(stream);
  const look = (next: PathState | undefined): void => void (state = next);
  return { meter, look };
};

const path = (retransmits: number, rttNs = 1e6, cwndBytes = 14_480): PathState => ({
  retransmits,
  rttNs,
  cwndBytes,
  mssBytes: 1448,
  pathMtuBytes: 1500,
  congestion: 'cubic',
});

describe('PathMeter', () => {
  it('counts the retransmits of each interval, and of the load, not those of before', () => {
    const { meter, look } = setUp(path(3));
    look(path(5, 2e6, 20_000));
    expect(meter.sinceLast()).toStrictEqual(path(2, 2e6, 20_000));
    expect(meter.sinceLast()).toStrictEqual(path(0, 2e6, 20_000));
    look(path(9, 3e6, 30_000));
    expect(meter.sinceLast()).toStrictEqual(path(4, 3e6, 30_000));
    // 9 less the 3 of before the load.
    expect(meter.total()).toStrictEqual(path(6, 3e6, 30_000));
  });

  it('takes nothing off an interval by asking for the total', () => {
    const { meter, look } = setUp(path(0));
    look(path(2));
    expect(meter.total()).toStrictEqual(path(2));
    expect(meter.sinceLast()).toStrictEqual(path(2));
  });

  it('counts neither what was sent again before the load begins to count', () => {
    const { meter, look } = setUp(path(1));
    look(path(4));
    meter.restart();
    look(path(6));
    expect([meter.sinceLast()?.retransmits, meter.total()?.retransmits]).toStrictEqual([2, 2]);
  });

  it('keeps what it was told last when the connection has ended', () => {
    const { meter, look } = setUp(path(1));
    look(path(4, 5e6, 2896));
    expect(meter.sinceLast()).toMatchObject({ retransmits: 3 });
    look(undefined);
    expect(meter.sinceLast()).toStrictEqual(path(0, 5e6, 2896));
    expect(meter.total()).toStrictEqual(path(3, 5e6, 2896));
  });

  it('has nothing to tell where the system does not', () => {
    const { meter } = setUp(undefined);
    expect(meter.sinceLast()).toBeUndefined();
    expect(meter.total()).toBeUndefined();
  });
});
