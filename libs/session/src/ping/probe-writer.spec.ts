import { encodeErrorEstimate, writeSenderPacket } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import { ProbeWriter } from './probe-writer';

const identity = {
  ssid: 0x4a4b,
  errorEstimate: encodeErrorEstimate({ synchronised: false, format: 'ntp', errorNs: 900 }),
};

describe('ProbeWriter', () => {
  const wall = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 900, synchronisedToNs: undefined });
  const writer = (length: number, buffers?: number) => new ProbeWriter(wall, identity, length, buffers);

  it.each([44, 45, 64, 1400])('writes a STAMP sender packet, filled up to %d bytes', (length) => {
    const base = new Uint8Array(44);
    writeSenderPacket(base, {
      sequence: 0x01020304,
      transmit: { seconds: 1_700_000_001, nanoseconds: 5 },
      ...identity,
    });
    const probe = writer(length).write(0x01020304, instant(1_000_000_005));
    expect(probe).toHaveLength(length);
    expect(probe.subarray(0, 44)).toStrictEqual(base);
  });

  it('offers room for a follow-up where it fits', () => {
    // Flags U, type 7, 16 bytes of value.
    expect([...writer(64).write(0, instant(0)).subarray(44)]).toStrictEqual([0x80, 7, 0, 16, ...Array(16).fill(0)]);
  });

  it.each([undefined, 1, 8])('leaves a probe as it is until so many are written as it has buffers (%s)', (buffers) => {
    const one = writer(64, buffers);
    expect(one.buffers).toBe(buffers ?? 64);
    const first = one.write(0, instant(7));
    const kept = first.slice();
    for (let i = 1; i < one.buffers; i++) one.write(i, instant(i * 1000));
    expect(first).toStrictEqual(kept);
    one.write(one.buffers, instant(0));
    expect(first).not.toStrictEqual(kept);
  });
});
