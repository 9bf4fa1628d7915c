import { fractionOf } from '@pathgauge/protocol';
import type { Endpoint } from '@pathgauge/transport';
import { type Instant, instant, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { ARRIVAL, request, SOURCE, setUp, tlvsOf } from '../../test/reflector-scene';
import type { Reflector } from './reflector';

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
