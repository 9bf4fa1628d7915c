import {
  emptyReplyTlvs,
  encodeErrorEstimate,
  REFLECTOR_PACKET,
  reflectInPlace,
  reflectTlvs,
} from '@pathgauge/protocol';
import { instant, WallMap, type WallTime } from '@pathgauge/units';
import fc from 'fast-check';
import { ProbeWriter } from './probe-writer';
import { ReplyReader } from './reply-reader';
import type { SentProbes } from './sent-probes';

const SSID = 0x4a4b;
const at = REFLECTOR_PACKET.offset;
const identity = {
  ssid: SSID,
  errorEstimate: encodeErrorEstimate({ synchronised: false, format: 'ntp', errorNs: 900 }),
};

/** A session that has sent probes at these instants, and the server's clock, ahead by `aheadS`. */
function session(sentAt: readonly number[], length = 64, aheadS = 0) {
  const wall = new WallMap({
    seconds: 1_700_000_000,
    nanoseconds: 999_999_999,
    errorNs: 900,
    synchronisedToNs: undefined,
  });
  const serverWall = new WallMap({ ...wall.anchor, seconds: wall.anchor.seconds + aheadS });
  const sent: SentProbes = {
    indexOf: (sequence) => (sequence < sentAt.length ? sequence : -1),
    sentAt: (index) => instant(sentAt[index] as number),
  };
  const writer = new ProbeWriter(wall, identity, length);
  const replies = new ReplyReader(wall, SSID, new ProbeWriter(wall, identity, length));
  const reader = {
    read: (bytes: Uint8Array) => replies.read(bytes, sent),
    kindOf: (bytes: Uint8Array) => replies.kindOfForeign(bytes, sent),
    followUpNs: () => replies.followUpNs(),
    peerEstimate: () => replies.peerEstimate,
    granularity: () => replies.granularityNs,
  };
  const probes = sentAt.map((each, i) => writer.write(i, instant(each)).slice());
  const wallOf = (time: number): WallTime => {
    const into = { seconds: 0, nanoseconds: 0 };
    serverWall.toWall(instant(time), into);
    return into;
  };
  /** What a reflector makes of a request. */
  const reflected = (
    probe: Uint8Array,
    receive: number,
    transmit: number,
    format: 'ntp' | 'ptp' = 'ntp',
  ): Uint8Array => {
    const reply = probe.slice();
    reflectInPlace(reply, {
      sequence: 77,
      receive: wallOf(receive),
      transmit: wallOf(transmit),
      errorEstimate: encodeErrorEstimate({ synchronised: true, format, errorNs: 2000 }),
      ttl: 255,
    });
    return reply;
  };
  return { reader, probes, reflected, wallOf };
}

const times = [1_000, 1_000_000_777, 2_500_000_000] as const;

