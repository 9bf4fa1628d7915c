import { emptyReflectorPacket, readReflectorPacket, SENDER_PACKET } from '@pathgauge/protocol';
import type { Endpoint } from '@pathgauge/transport';
import { instant, seconds, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { ARRIVAL, answer, errorEstimate, request, SOURCE, setUp } from '../../test/reflector-scene';

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

  it.each([38, 41, 44, 64, 1400])('answers %d bytes with as many', (length) => {
    const { reflector } = setUp();
    // As the linux transport and as Node hand it up.
    const [bytes, buffer] = [request(3, 9, length), Buffer.from(request(3, 9, length))];
    expect(answer(reflector, bytes).sequence).toBe(0);
    expect(bytes).toHaveLength(length);
    expect(answer(reflector, buffer).sequence).toBe(1);
    expect(buffer).toHaveLength(length);
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

  it('counts for itself for each of its own addresses that one sender asks', () => {
    const { reflector } = setUp();
    const numbers = [undefined, '192.0.2.1', '192.0.2.1', '2001:db8::1', undefined, '192.0.2.1'].map((destination) => {
      const bytes = request(5);
      reflector.reflect(bytes, SOURCE, ARRIVAL, undefined, undefined, destination);
      const packet = emptyReflectorPacket();
      readReflectorPacket(bytes, packet);
      return packet.sequence;
    });
    expect(numbers).toStrictEqual([0, 0, 1, 0, 1, 2]);
    expect(reflector.sessions).toBe(3);
  });

  it('remembers 65536 own addresses at the most', () => {
    const { reflector } = setUp();
    const ask = (i: number, arrival = ARRIVAL): number => {
      const bytes = request(5);
      reflector.reflect(bytes, SOURCE, arrival, undefined, undefined, `2001:db8::${i.toString(16)}`);
      const packet = emptyReflectorPacket();
      readReflectorPacket(bytes, packet);
      return packet.sequence;
    };
    const later = instant(ARRIVAL + 900e9);
    expect([ask(0, later), ask(0, later)]).toStrictEqual([0, 1]);
    for (let i = 1; i <= 65_536; i++) {
      ask(i);
      // The session of the first stays.
      if (i % 20_000 === 0) reflector.forgetIdle(instant(later + 1));
    }
    expect([ask(65_536), ask(65_535)]).toStrictEqual([1, 0]);
    expect(ask(0, later)).toBe(0);
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
    const refused: [Uint8Array, string][] = [
      [request(1).subarray(0, 37), 'short'],
      // What twampy sends unless asked to pad.
      [request(1).subarray(0, 14), 'short'],
      [new Uint8Array(0), 'short'],
      [corrupt, 'corrupt'],
      [reply, 'reply'],
    ];
    for (const [bytes, why] of refused) {
      const before = bytes.slice();
      expect(reflector.reflect(bytes, SOURCE, ARRIVAL)).toBe(why);
      expect(bytes).toStrictEqual(before);
    }
    expect(begun).toStrictEqual([]);
    expect(reflector.answered).toBe(1);
  });

  it('never throws and never grows a datagram, whatever comes', () => {
    const { reflector } = setUp();
    // Node hands datagrams up as Buffers, which are stricter than arrays.
    for (const as of [Uint8Array.from, Buffer.from] as ((bytes: Uint8Array) => Uint8Array)[]) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
          const bytes = as.call(Uint8Array, random);
          const taken = reflector.reflect(bytes, SOURCE, ARRIVAL);
          expect(bytes).toHaveLength(random.length);
          if (random.length < 38) expect(taken).toBe('short');
        }),
      );
    }
  });

  it('forgets a session that was silent for more than 900 s, and no other', () => {
    const { reflector } = setUp();
    const lively = { ...SOURCE, port: 6000 };
    answer(reflector, request(0));
    answer(reflector, request(0), lively);
    reflector.forgetIdle(instant(ARRIVAL + 900e9));
    expect(answer(reflector, request(1)).sequence).toBe(1);
    answer(reflector, request(1), lively, instant(ARRIVAL + 10e9));
    reflector.forgetIdle(instant(ARRIVAL + 900e9 + 1));
    expect(answer(reflector, request(2)).sequence).toBe(0);
    expect(answer(reflector, request(2), lively).sequence).toBe(2);
    expect(reflector.sessions).toBe(3);
  });
});
