import {
  emptyReflectorPacket,
  encodeErrorEstimate,
  readReflectorPacket,
  SENDER_PACKET,
  writeProbeTlvs,
  writeSenderPacket,
} from '@pathgauge/protocol';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import type { Endpoint } from '@pathgauge/transport';
import { instant, seconds, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { Reflector } from './reflector';

const errorEstimate = encodeErrorEstimate({ synchronised: false, format: 'ntp', errorNs: 100 });
const SOURCE: Endpoint = { address: '192.0.2.7', port: 5000 };
const ARRIVAL = instant(2_000_000_000);

const setUp = () => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time, { aheadNs: 0, bootedNs: 0, errorNs: 3000 });
  const begun: Endpoint[] = [];
  return { time, clock, begun, reflector: new Reflector(clock, (source) => begun.push(source)) };
};

const request = (sequence: number, ssid = 9, length = 64): Uint8Array => {
  const bytes = new Uint8Array(Math.max(length, SENDER_PACKET.size));
  const transmit = { seconds: 1_700_000_000, nanoseconds: 250_000_000 };
  writeSenderPacket(bytes, { sequence, transmit, errorEstimate, ssid });
  writeProbeTlvs(bytes, SENDER_PACKET.size);
  return bytes.slice(0, length);
};

/** The reply to a request, read. */
const answer = (reflector: Reflector, bytes: Uint8Array, source = SOURCE, arrival = ARRIVAL) => {
  expect(reflector.reflect(bytes, source, arrival)).toBe(true);
  const packet = emptyReflectorPacket();
  expect(readReflectorPacket(bytes, packet)).toBeUndefined();
  return packet;
};

describe('Reflector', () => {
  it('answers in place, with its own times and what the sender sent', async () => {
    const { time, clock, reflector } = setUp();
    await time.advance(seconds(4));
    const bytes = request(0xfffffffe);
    const reply = answer(reflector, bytes);
    const wall = { seconds: 0, nanoseconds: 0 };
    new WallMap(clock.anchor()).toWall(clock.now(), wall);
    expect(reply).toMatchObject({
      sequence: 0,
      senderSequence: 0xfffffffe,
      senderTransmit: { seconds: 1_700_000_000, nanoseconds: 250_000_000 },
      senderErrorEstimate: errorEstimate,
      ssid: 9,
      receive: { seconds: 1_700_000_002, nanoseconds: 0 },
      transmit: wall,
      senderTtl: 255,
    });
    // U is cleared: the type is known. The value is zero: no exact transmit time is known.
    expect([...bytes.subarray(44)]).toStrictEqual([0, 7, 0, 16, ...Array(16).fill(0)]);
  });

  it.each([41, 44, 64, 1400])('answers %d bytes with as many', (length) => {
    const { reflector } = setUp();
    const bytes = request(3, 9, length);
    answer(reflector, bytes);
    expect(bytes).toHaveLength(length);
  });

  it('counts for itself in each session of address, port and SSID', () => {
    const { reflector, begun } = setUp();
    const others: [Endpoint, number][] = [
      [{ ...SOURCE, address: '192.0.2.8' }, 9],
      [{ ...SOURCE, port: 5001 }, 9],
      [SOURCE, 10],
    ];
    // The sender's numbers go 5, 7: one was lost on the way, and the own count does not show a gap.
    expect(answer(reflector, request(5)).sequence).toBe(0);
    for (const [source, ssid] of others) expect(answer(reflector, request(5, ssid), source).sequence).toBe(0);
    expect(answer(reflector, request(7)).sequence).toBe(1);
    for (const [source, ssid] of others) expect(answer(reflector, request(6, ssid), source).sequence).toBe(1);
    expect(reflector.sessions).toBe(4);
    expect(reflector.answered).toBe(8);
    expect(begun).toStrictEqual([SOURCE, ...others.map(([source]) => source)]);
  });

  it('tells sessions apart for every port and SSID', () => {
    const { reflector } = setUp();
    const pairs: [number, number][] = [
      [1, 65_535],
      [2, 0],
      [65_535, 65_535],
      [65_535, 0],
      [1, 0],
    ];
    for (const [port, ssid] of pairs) {
      expect(answer(reflector, request(0, ssid), { ...SOURCE, port }).sequence).toBe(0);
    }
    expect(reflector.sessions).toBe(pairs.length);
  });

  it('refuses what is no request, leaves it as it is, and opens no session for it', () => {
    const { reflector, begun } = setUp();
    const corrupt = request(1);
    corrupt[SENDER_PACKET.offset.errorEstimate + 1] = 0;
    const reply = request(1);
    reflector.reflect(reply, { ...SOURCE, port: 1 }, ARRIVAL);
    begun.length = 0;
    for (const bytes of [request(1).subarray(0, 40), new Uint8Array(0), corrupt, reply]) {
      const before = bytes.slice();
      expect(reflector.reflect(bytes, SOURCE, ARRIVAL)).toBe(false);
      expect(bytes).toStrictEqual(before);
    }
    expect(begun).toStrictEqual([]);
    expect(reflector.answered).toBe(1);
  });

  it('never throws and never grows a datagram, whatever comes', () => {
    const { reflector } = setUp();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const length = bytes.length;
        const taken = reflector.reflect(bytes, SOURCE, ARRIVAL);
        expect(bytes).toHaveLength(length);
        if (length < 41) expect(taken).toBe(false);
      }),
    );
  });

  it('forgets a session that was silent for more than 900 s, and no other', () => {
    const { reflector } = setUp();
    const lively = { ...SOURCE, port: 6000 };
    answer(reflector, request(0));
    answer(reflector, request(0), lively);
    answer(reflector, request(1), lively, instant(ARRIVAL + 10e9));
    reflector.forgetIdle(instant(ARRIVAL + 900e9));
    expect(answer(reflector, request(1)).sequence).toBe(1);
    reflector.forgetIdle(instant(ARRIVAL + 900e9 + 1));
    expect(answer(reflector, request(2)).sequence).toBe(0);
    expect(answer(reflector, request(2), lively).sequence).toBe(2);
    expect(reflector.sessions).toBe(3);
  });

  it('remembers 65536 sessions; one more costs the oldest its count', () => {
    const { reflector } = setUp();
    const bytes = request(0);
    const sourceOf = (i: number): Endpoint => ({ address: `10.0.${i >> 8}.${i & 255}`, port: 1 });
    for (let i = 0; i < 65_536; i++) {
      const copy = bytes.slice();
      reflector.reflect(copy, sourceOf(i), ARRIVAL);
    }
    expect(answer(reflector, request(1), sourceOf(0)).sequence).toBe(1);
    answer(reflector, request(0), { address: '192.0.2.9', port: 1 });
    expect(answer(reflector, request(1), sourceOf(1)).sequence).toBe(1);
    expect(answer(reflector, request(2), sourceOf(0)).sequence).toBe(0);
    // Which in turn made room for itself.
    expect(answer(reflector, request(2), sourceOf(1)).sequence).toBe(0);
    expect(answer(reflector, request(2), sourceOf(65_535)).sequence).toBe(1);
  });
});
