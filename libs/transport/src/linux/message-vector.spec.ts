import fc from 'fast-check';
import { ScriptedNative } from '../../test/linux/scripted-native';
import { MessageVector, NAME_BYTES } from './message-vector';

// From include/linux/socket.h and bits/socket.h on a 64-bit system. struct mmsghdr is 64 bytes:
//   0 msg_name  8 msg_namelen  16 msg_iov  24 msg_iovlen  32 msg_control  40 msg_controllen  48 msg_flags  56 msg_len
// struct iovec: 0 iov_base  8 iov_len. struct cmsghdr: 0 cmsg_len (u64)  8 cmsg_level  12 cmsg_type  16 data.
const MMSGHDR = 64;

function vectorOf(count: number, controlBytes: number) {
  const native = new ScriptedNative();
  const vector = new MessageVector(native, count, controlBytes);
  const at = (address: number) => native.view(address);
  const u64 = (address: number): number => Number(at(address).getBigUint64(0, true));
  const header = (i: number): number => vector.address + i * MMSGHDR;
  return {
    native,
    vector,
    header,
    u64,
    u32: (address: number): number => at(address).getUint32(0, true),
    setU32: (address: number, value: number): void => at(address).setUint32(0, value, true),
    setU64: (address: number, value: number): void => at(address).setBigUint64(0, BigInt(value), true),
    visits: (i: number) => {
      const seen: { level: number; type: number; value: number; data: number }[] = [];
      const end = vector.controlEnd(i);
      for (let at = vector.firstControl(i); at < end; at = vector.nextControl(at, end)) {
        const data = vector.controlData(at);
        seen.push({
          level: vector.controlLevel(at),
          type: vector.controlType(at),
          value: vector.memory.u32(data),
          data: vector.address + data,
        });
        if (seen.length > 1_000) throw new Error('it loops');
      }
      return seen;
    },
  };
}

