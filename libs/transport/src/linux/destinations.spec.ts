import { ScriptedNative } from '../../test/linux/scripted-native';
import { Destinations } from './destinations';
import { Memory } from './memory';
import { BATCH, MessageVector } from './message-vector';

const INFO_AT = 8;
// `v4`: struct in_pktinfo: the interface, the address to answer from, the one in the header. `v6`: struct in6_pktinfo: the
// address, the interface.
type Kind = 'v4' | 'v6';

const setUp = () => {
  const native = new ScriptedNative();
  Object.assign(native.calls, { if_indextoname: () => 0 });
  const destinations = new Destinations(native);
  const messages = new MessageVector(native, BATCH, 128);
  const memory = new Memory(native, 48);
  const take = (i: number, kind: Kind, bytes: string): void => {
    memory.bytes.fill(0xee);
    memory.bytes.set(Buffer.from(bytes, 'hex'), INFO_AT);
    if (kind === 'v4') destinations.take4(i, memory, INFO_AT);
    else destinations.take6(i, memory, INFO_AT);
  };
  /** The control message that a reply to `i` has: level, type, length, data. */
  const answer = (i: number): string => {
    messages.readyToReceive(3, 0);
    messages.clearControl(3);
    destinations.answerFrom(i, messages, 3);
    const at = messages.firstControl(3);
    const length = messages.memory.u32(3 * 64 + 40);
    if (length === 0) return 'none';
    const bytes = messages.memory.u32(at) - 16;
    const data = messages.memory.bytes.subarray(messages.controlData(at), messages.controlData(at) + bytes);
    return `${messages.controlLevel(at)} ${messages.controlType(at)} ${Buffer.from(data).toString('hex')}`;
  };
  return { destinations, take, answer };
};

describe('Destinations', () => {
  const own = '20010db8000000000000000000000007';
  const linkLocal = 'fe800000000000000000000000000007';

  it.each([
    // An address of one's own, asked by its name: level 0, type 8; no interface, so that the way back is the system's choice.
    ['v4', '02000000c0000207c0000207', '192.0.2.7', '0 8 00000000c000020700000000'],
    // A broadcast: the header's address is not that to answer from.
    ['v4', '02000000c0000207c00002ff', '192.0.2.7', '0 8 00000000c000020700000000'],
    ['v4', '0200000000000000c00002ff', undefined, 'none'],
    // Level 41, type 50.
    ['v6', `${own}02000000`, '2001:db8::7', `41 50 ${own}00000000`],
    ['v6', `${linkLocal}02000000`, 'fe80::7%2', `41 50 ${linkLocal}02000000`],
    // febf is the last of fe80::/10.
    ['v6', `febf${linkLocal.slice(4)}02000000`, 'febf::7%2', `41 50 febf${linkLocal.slice(4)}02000000`],
    ['v6', `fec0${linkLocal.slice(4)}02000000`, 'fec0::7', `41 50 fec0${linkLocal.slice(4)}00000000`],
    // All nodes of the link; and what IPv4 brings to a socket of both families, where the other message tells.
    ['v6', 'ff02000000000000000000000000000102000000', undefined, 'none'],
    ['v6', '00000000000000000000ffffc00002ff02000000', undefined, 'none'],
    ['v6', '0000000000000000000000000000000101000000', '::1', '41 50 0000000000000000000000000000000100000000'],
  ] as const)('of %s %s: %s', (kind, info, text, control) => {
    const { destinations, take, answer } = setUp();
    take(5, kind, info);
    expect(destinations.text(5)).toBe(text);
    expect(answer(5)).toBe(control);
    destinations.clear();
    expect([destinations.text(5), answer(5)]).toStrictEqual([undefined, 'none']);
  });

  it('are the same where family, address and interface are', () => {
    const { destinations, take } = setUp();
    const infos = [
      ['v4', '02000000c0000207c0000207'],
      ['v4', '02000000c0000208c0000208'],
      ['v6', `${own}02000000`],
      ['v6', `${linkLocal}02000000`],
      ['v6', `${linkLocal}03000000`],
    ] as const;
    // What the places held before is forgotten.
    for (const i of infos.keys()) take(i, 'v6', `${linkLocal}09000000`);
    destinations.clear();
    for (const [i, [kind, info]] of infos.entries()) {
      take(i, kind, info);
      take(10 + i, kind, info);
    }
    for (const i of infos.keys()) {
      for (const k of infos.keys()) {
        expect(destinations.isCopy(destinations.copy(10 + k), i)).toBe(i === k);
      }
    }
  });
});
