import fc from 'fast-check';
import { describeHere } from '../../test/linux/altered-native';
import { ScriptedNative } from '../../test/linux/scripted-native';
import { Memory } from './memory';

describe('Memory', () => {
  const memory = new Memory(new ScriptedNative(), 21);
  const view = new DataView(memory.bytes.buffer);

  it('is rounded up to whole words of 64 bits, and zero', () => {
    expect(memory.bytes).toStrictEqual(new Uint8Array(24));
    expect(new Memory(new ScriptedNative(), 24).bytes).toHaveLength(24);
  });

  it('holds numbers in the byte order of the host', () => {
    memory.setU16(2, 0x1234);
    memory.setU32(4, 0xfedc_ba98);
    memory.setU64(8, 0x1_2345_6789_abcd);
    expect(Buffer.from(memory.bytes).toString('hex')).toBe('0000341298badcfecdab8967452301000000000000000000');
    expect([memory.u16(2), memory.u32(4), memory.i64(8)]).toStrictEqual([0x1234, 0xfedc_ba98, 0x1_2345_6789_abcd]);
  });

  it.each([0, -1, -(2 ** 32), -(2 ** 32) - 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1])(
    'reads %d',
    (value) => {
      view.setBigInt64(16, BigInt(value), true);
      expect(memory.i64(16)).toBe(value);
    },
  );

  it('reads every signed number as it is, and writes those that are not negative', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        view.setBigInt64(0, BigInt(value), true);
        expect(memory.i64(0)).toBe(value);
        if (value < 0) return;
        memory.setU64(8, value);
        expect(view.getBigInt64(8, true)).toBe(BigInt(value));
      }),
    );
  });

  describeHere('that the system writes into', (native) => {
    it('lies where its address says', () => {
      const time = new Memory(native, 16);
      expect(native.calls.clock_gettime(0, time.address)).toBe(0);
      expect(Math.abs(time.i64(0) - Date.now() / 1e3)).toBeLessThan(2);
      expect(native.calls.clock_gettime(0, time.address + 0)).toBe(0);
    });
  });
});
