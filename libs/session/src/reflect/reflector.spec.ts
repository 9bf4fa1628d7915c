import {
  emptyReflectorPacket,
  emptyReplyTlvs,
  encodeErrorEstimate,
  fractionOf,
  REFLECTOR_PACKET,
  readReflectorPacket,
  readReplyTlvs,
  SENDER_PACKET,
  writeProbeTlvs,
  writeSenderPacket,
} from '@pathgauge/protocol';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import type { Endpoint } from '@pathgauge/transport';
import { type Instant, instant, seconds, WallMap } from '@pathgauge/units';
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

const request = (sequence: number, ssid = 9, length = 64, dscp?: number): Uint8Array => {
  const bytes = new Uint8Array(Math.max(length, SENDER_PACKET.size));
  const transmit = { seconds: 1_700_000_000, nanoseconds: 250_000_000 };
  writeSenderPacket(bytes, { sequence, transmit, errorEstimate, ssid });
  writeProbeTlvs(bytes, SENDER_PACKET.size, dscp);
  return bytes.slice(0, length);
};

/** The reply to a request, read. */
const answer = (reflector: Reflector, bytes: Uint8Array, source = SOURCE, arrival = ARRIVAL) => {
  expect(reflector.reflect(bytes, source, arrival)).toStrictEqual({ dscp: undefined });
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

describe('Reflector and the marking of packets', () => {
  it.each([
    [1, 1],
    [64, 64],
    [255, 255],
    // 255 stands for not known.
    [undefined, 255],
  ])('puts the hop limit %p of the request into the reply', (hopLimit, senderTtl) => {
    const bytes = request(0);
    expect(setUp().reflector.reflect(bytes, SOURCE, ARRIVAL, hopLimit, 0)).toBeDefined();
    const packet = emptyReflectorPacket();
    readReflectorPacket(bytes, packet);
    expect(packet.senderTtl).toBe(senderTtl);
  });

  it('tells the DSCP and ECN that the request arrived with, and the DSCP that the reply is to have', () => {
    const bytes = request(0, 9, 72, 46);
    // DSCP 10 (001010) and ECN 1: bleached from 46 (101110) on the way.
    expect(setUp().reflector.reflect(bytes, SOURCE, ARRIVAL, 64, 0b001010_01)).toStrictEqual({ dscp: 46 });
    // RFC 8972 section 4.4: DSCP wanted, DSCP received, ECN received, 2 bits of reply (0: as wanted).
    expect([...bytes.subarray(44, 52)]).toStrictEqual([0, 4, 0, 4, 0b101110_00, 0b1010_01_00, 0, 0]);
    expect(tlvsOf(bytes)).toMatchObject({ hasClassOfService: true, dscp: 10, ecn: 1, dscpGranted: true });
  });

  it('tells of each request what that one arrived with', () => {
    const { reflector } = setUp();
    const classes = [46 << 2, 0, (8 << 2) | 3].map((octet) => {
      const bytes = request(0, 9, 72, 46);
      reflector.reflect(bytes, SOURCE, ARRIVAL, 64, octet);
      const { dscp, ecn } = tlvsOf(bytes);
      return [dscp, ecn];
    });
    expect(classes).toStrictEqual([
      [46, 0],
      [0, 0],
      [8, 3],
    ]);
  });

  it('says that it does not understand a Class of Service where its system does not tell what came', () => {
    const bytes = request(0, 9, 72, 46);
    expect(setUp().reflector.reflect(bytes, SOURCE, ARRIVAL, 64, undefined)).toStrictEqual({ dscp: undefined });
    expect([...bytes.subarray(44, 52)]).toStrictEqual([0x80, 4, 0, 4, 0b101110_00, 0, 0, 0]);
  });

  it('asks for no DSCP in the reply to a request that wants none, also after one that did', () => {
    const { reflector } = setUp();
    expect(reflector.reflect(request(0, 9, 72, 0), SOURCE, ARRIVAL, 64, 0)).toStrictEqual({ dscp: 0 });
    expect(reflector.reflect(request(1), SOURCE, ARRIVAL, 64, 0)).toStrictEqual({ dscp: undefined });
  });
});

const tlvsOf = (reply: Uint8Array) => {
  const tlvs = emptyReplyTlvs();
  readReplyTlvs(reply, REFLECTOR_PACKET.size, 'ntp', tlvs);
  return tlvs;
};

describe('Reflector and the instants at which its replies left', () => {
  const NO_FOLLOW_UP = Array(16).fill(0);
  const OTHER: Endpoint = { address: '192.0.2.7', port: 5001 };

  /** The reply to the next request of a session. */
  const reply = (reflector: Reflector, source = SOURCE, ssid = 9, length = 64): Uint8Array => {
    const bytes = request(0, ssid, length);
    expect(reflector.reflect(bytes, source, ARRIVAL, 64, 0)).toBeDefined();
    return bytes;
  };
  /** What the kernel hands back: headers that it had put in front, then what was sent. */
  const looped = (sent: Uint8Array, headers = 42): Uint8Array => {
    const bytes = new Uint8Array(headers + sent.length).fill(0x45);
    bytes.set(sent, headers);
    return bytes;
  };
  const followUpOf = (sent: Uint8Array): [sequence: number, ns: number] | undefined => {
    const { hasFollowUp, followUpSequence, followUpTransmit } = tlvsOf(sent);
    // The clock of these tests stands at instant 0 when it is 1 700 000 000 s.
    const at = (followUpTransmit.seconds - 1_700_000_000) * 1e9 + followUpTransmit.nanoseconds;
    return hasFollowUp ? [followUpSequence, at] : undefined;
  };
  const at = (ns: number): Instant => instant(ns);

  it('are told with the next reply of the session: which one, and when exactly', () => {
    const { reflector } = setUp();
    const first = reply(reflector);
    expect(followUpOf(first)).toBeUndefined();
    reflector.noteSent(looped(first), at(3e9 + 777));
    const second = reply(reflector);
    expect(followUpOf(second)).toStrictEqual([0, 3e9 + 777]);
    // Sequence Number, Timestamp (NTP: 2 208 988 800 s from 1900 to 1970), software local, reserved.
    const view = new DataView(second.buffer, 48);
    expect([0, 4, 8, 12].map((offset) => view.getUint32(offset))).toStrictEqual([
      0,
      1_700_000_003 + 2_208_988_800,
      fractionOf(777),
      0x02_00_00_00,
    ]);
    reflector.noteSent(looped(second), at(4e9));
    expect(followUpOf(reply(reflector))).toStrictEqual([1, 4e9]);
  });

  it('are told of the previous reply only: none that is older stands for it', () => {
    const { reflector } = setUp();
    const first = reply(reflector);
    reflector.noteSent(looped(first), at(3e9));
    const second = reply(reflector);
    expect(followUpOf(second)).toStrictEqual([0, 3e9]);
    // No stamp of the second came.
    const third = reply(reflector);
    expect([...third.subarray(48)]).toStrictEqual(NO_FOLLOW_UP);
    reflector.noteSent(looped(third), at(5e9));
    expect(followUpOf(reply(reflector))).toStrictEqual([2, 5e9]);
  });

  it('are not told when the stamp comes only after the next reply has left', () => {
    const { reflector } = setUp();
    const first = reply(reflector);
    const second = reply(reflector);
    reflector.noteSent(looped(first), at(3e9));
    expect(followUpOf(reply(reflector))).toBeUndefined();
    reflector.noteSent(looped(second), at(3.1e9));
    expect(followUpOf(reply(reflector))).toBeUndefined();
  });

  it.each([0, 14, 28, 42, 62])('are known with %d bytes of headers in front', (headers) => {
    const { reflector } = setUp();
    reflector.noteSent(looped(reply(reflector), headers), at(3e9));
    expect(followUpOf(reply(reflector))).toStrictEqual([0, 3e9]);
  });

  it('are kept apart by session, however they mix', async () => {
    const { time, reflector } = setUp();
    const sessions = [
      { source: SOURCE, ssid: 9, length: 64 },
      { source: OTHER, ssid: 9, length: 64 },
      { source: SOURCE, ssid: 10, length: 1400 },
    ];
    const round = async () => {
      const replies: Uint8Array[] = [];
      for (const { source, ssid, length } of sessions) {
        // Two replies of one number differ by when they were sent.
        await time.advance(seconds(1e-6));
        replies.push(reply(reflector, source, ssid, length));
      }
      return replies;
    };
    const first = await round();
    first.forEach((each, i) => {
      reflector.noteSent(looped(each), at(3e9 + i));
    });
    const second = await round();
    expect(second.map(followUpOf)).toStrictEqual([
      [0, 3e9],
      [0, 3e9 + 1],
      [0, 3e9 + 2],
    ]);
    // One stamp of the three is missing.
    for (const i of [0, 2]) reflector.noteSent(looped(second[i] as Uint8Array), at(4e9 + i));
    expect((await round()).map(followUpOf)).toStrictEqual([[1, 4e9], undefined, [1, 4e9 + 2]]);
  });

  it('are told right where stamps are missing, doubled or of something else', async () => {
    const stamp = fc.record({ from: fc.constantFrom(SOURCE, OTHER), comes: fc.boolean(), noise: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(stamp, { maxLength: 60 }), async (steps) => {
        const { time, reflector } = setUp();
        const truth = new Map<Endpoint, [number, number] | undefined>();
        const counts = new Map<Endpoint, number>();
        for (const [step, { from, comes, noise }] of steps.entries()) {
          await time.advance(seconds(1e-6));
          const sent = reply(reflector, from);
          expect(followUpOf(sent)).toStrictEqual(truth.get(from));
          const number = counts.get(from) ?? 0;
          counts.set(from, number + 1);
          if (noise === 1) reflector.noteSent(new Uint8Array(106).fill(step), at(1));
          if (noise === 2) reflector.noteSent(sent.subarray(0, 30), at(1));
          if (comes) reflector.noteSent(looped(sent), at(3e9 + step));
          if (noise === 3 && comes) reflector.noteSent(looped(sent), at(9e9));
          truth.set(from, comes ? [number, 3e9 + step] : undefined);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are told although hundreds of stamps before never came', () => {
    const { reflector } = setUp();
    for (let i = 0; i < 1000; i++) reply(reflector);
    reflector.noteSent(looped(reply(reflector)), at(3e9));
    expect(followUpOf(reply(reflector))).toStrictEqual([1000, 3e9]);
  });

  it('change nothing when they are of no reply', () => {
    const { reflector } = setUp();
    const sent = reply(reflector);
    for (const bytes of [new Uint8Array(0), new Uint8Array(64), sent.subarray(0, 63), looped(request(0))]) {
      reflector.noteSent(bytes, at(3e9));
    }
    expect(followUpOf(reply(reflector))).toBeUndefined();
  });

  it('are of nobody when the session was forgotten meanwhile', () => {
    const { reflector } = setUp();
    const sent = reply(reflector);
    reflector.forgetIdle(instant(ARRIVAL + 900e9 + 1));
    reflector.noteSent(looped(sent), at(3e9));
    const next = reply(reflector);
    expect(followUpOf(next)).toBeUndefined();
    reflector.noteSent(looped(next), at(4e9));
    expect(followUpOf(reply(reflector))).toStrictEqual([0, 4e9]);
  });
});
