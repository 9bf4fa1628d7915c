import { ScriptedNative } from '../../test/linux/scripted-native';
import { errorNumberAt, icmpMessageAt, infoAt, originAt } from './extended-error';
import { Memory } from './memory';

const AT = 16;

/** struct sock_extended_err (16 bytes: errno, origin, type, code, pad, info, data) with a sockaddr behind it. */
function memoryOf(hex: string): Memory {
  const memory = new Memory(new ScriptedNative(), AT + 48);
  memory.bytes.set(Buffer.from(hex.replace(/ /g, ''), 'hex'), AT);
  return memory;
}

describe('an extended error', () => {
  it.each([
    // EMSGSIZE (90), origin ICMP (2), type 3, code 4, MTU 1400; a sockaddr_in of 192.0.2.1.
    [
      '5a000000 02 03 04 00 78050000 00000000 0200 0000 c0000201 0000000000000000',
      { version: 4, type: 3, code: 4, from: '192.0.2.1', mtuBytes: 1_400 },
    ],
    // An old router: no MTU.
    [
      '5a000000 02 03 04 00 00000000 00000000 0200 0000 c0000201 0000000000000000',
      { version: 4, type: 3, code: 4, from: '192.0.2.1', mtuBytes: undefined },
    ],
    // ECONNREFUSED (111): what stands in the place of the MTU is none.
    [
      '6f000000 02 03 03 00 78050000 00000000 0200 0000 c0000201 0000000000000000',
      { version: 4, type: 3, code: 3, from: '192.0.2.1', mtuBytes: undefined },
    ],
    // EHOSTUNREACH (113) from ICMPv6 (3), type 3 code 0; a sockaddr_in6 of 2001:db8::1.
    [
      '71000000 03 03 00 00 00000000 00000000 0a00 0000 00000000 20010db8000000000000000000000001 00000000',
      { version: 6, type: 3, code: 0, from: '2001:db8::1', mtuBytes: undefined },
    ],
    // Nobody knows who sent it.
    [
      '71000000 02 0b 00 00 00000000 00000000 0000 0000 00000000 0000000000000000',
      { version: 4, type: 11, code: 0, from: undefined, mtuBytes: undefined },
    ],
  ])('%s', (hex, message) => {
    expect(icmpMessageAt(memoryOf(hex), AT, new ScriptedNative())).toStrictEqual(message);
  });

  it('has its number, its origin and what that means with it', () => {
    const memory = memoryOf('5a000000 04 00 00 00 01000000 00000000');
    expect([errorNumberAt(memory, AT), originAt(memory, AT), infoAt(memory, AT)]).toStrictEqual([90, 4, 1]);
  });
});
