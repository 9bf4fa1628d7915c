import { encodeErrorEstimate, reflectInPlace } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { StampDialect } from './stamp-dialect';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 900, synchronisedToNs: 50 });
const IDENTITY = { ssid: 7, errorEstimate: encodeErrorEstimate({ synchronised: true, format: 'ntp', errorNs: 900 }) };
/** Probe `n` left at n seconds. */
const SENT = {
  indexOf: (sequence: number) => (sequence < 5 ? sequence : -1),
  sentAt: (index: number) => instant(index * 1e9),
};
const dialect = (length = 64, dscp?: number) => new StampDialect(WALL, { ...IDENTITY, dscp }, length);

/** What a server whose clock is ahead makes of a probe. */
function reflected(probe: Uint8Array, aheadS: number): Uint8Array {
  const reply = probe.slice();
  const time = { seconds: 1_700_000_003 + aheadS, nanoseconds: 1000 };
  reflectInPlace(reply, { sequence: 9, receive: time, transmit: time, errorEstimate: IDENTITY.errorEstimate, ttl: 60 });
  return reply;
}

describe('StampDialect', () => {
  it('knows its own probe in a reply, in an echo, behind headers and in what a router quotes of it', () => {
    const one = dialect();
    const probe = one.write(3, SENT.sentAt(3)).slice();
    expect(one.read(reflected(probe, 0), SENT)).toMatchObject({
      index: 3,
      ownSequence: 9,
      protocol: 'stamp',
      hopLimit: 60,
    });
    expect(one.read(probe, SENT)).toMatchObject({ index: 3, ownSequence: undefined, protocol: 'echo' });
    expect(one.sequenceAtEnd(Uint8Array.from([...Array(42).fill(9), ...probe]))).toBe(3);
    expect(one.quoted(probe.subarray(0, 20), SENT)).toBe(3);
    expect(one.quoted(probe.subarray(0, 3), SENT)).toBe(-1);
    expect(one.quoted(dialect().write(3, instant(5)).slice(), SENT)).toBeUndefined();
  });

  it('takes no number from what is shorter than a probe', () => {
    fc.assert(
      fc.property(fc.integer({ min: 44, max: 1400 }), fc.uint8Array({ maxLength: 1500 }), (length, bytes) => {
        const sequence = dialect(length).sequenceAtEnd(bytes);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        expect(sequence).toBe(bytes.length < length ? undefined : view.getUint32(bytes.length - length));
      }),
    );
  });

  it.each([
    // The base packet has 44 bytes, a Follow-up 20, a class of service 8.
    [63, undefined, false],
    [64, undefined, true],
    [71, 46, false],
    [72, 46, true],
  ])('of %d bytes and DSCP %s asks for a Follow-up: %s', (length, dscp, asks) => {
    expect(dialect(length, dscp).asksForFollowUp).toBe(asks);
  });

  it('claims nothing of a clock that is weeks away, also where the host is the same', () => {
    const near = dialect();
    expect(near.claim(true)).toMatchObject({ basis: 'same-clock' });
    near.read(reflected(near.write(3, SENT.sentAt(3)), 0), SENT);
    expect(near.peerBaseSeconds).toBe(0);
    expect(near.claim(false)).toMatchObject({ basis: 'synchronised' });
    const far = dialect();
    far.read(reflected(far.write(3, SENT.sentAt(3)), 200 * 86_400), SENT);
    expect(far.peerBaseSeconds).not.toBe(0);
    expect([far.claim(true), far.claim(false)]).toStrictEqual([undefined, undefined]);
  });

  it('closes behind the last probe, unless the server has no numbers of its own', () => {
    expect(dialect().closing(10, 'echo')).toBeUndefined();
    for (const protocol of ['stamp', 'twamp-light', undefined] as const) {
      expect(dialect().closing(10, protocol)?.send(instant(0))).toBe(11);
    }
  });
});