describe('MessageVector', () => {
  it('lays out headers one after the other, each with one piece of payload', () => {
    const { vector, header, u64 } = vectorOf(3, 64);
    for (let i = 0; i < 3; i++) {
      expect(vector.addressFrom(i)).toBe(header(i));
      vector.setPayload(i, 0x7fff_1234_5678 + i, 1400 + i);
      expect(u64(header(i) + 24)).toBe(1);
      const iovec = u64(header(i) + 16);
      expect([u64(iovec), u64(iovec + 8)]).toStrictEqual([0x7fff_1234_5678 + i, 1400 + i]);
    }
  });

  it('has a name where it is wanted, and none where not', () => {
    const { vector, header, u64, u32 } = vectorOf(2, 0);
    vector.setName(1, 28);
    expect(u64(header(1))).toBe(vector.address + vector.nameAt(1));
    expect([u32(header(1) + 8), vector.nameLength(1)]).toStrictEqual([28, 28]);
    vector.setName(1, 0);
    expect([u64(header(1)), u32(header(1) + 8)]).toStrictEqual([0, 0]);
  });

  it('is made ready again after the system has written its lengths and flags', () => {
    const { vector, header, u64, u32, setU32, setU64 } = vectorOf(2, 96);
    vector.readyToReceive(1, NAME_BYTES);
    const before = Array.from({ length: 7 }, (_, word) => u64(header(1) + 8 * word));
    setU32(header(1) + 8, 16);
    setU64(header(1) + 40, 24);
    setU32(header(1) + 48, 0x20);
    setU32(header(1) + 56, 1234);
    expect(vector.transferred(1)).toBe(1234);
    vector.readyToReceive(1, NAME_BYTES);
    expect(Array.from({ length: 7 }, (_, word) => u64(header(1) + 8 * word))).toStrictEqual(before);
    expect([u32(header(1) + 8), u64(header(1) + 40)]).toStrictEqual([32, 96]);
  });

  it('keeps names, payloads and control data of its messages apart', () => {
    const { vector, header, u64 } = vectorOf(4, 48);
    const places: [number, number][] = [];
    for (let i = 0; i < 4; i++) {
      vector.readyToReceive(i, NAME_BYTES);
      places.push([header(i), MMSGHDR], [u64(header(i)), 32], [u64(header(i) + 16), 16], [u64(header(i) + 32), 48]);
    }
    places.sort(([a], [b]) => a - b);
    places.forEach(([begin], i) => {
      const [before, length] = places[i - 1] ?? [0, 0];
      expect(begin).toBeGreaterThanOrEqual(before + length);
      // The control data must be aligned as its headers are.
      expect(begin % 8).toBe(0);
    });
    const last = places.at(-1) as [number, number];
    expect(last[0] + last[1]).toBeLessThanOrEqual(vector.address + vector.memory.bytes.length);
  });

  it('writes control messages as the kernel reads them', () => {
    const { vector, header, u64, u32 } = vectorOf(2, 64);
    vector.clearControl(1);
    expect([u64(header(1) + 32), u64(header(1) + 40)]).toStrictEqual([0, 0]);
    vector.addControl(1, 41, 67, 184);
    vector.addControl(1, 1, 37, 0x102);
    const control = u64(header(1) + 32);
    // CMSG_LEN(4) is 20, CMSG_SPACE(4) is 24.
    expect([u64(control), u32(control + 8), u32(control + 12), u32(control + 16)]).toStrictEqual([20, 41, 67, 184]);
    expect([u64(control + 24), u32(control + 32), u32(control + 36), u32(control + 40)]).toStrictEqual([
      20, 1, 37, 0x102,
    ]);
    expect(u64(header(1) + 40)).toBe(48);
    vector.clearControl(1);
    expect(u64(header(1) + 40)).toBe(0);
  });

  it('reads back what it wrote', () => {
    const control = fc.record(
      { level: fc.nat(300), type: fc.nat(300), value: fc.nat(2 ** 31 - 1) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(control, { maxLength: 10 }), fc.array(control, { maxLength: 10 }), (first, second) => {
        const { vector, visits } = vectorOf(2, 256);
        for (let i = 0; i < 2; i++) vector.clearControl(i);
        for (const [i, all] of [first, second].entries()) {
          for (const { level, type, value } of all) vector.addControl(i, level, type, value);
        }
        expect(visits(0).map(({ data: _, ...rest }) => rest)).toStrictEqual(first);
        expect(visits(1).map(({ data: _, ...rest }) => rest)).toStrictEqual(second);
      }),
    );
  });

  it('finds data of any length, each aligned to eight bytes', () => {
    const { vector, header, u64, setU64, setU32, visits } = vectorOf(1, 96);
    vector.readyToReceive(0, 0);
    const control = u64(header(0) + 32);
    // One byte (IP_TOS comes so), then three 16-byte times (SCM_TIMESTAMPING), then nothing more.
    for (const [at, length, level, type] of [
      [0, 17, 0, 1],
      [24, 64, 1, 37],
    ] as const) {
      setU64(control + at, length);
      setU32(control + at + 8, level);
      setU32(control + at + 12, type);
    }
    setU64(header(0) + 40, 88);
    expect(visits(0).map(({ level, type, data }) => [level, type, data])).toStrictEqual([
      [0, 1, control + 16],
      [1, 37, control + 40],
    ]);
  });

  it('stops at what is no length of a control message', () => {
    const lengths = fc.oneof(fc.nat(40), fc.integer({ min: 2 ** 31 - 16, max: 2 ** 32 - 1 }), fc.nat(2 ** 32 - 1));
    fc.assert(
      fc.property(lengths, lengths, fc.nat(96), (first, second, used) => {
        const { vector, header, u64, setU64, visits } = vectorOf(2, 96);
        vector.readyToReceive(1, 0);
        const control = u64(header(1) + 32);
        setU64(control, first);
        if (first < 80) setU64(control + ((first + 7) & ~7), second);
        setU64(header(1) + 40, used);
        expect(visits(1).length).toBeLessThanOrEqual(Math.floor(used / 16));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([0, 1, 15, 2 ** 31, 2 ** 32 - 16, 2 ** 32 - 8, 2 ** 32 - 7, 2 ** 32 - 1])(
    'does not go round for a length of %d',
    (length) => {
      const { vector, header, u64, setU64, visits } = vectorOf(1, 96);
      vector.readyToReceive(0, 0);
      const control = u64(header(0) + 32);
      for (let at = 0; at < 96; at += 16) setU64(control + at, length);
      expect(visits(0).length).toBeLessThanOrEqual(1);
    },
  );
});