describe('ReplyReader', () => {
  it('knows its own probes in replies of a STAMP reflector, with the server times on its own scale', () => {
    const { reader, probes, reflected } = session(times, 64, 30);
    const reply = reader.read(reflected(probes[1] as Uint8Array, 1_000_100_000, 1_000_100_250));
    expect(reply).toStrictEqual({
      index: 1,
      ownSequence: 77,
      protocol: 'stamp',
      receiveNs: 30e9 + 1_000_100_000,
      serverNs: 250,
      // 255 stands for not told.
      hopLimit: undefined,
      extensions: emptyReplyTlvs(),
    });
  });

  it.each(['ntp', 'ptp'] as const)('reads replies with timestamps in %s format', (format) => {
    const { reader, probes, reflected } = session(times);
    expect(reader.read(reflected(probes[2] as Uint8Array, 3e9, 3e9 + 1, format))).toMatchObject({
      index: 2,
      receiveNs: 3e9,
      serverNs: 1,
    });
  });

  it('knows a reflector that puts the SSID behind the error estimate', () => {
    const { reader, probes, reflected } = session(times);
    const reply = reflected(probes[0] as Uint8Array, 5000, 6000);
    reply.copyWithin(at.zero, at.ssid, at.ssid + 2);
    reply.fill(0, at.ssid, at.ssid + 2);
    expect(reader.read(reply)).toMatchObject({ index: 0, protocol: 'stamp' });
  });

  it.each([64, 44, 41, 40, 38])(
    'knows a TWAMP-Light reflector, which knows no SSID, by a reply of %d bytes',
    (length) => {
      const { reader, probes, reflected } = session(times);
      const reply = reflected(probes[0] as Uint8Array, 5000, 6000).subarray(0, length);
      reply.fill(0, at.ssid, at.ssid + 2);
      expect(reader.read(reply)).toMatchObject({ index: 0, protocol: 'twamp-light', receiveNs: 5000, serverNs: 1000 });
    },
  );

  it('knows an echo server, which tells no times', () => {
    const { reader, probes } = session(times);
    expect(reader.read(probes[2] as Uint8Array)).toStrictEqual({
      index: 2,
      ownSequence: undefined,
      protocol: 'echo',
      receiveNs: undefined,
      serverNs: undefined,
      hopLimit: undefined,
      extensions: emptyReplyTlvs(),
    });
    // Nor does it claim anything of its clock.
    expect(reader.peerEstimate()).toBeUndefined();
  });

  it('tells the hop limit that the probe arrived with, and of an echo server none', () => {
    const { reader, probes, reflected } = session(times);
    const reply = reflected(probes[0] as Uint8Array, 5000, 6000);
    reply[at.senderTtl] = 57;
    expect(reader.read(reply)).toMatchObject({ hopLimit: 57 });
    expect(reader.read(probes[1] as Uint8Array)).toMatchObject({ protocol: 'echo', hopLimit: undefined });
    reply[at.senderTtl] = 0;
    expect(reader.read(reply)).toMatchObject({ index: 0, hopLimit: undefined });
    expect(reader.read(reply.subarray(0, 38))).toMatchObject({ index: 0, hopLimit: undefined });
  });

  it('knows its T1 also where the server says of it that it has another format', () => {
    const { reader, probes, reflected } = session(times);
    const reply = reflected(probes[1] as Uint8Array, 3e9, 3e9 + 1, 'ptp');
    reply[at.senderErrorEstimate] = (reply[at.senderErrorEstimate] as number) ^ 0x40;
    expect(reader.read(reply)).toMatchObject({ index: 1, protocol: 'stamp', receiveNs: 3e9 });
  });

  it('takes no times from a server whose timestamps cannot be in the format that it says', () => {
    const { reader, probes, reflected } = session(times);
    const honest = reader.read(reflected(probes[0] as Uint8Array, 5000, 6000, 'ptp'));
    expect(honest).toMatchObject({ receiveNs: 5000, serverNs: 1000 });
    // NTP under PTP's flag: half a second is a fraction of 2^31, which would be 2.1 s.
    const wrong = reflected(probes[1] as Uint8Array, 1.5e9, 1.5e9 + 1000);
    wrong[at.errorEstimate] = (wrong[at.errorEstimate] as number) | 0x40;
    expect(reader.read(wrong)).toMatchObject({ index: 1, receiveNs: undefined, serverNs: undefined });
    // Once it is known, also where the fraction could be nanoseconds.
    const small = reflected(probes[2] as Uint8Array, 3e9 + 5000, 3e9 + 6000);
    small[at.errorEstimate] = (small[at.errorEstimate] as number) | 0x40;
    expect(reader.read(small)).toMatchObject({ index: 2, receiveNs: undefined });
  });

  // The first of a server's seconds, in which NTP's fractions could be nanoseconds, and nanoseconds are fractions.
  it.each([
    ['ntp', 'ptp', 0],
    ['ptp', 'ntp', 0],
    ['ntp', 'ptp', 3_600],
    ['ptp', 'ntp', -3_600],
  ] as const)('takes no times of %s that are said to be %s, from a clock %d s ahead', (format, _, aheadS) => {
    const { reader, probes, reflected } = session(times, 64, aheadS);
    const wrong = reflected(probes[0] as Uint8Array, 5000, 6000, format);
    wrong[at.errorEstimate] = (wrong[at.errorEstimate] as number) ^ 0x40;
    expect(reader.read(wrong)).toMatchObject({ index: 0, receiveNs: undefined, serverNs: undefined });
  });

  it('believes a clock that is years away in its own format', () => {
    const { reader, probes, reflected } = session(times, 64, -1_600_000_000);
    expect(reader.read(reflected(probes[0] as Uint8Array, 5000, 6000))).toMatchObject({ serverNs: 1000 });
  });

  it('tells by a Follow-up when an earlier reply left, on the scale of T2; an echo carries none', () => {
    const { reader, probes, reflected, wallOf } = session(times, 64, 30);
    const reply = reflected(probes[1] as Uint8Array, 1_000_100_000, 1_000_100_250);
    const followUp = { sequence: 76, transmit: wallOf(999_000_123) };
    reflectTlvs(reply, REFLECTOR_PACKET.size, { trafficClass: undefined, followUp, format: 'ntp' });
    expect(reader.read(reply)).toMatchObject({ extensions: { hasFollowUp: true, followUpSequence: 76 } });
    expect(reader.followUpNs()).toBe(30e9 + 999_000_123);
    expect(reader.read(probes[2] as Uint8Array)).toMatchObject({
      protocol: 'echo',
      extensions: { hasFollowUp: false },
    });
  });

  it('tells what the server says of its clock', () => {
    const { reader, probes, reflected } = session(times);
    expect(reader.peerEstimate()).toBeUndefined();
    reader.read(reflected(probes[0] as Uint8Array, 5000, 6000));
    // 2000 ns rounded up to a multiple of 2^-25 s, or 29.8 ns.
    expect(reader.peerEstimate()).toMatchObject({ synchronised: true, format: 'ntp' });
    expect(reader.peerEstimate()?.errorNs).toBeGreaterThanOrEqual(2000);
    expect(reader.peerEstimate()?.errorNs).toBeLessThan(2100);
  });

  it('learns how fine the server tells time', () => {
    const { reader, probes, reflected } = session(times);
    // The anchor is at 999 999 999 ns: these are 1 and 4 ms past a second, then 10.5 ms.
    reader.read(reflected(probes[0] as Uint8Array, 1_000_001, 4_000_001));
    expect(reader.granularity()).toBe(1e6);
    reader.read(reflected(probes[1] as Uint8Array, 10_500_001, 12_000_001));
    expect(reader.granularity()).toBe(5e5);
  });

  it('takes a reflector without a clock for one that tells no times', () => {
    const { reader, probes, reflected } = session(times);
    const reply = reflected(probes[0] as Uint8Array, 5000, 6000);
    reply.fill(0, at.transmit, at.transmit + 8);
    reply.fill(0, at.receive, at.receive + 8);
    expect(reader.read(reply)).toMatchObject({
      index: 0,
      protocol: 'stamp',
      receiveNs: undefined,
      serverNs: undefined,
    });
  });

  it('refuses everything else', () => {
    const { reader, probes, reflected } = session(times);
    const probe = probes[0] as Uint8Array;
    const good = reflected(probe, 5000, 6000);
    const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
      const bytes = good.slice();
      change(bytes);
      return bytes;
    };
    const flip = (offset: number) => (bytes: Uint8Array) => void (bytes[offset] = (bytes[offset] as number) ^ 1);
    const foreign = session([123_456_789]);
    const swapped = changed((bytes) => {
      bytes.copyWithin(at.senderTransmit, at.transmit, at.transmit + 8);
      bytes.set(probe.subarray(4, 12), at.transmit);
    });
    const refused: [string, Uint8Array, string][] = [
      ['too short', good.subarray(0, 37), 'short'],
      ['empty', new Uint8Array(0), 'short'],
      ["T1 and T3 in each other's place", swapped, 'swapped'],
      ['a query to a name server, 40 bytes', new Uint8Array(40).fill(0x61), 'other'],
      ['no multiplier', changed((bytes) => void (bytes[at.errorEstimate + 1] = 0)), 'no-error-estimate'],
      ['a foreign SSID', changed(flip(at.ssid)), 'ssid'],
      ['a T1 that is off by a second', changed(flip(at.senderTransmit + 3)), 'other-t1'],
      // 2^-24 s, or 60 ns.
      ['a T1 that is off by little', changed(flip(at.senderTransmit + 6)), 'other-t1'],
      ['a number never sent', changed((bytes) => void (bytes[at.senderSequence + 3] = 9)), 'other'],
      ['the number of another probe', changed((bytes) => void (bytes[at.senderSequence + 3] = 1)), 'other-t1'],
      ['a reply of another session', foreign.reflected(foreign.probes[0] as Uint8Array, 5000, 6000), 'other-t1'],
      ['a probe of another session', foreign.probes[0] as Uint8Array, 'other'],
      [
        'an echo with a changed byte',
        Uint8Array.from(probe, (byte, i) => (i === probe.length - 1 ? byte ^ 1 : byte)),
        'changed-echo',
      ],
      ['an echo cut short', probe.subarray(0, 60), 'changed-echo'],
    ];
    expect(refused.filter(([, bytes]) => reader.read(bytes) !== undefined).map(([why]) => why)).toStrictEqual([]);
    expect(refused.map(([why, bytes]) => [why, reader.kindOf(bytes)])).toStrictEqual(
      refused.map(([why, , kind]) => [why, kind]),
    );
    expect(reader.read(good)).toMatchObject({ index: 0 });
  });

  it('finds every probe again, at whatever nanosecond it left', () => {
    const instants = fc.array(fc.integer({ min: 0, max: 1e15 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(instants, fc.integer({ min: 44, max: 100 }), (all, length) => {
        const sorted = [...all].sort((a, b) => a - b);
        const { reader, probes, reflected } = session(sorted, length);
        expect(probes.map((probe, i) => reader.read(reflected(probe, i, i))?.index)).toStrictEqual(
          sorted.map((_, i) => i),
        );
        expect(probes.map((probe) => reader.read(probe)?.protocol)).toStrictEqual(sorted.map(() => 'echo'));
      }),
    );
  });
});
