import fc from 'fast-check';
import { describeHere } from '../../test/linux/altered-native';
import { ScriptedNative } from '../../test/linux/scripted-native';
import { ipv6Text } from '../address-bytes';
import { Memory } from './memory';
import { ADDRESS_BYTES, readAddress, writeAddress } from './socket-address';
import type { Native } from './system-calls';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Addresses as they are in the wild: with runs of zeros. */
const sparse = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));

describe('a sockaddr', () => {
  const native = new ScriptedNative();
  /** What `writeAddress` writes at 8 into memory full of ones. */
  const written = (address: string, port: number, family: 4 | 6, on: Native = native): string => {
    const memory = new Memory(on, 48);
    memory.bytes.fill(0xff);
    const length = writeAddress(on, memory, 8, { address, port }, family);
    expect(hex(memory.bytes.subarray(0, 8))).toBe('ffffffffffffffff');
    expect(hex(memory.bytes.subarray(8 + ADDRESS_BYTES))).toMatch(/^(ff)*$/);
    return hex(memory.bytes.subarray(8, 8 + length));
  };
  const read = (bytes: string): { address: string; port: number } => {
    const memory = new Memory(native, 48);
    memory.bytes.set(Buffer.from(bytes, 'hex'), 8);
    return readAddress(memory, 8);
  };

  // sockaddr_in: family (host order), port (network order), address, eight zeros.
  it.each([
    ['192.0.2.7', 0x1234, '02001234c00002070000000000000000'],
    ['255.255.255.255', 65_535, '0200ffffffffffff0000000000000000'],
    ['0.0.0.0', 0, '02000000000000000000000000000000'],
  ])('of IPv4: %s port %d', (address, port, bytes) => {
    expect(written(address, port, 4)).toBe(bytes);
    expect(read(bytes)).toStrictEqual({ address, port });
  });

  // sockaddr_in6: family, port, flow information, address, scope id (host order).
  it.each([
    ['2001:db8::1', 0x1234, `0a001234${'00000000'}20010db8000000000000000000000001${'00000000'}`],
    ['fe80::1%7', 80, `0a000050${'00000000'}fe800000000000000000000000000001${'07000000'}`],
    ['fe80::1%70000', 80, `0a000050${'00000000'}fe800000000000000000000000000001${'70110100'}`],
    // An IPv4 address on a socket of IPv6.
    ['192.0.2.7', 258, `0a000102${'00000000'}00000000000000000000ffffc0000207${'00000000'}`],
  ])('of IPv6: %s port %d', (address, port, bytes) => {
    expect(written(address, port, 6)).toBe(bytes);
    expect(read(bytes)).toStrictEqual({ address, port });
  });

  it('of every address and port comes back as it was', () => {
    const address = fc.oneof(fc.ipV4(), sixteen.map(ipv6Text), sparse.map(ipv6Text));
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 65_535 }), (from, port) => {
        const back = read(written(from, port, 6));
        expect(back).toStrictEqual({ address: from.replace(/^::ffff:(?=.*\.)/, ''), port });
      }),
    );
  });

  describeHere('with a zone by name', (real) => {
    it('has the number of the interface: the loopback device is the first', () => {
      const bytes = written('fe80::1%lo', 1, 6, real);
      expect(bytes.slice(-8)).toBe('01000000');
      const memory = new Memory(native, 48);
      memory.bytes.set(Buffer.from(bytes, 'hex'), 8);
      expect(readAddress(memory, 8, real).address).toBe('fe80::1%lo');
      expect(readAddress(memory, 8).address).toBe('fe80::1%1');
    });

    it('keeps the number of an interface that is gone', () => {
      const memory = new Memory(native, 48);
      memory.bytes.set(Buffer.from(written('fe80::1%2000000000', 1, 6), 'hex'), 8);
      expect(readAddress(memory, 8, real).address).toBe('fe80::1%2000000000');
    });

    it('is refused for an interface that is not there', () => {
      expect(() => written('fe80::1%no-such', 1, 6, real)).toThrow(
        expect.objectContaining({ code: 'ENODEV', message: expect.stringContaining('no-such') }),
      );
    });
  });
});
