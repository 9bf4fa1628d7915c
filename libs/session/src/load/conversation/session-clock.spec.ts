import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import { SessionClock } from './session-clock';

/** Virtual time begins in November 2023. */
const NOW_S = 1_700_000_001;
const YEAR_S = 365 * 86_400;

const sessionOf = (isSameHost = false): SessionClock =>
  new SessionClock(new VirtualClock(new VirtualTime()), isSameHost);

describe('SessionClock', () => {
  it('knows nothing before the first exchange', () => {
    const session = sessionOf();
    expect([session.snapshot(), session.latestOffsetNs()]).toStrictEqual([undefined, undefined]);
  });

  it('has the offset from exchanges, however far from zero their instants are', () => {
    const session = sessionOf();
    for (let i = 0; i < 5; i++) session.record(1e15 + i * 1e8, 1e15 + i * 1e8 + 4e6, { upNs: 103e6, downNs: -99e6 });
    // The way is 2 ms each way at the least and at the most, and the server 101 ms ahead.
    expect(session.snapshot()).toMatchObject({ basis: 'bounds', offsetNs: 101e6, steps: 0 });
  });

  it.each<[string, number, number, { upNs: number; downNs: number }]>([
    ['takes less than no time', 10e9, 10e9 + 4e6, { upNs: -3e6, downNs: 1e6 }],
    ['ends before it begins', 10e9, 9e9, { upNs: 2e6, downNs: 2e6 }],
    ['begins before the last one ended', 1e9, 10e9, { upNs: 2e6, downNs: 2e6 }],
  ])('does not listen to an exchange that %s', (_, from, to, transit) => {
    const session = sessionOf();
    session.record(2e9, 2e9 + 4e6, { upNs: 2e6, downNs: 2e6 });
    const before = session.snapshot();
    session.record(from, to, transit);
    expect(session.snapshot()).toStrictEqual(before);
  });

  it('counts the instants of a peer that is years away from a base of its own, which the first reading decides', () => {
    const session = sessionOf();
    expect(session.wall.peerBaseSeconds).toBe(0);
    session.meet({ seconds: NOW_S - 54 * YEAR_S, nanoseconds: 0 });
    const base = session.wall.peerBaseSeconds;
    expect(Math.abs(base + 54 * YEAR_S)).toBeLessThan(2 ** 23);
    session.meet({ seconds: NOW_S, nanoseconds: 0 });
    expect(session.wall.peerBaseSeconds).toBe(base);
  });

  it('needs no base for a peer that is near', () => {
    const session = sessionOf();
    session.meet({ seconds: NOW_S + 3600, nanoseconds: 0 });
    expect(session.wall.peerBaseSeconds).toBe(0);
  });

  it('trusts that one host has one clock, but not where its readings are years apart', () => {
    const near = sessionOf(true);
    near.record(2e9, 2e9 + 4e6, { upNs: 2e6, downNs: 2e6 });
    expect(near.snapshot()?.basis).toBe('same-clock');
    const far = sessionOf(true);
    far.meet({ seconds: NOW_S - 54 * YEAR_S, nanoseconds: 0 });
    far.record(2e9, 2e9 + 4e6, { upNs: 2e6, downNs: 2e6 });
    expect(far.snapshot()?.basis).toBe('bounds');
  });
});
