import { encodeErrorEstimate, writeSenderPacket } from '@pathgauge/protocol';
import { instant } from '@pathgauge/units';
import { ARRIVAL, answer, errorEstimate, request, SOURCE, setUp, tlvsOf } from '../../test/reflector-scene';

describe('Reflector and a session that begins anew', () => {
  const at = (sequence: number, s: number, format: 'ntp' | 'ptp' = 'ntp', ssid = 0): Uint8Array => {
    const bytes = request(sequence, ssid, 44);
    const estimate = encodeErrorEstimate({ synchronised: false, format, errorNs: 100 });
    writeSenderPacket(bytes, { sequence, transmit: { seconds: s, nanoseconds: 5 }, errorEstimate: estimate, ssid });
    return bytes;
  };
  const NOW = 1_700_000_000;
  /** The reflector's own numbers for a row of requests. */
  const numbers = (requests: readonly Uint8Array[]): number[] => {
    const { reflector } = setUp();
    return requests.map((bytes) => answer(reflector, bytes).sequence);
  };

  it.each<[string, readonly Uint8Array[], readonly number[]]>([
    ['number 0 with a newer T1', [at(0, NOW), at(1, NOW), at(0, NOW + 9), at(1, NOW + 9)], [0, 1, 0, 1]],
    ['a copy of number 0', [at(0, NOW), at(0, NOW), at(1, NOW), at(0, NOW)], [0, 1, 2, 3]],
    ['a number 0 that is older', [at(0, NOW), at(1, NOW), at(0, NOW - 1), at(0, NOW - 1000)], [0, 1, 2, 3]],
    ['a copy of the first number 0 in the second run', [at(0, NOW), at(0, NOW + 9), at(0, NOW)], [0, 0, 1]],
    ['a number 0 that number 1 overtook', [at(1, NOW + 1), at(0, NOW)], [0, 1]],
    ['a clock that stepped back within the first run', [at(0, NOW), at(1, NOW - 50), at(0, NOW + 1)], [0, 1, 0]],
    ['a clock that stepped back before the second run', [at(0, NOW), at(0, NOW - 50), at(1, NOW - 49)], [0, 1, 2]],
    ['number 0 lost in the second run', [at(0, NOW), at(1, NOW), at(1, NOW + 9), at(2, NOW + 9)], [0, 1, 2, 3]],
    ['another format, the same time', [at(0, NOW, 'ptp'), at(0, NOW), at(0, NOW, 'ptp')], [0, 1, 2]],
    ['another format, newer', [at(0, NOW, 'ptp'), at(0, NOW + 1), at(0, NOW + 2, 'ptp')], [0, 0, 0]],
    // Second 0 of Unix time modulo 2^32 is in 2106.
    ['the wrap of the seconds', [at(0, 2 ** 32 - 1), at(0, 0)], [0, 0]],
    ['numbers that wrap', [at(2 ** 32 - 1, NOW), at(0, NOW + 1), at(1, NOW + 1)], [0, 1, 2]],
    ['numbers that wrap and overtake', [at(2 ** 32 - 1, NOW), at(1, NOW + 1), at(0, NOW + 1)], [0, 1, 2]],
  ])('%s', (_, requests, expected) => {
    expect(numbers(requests)).toStrictEqual(expected);
  });

  it('never happens to a sender without a clock', () => {
    const timeless = (sequence: number): Uint8Array => at(sequence, NOW).fill(0, 4, 12);
    expect(numbers([timeless(0), timeless(1), timeless(0)])).toStrictEqual([0, 1, 2]);
  });

  it('counts as one more session, with an anchor and Follow-ups of its own', () => {
    const { reflector, begun } = setUp();
    const asking = (s: number, sequence: number): Uint8Array => {
      const bytes = request(sequence);
      writeSenderPacket(bytes, { sequence, transmit: { seconds: s, nanoseconds: 0 }, errorEstimate, ssid: 9 });
      reflector.reflect(bytes, SOURCE, ARRIVAL);
      return bytes;
    };
    const last = asking(NOW, 0);
    asking(NOW + 1, 0);
    // The stamp of a reply in the first run, whose number the second one has again.
    reflector.noteSent(last, instant(3e9));
    expect(tlvsOf(asking(NOW + 1, 1)).hasFollowUp).toBe(false);
    expect(begun).toStrictEqual([SOURCE, SOURCE]);
    expect(reflector.sessions).toBe(2);
  });
});

describe('Reflector and replies that come as if they were requests', () => {
  /** What another reflector makes of our reply: its own times as it likes, and T1 given back. */
  const replyTo = (reply: Uint8Array, times: 'none' | 'far'): Uint8Array => {
    const bytes = reply.slice();
    bytes.copyWithin(28, 4, 12);
    bytes.copyWithin(24, 0, 4);
    bytes.copyWithin(36, 12, 14);
    bytes.fill(0, 4, 12).fill(0, 16, 24);
    if (times === 'far') bytes.set([1, 2, 3, 4], 4);
    return bytes;
  };

  it.each(['none', 'far'] as const)('answers none, whatever time the other reflector tells (%s)', (times) => {
    const { reflector } = setUp();
    const bytes = request(0);
    answer(reflector, bytes);
    expect(reflector.reflect(replyTo(bytes, times), SOURCE, ARRIVAL)).toBe('reply');
    // From an address that it has not answered before, too.
    expect(reflector.reflect(replyTo(bytes, times), { ...SOURCE, port: 862 }, ARRIVAL)).toBe('reply');
  });

  it('lets one forged datagram pass between two of its kind once', () => {
    const [here, there] = [setUp().reflector, setUp().reflector];
    const bytes = request(0);
    let passes = 0;
    for (const each of [here, there, here, there]) {
      if (typeof each.reflect(bytes, { ...SOURCE, port: 862 }, ARRIVAL) !== 'string') passes++;
    }
    expect(passes).toBe(1);
  });

  it('answers whatever padding a TWAMP-Light sender has, and every port', () => {
    const { reflector } = setUp();
    let byte = 7;
    for (let i = 0; i < 5_000; i++) {
      const bytes = request(i, 0, 100);
      // Pseudo-random padding: a linear congruential generator.
      for (let k = 14; k < 100; k++) bytes[k] = (byte = (byte * 1_103_515_245 + 12_345) % 2 ** 31) >>> 16;
      expect(typeof reflector.reflect(bytes, { ...SOURCE, port: 862 }, ARRIVAL)).toBe('object');
    }
  });
});
