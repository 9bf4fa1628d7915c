import { knownPathMtu, pathMtuOf } from './path-mtu';

const tooBig = (from: string, mtuBytes: number | undefined) => ({
  error: 'EMSGSIZE',
  icmp: { version: 4 as const, type: 3, code: 4, from, mtuBytes },
  count: 1,
});

describe('knownPathMtu', () => {
  it.each([
    ['nobody knows', undefined, [], undefined],
    ['the system knows', 1500, [], { bytes: 1500, from: undefined }],
    ['a router has said it, which the system remembers', 1400, [tooBig('a', 1400)], { bytes: 1400, from: 'a' }],
    ['two routers, one behind the other', 1300, [tooBig('a', 1400), tooBig('b', 1300)], { bytes: 1300, from: 'b' }],
    ['the system knows of less than routers say', 1280, [tooBig('a', 1400)], { bytes: 1280, from: undefined }],
    ['a router, and the system does not tell', undefined, [tooBig('a', 1400)], { bytes: 1400, from: 'a' }],
    ['a router does not say what fits', 1500, [tooBig('a', undefined)], { bytes: 1500, from: undefined }],
    ['what no link takes is said', 1500, [tooBig('a', 67)], { bytes: 1500, from: undefined }],
  ])('%s', (_, system, heard, expected) => {
    expect(knownPathMtu(system, heard)).toStrictEqual(expected);
  });
});

describe('pathMtuOf', () => {
  const sent = { lengthBytes: 1400, peer: { address: '192.0.2.1', port: 1 }, dontFragment: true };
  const six = { ...sent, peer: { address: '2001:db8::1', port: 1 } };
  const remembered = { bytes: 1300, from: undefined };
  const said = { bytes: 1300, from: 'a' };

  it.each([
    ['leaves room for the headers of IPv4', remembered, sent, 0, { ...remembered, payloadBytes: 1272 }],
    ['leaves room for the headers of IPv6', remembered, six, 0, { ...remembered, payloadBytes: 1252 }],
    ['believes what arrived uncut', remembered, sent, 1, { bytes: 1428, payloadBytes: 1400, from: undefined }],
    [
      'does not believe what may have been cut',
      remembered,
      { ...sent, dontFragment: false },
      1,
      { ...remembered, payloadBytes: 1272 },
    ],
    ['believes a router that said otherwise in this run', said, sent, 1, { ...said, payloadBytes: 1272 }],
    ['knows nothing of what nobody knows', undefined, sent, 1, undefined],
  ])('%s', (_, known, datagrams, received, expected) => {
    expect(pathMtuOf(known, datagrams, received)).toStrictEqual(expected);
  });
});
