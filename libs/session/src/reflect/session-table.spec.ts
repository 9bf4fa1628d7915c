import type { Endpoint } from '@pathgauge/transport';
import { type Instant, instant, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { MAX_NEWCOMERS, MAX_OF_NETWORK, MAX_REGULARS, networkName, SessionTable } from './session-table';

const source = (address: string, port = 1): Endpoint => ({ address, port });
/** One of 2^24 addresses. */
const stranger = (i: number): Endpoint =>
  source(`${11 + (i >>> 24)}.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`);
const VICTIM = source('192.0.2.7', 5000);
const at = (s: number): Instant => instant(s * 1e9);

/** A datagram of `from` at `now`: whether its session is known. */
function comes(table: SessionTable<string>, from: Endpoint, now: Instant, ssid = 0): boolean {
  const place = table.find(from, undefined, ssid);
  if (place === undefined) table.open(from, undefined, ssid, now, from.address);
  else table.touch(place, now);
  return place !== undefined;
}

describe('SessionTable', () => {
  it('keeps a session that is probed once a second through a million strangers a second', () => {
    const table = new SessionTable<string>();
    const heard = [0, 1].map((s) => comes(table, VICTIM, at(s)));
    for (let i = 0; i < 1_000_000; i++) {
      comes(table, stranger(i), at(1.5));
      // And as many who come twice, to look like somebody.
      if (i % 4 === 0) comes(table, stranger(i), at(1.5));
    }
    heard.push(comes(table, VICTIM, at(2)));
    expect(heard).toStrictEqual([false, true, true]);
    expect(table.size).toBe(MAX_NEWCOMERS + MAX_REGULARS);
  });

  it('forgets of those that are not live the longest idle, once the room is needed', () => {
    const table = new SessionTable<string>();
    for (let i = 0; i < MAX_REGULARS; i++) for (const _ of [1, 2]) comes(table, stranger(i), at(0));
    // These were heard again since.
    for (let i = 2; i < MAX_REGULARS; i++) comes(table, stranger(i), at(10));
    const known = (i: number): boolean => table.find(stranger(i), undefined, 0) !== undefined;
    for (const s of [60, 60, 60.1, 60.2]) comes(table, VICTIM, at(s));
    // At 60 s all are live still; after it the first was idle for longer than that.
    expect([0, 1, 2].map(known)).toStrictEqual([false, true, true]);
    for (const _ of [1, 2]) comes(table, source('192.0.2.8'), at(60.3));
    expect([0, 1, 2].map(known)).toStrictEqual([false, false, true]);
  });

  it.each([
    ['ports of an IPv4 address', (i: number) => source('198.51.100.1', i)],
    ['addresses of an IPv6 network', (i: number) => source(`2001:db8::${i.toString(16)}`)],
  ])('lets 65000 %s push out none but their own', (_, from) => {
    const table = new SessionTable<string>();
    const others = Array.from({ length: 1000 }, (_, i) => stranger(i));
    for (const each of others) comes(table, each, at(0));
    for (let i = 1; i < 65_000; i++) comes(table, from(i), at(1));
    expect(table.size).toBe(1000 + MAX_OF_NETWORK);
    expect(others.every((each) => table.find(each, undefined, 0) !== undefined)).toBe(true);
    expect(
      [table.find(from(64_999), undefined, 0), table.find(from(1), undefined, 0)].map((place) => place !== undefined),
    ).toStrictEqual([true, false]);
  });

  it('keeps what is live of a network, too, when others use its address', () => {
    const table = new SessionTable<string>();
    for (const s of [0, 1]) comes(table, VICTIM, at(s), 7);
    for (let port = 6000; port < 60_000; port++) for (const _ of [1, 2]) comes(table, { ...VICTIM, port }, at(1));
    expect(comes(table, VICTIM, at(2), 7)).toBe(true);
    expect(table.size).toBe(MAX_OF_NETWORK);
  });

  it('does as a simple model does while it has room', () => {
    const step = fc.record({ from: fc.nat(5), ssid: fc.nat(1), wait: fc.nat(400), sweep: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const table = new SessionTable<string>();
        const model = new Map<string, number>();
        let now = 0;
        for (const { from, ssid, wait, sweep } of steps) {
          now += wait;
          const name = `${from} ${ssid}`;
          expect(comes(table, stranger(from), at(now), ssid)).toBe(model.has(name));
          model.set(name, now);
          if (sweep) {
            table.forgetIdle(at(now), seconds(900));
            for (const [each, seen] of model) if (now - seen > 900) model.delete(each);
          }
          expect(table.size).toBe(model.size);
        }
      }),
    );
  });
});

describe('networkName', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['1::2:3:4:5:6:7', '1:0:2:3'],
    ['::2:3:4:5:6:7:8', '0:2:3:4'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ])('of %s is %s', (address, name) => {
    expect(networkName(address)).toBe(name);
  });
});
