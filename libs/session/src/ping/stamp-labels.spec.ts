import { STAMP_LABELS } from './stamp-labels';

const bytes = Uint8Array.from({ length: 44 }, (_, i) => i);

describe('STAMP_LABELS', () => {
  it('has that of a probe at byte 14, wherever the probe begins, where there is enough of it', () => {
    expect(STAMP_LABELS.ofProbe(bytes, 0)).toBe(0x0e0f);
    expect(STAMP_LABELS.ofProbe(bytes, 10)).toBe(0x1819);
    expect(STAMP_LABELS.ofProbe(bytes.subarray(0, 16), 0)).toBe(0x0e0f);
    expect(STAMP_LABELS.ofProbe(bytes.subarray(0, 15), 0)).toBe(-1);
  });

  it('has that of a reply at byte 14 or, with some reflectors, at byte 38', () => {
    // RFC 8972 section 3: bytes 14 and 15. Behind the sender's Error Estimate at 36 are two bytes that must be zero.
    expect([0, 1, 2].map((place) => STAMP_LABELS.ofReply(bytes, place))).toStrictEqual([0x0e0f, 0x2627, -1]);
    expect(STAMP_LABELS.ofReply(bytes.subarray(0, 39), 1)).toBe(-1);
  });
});
