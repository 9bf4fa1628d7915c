import { icmpName, isPortUnreachable, isTooBig, isTtlExceeded } from './icmp';

describe('icmpName', () => {
  // Types and codes from RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1, and RFC 4443 section 3.
  it.each([
    [4, 3, 0, 'network unreachable'],
    [4, 3, 1, 'host unreachable'],
    [4, 3, 2, 'protocol unreachable'],
    [4, 3, 3, 'port unreachable'],
    [4, 3, 4, 'packet too big'],
    [4, 3, 9, 'network administratively prohibited'],
    [4, 3, 10, 'host administratively prohibited'],
    [4, 3, 13, 'administratively prohibited'],
    [4, 11, 0, 'TTL exceeded'],
    [4, 11, 1, 'fragments did not come together in time'],
    [6, 1, 0, 'no route to the destination'],
    [6, 1, 1, 'administratively prohibited'],
    [6, 1, 3, 'host unreachable'],
    [6, 1, 4, 'port unreachable'],
    [6, 2, 0, 'packet too big'],
    [6, 3, 0, 'TTL exceeded'],
    [6, 4, 2, 'parameter problem'],
    [4, 3, 99, 'network unreachable'],
    [4, 99, 7, 'ICMP type 99 code 7'],
  ] as const)('of IPv%d, type %d, code %d is %s', (version, type, code, name) => {
    expect(icmpName({ version, type, code })).toBe(name);
  });
});

it.each([
  [
    'too big',
    isTooBig,
    [
      [4, 3, 4],
      [6, 2, 0],
    ],
  ],
  [
    'TTL exceeded',
    isTtlExceeded,
    [
      [4, 11, 0],
      [6, 3, 0],
    ],
  ],
  [
    'port unreachable',
    isPortUnreachable,
    [
      [4, 3, 3],
      [6, 1, 4],
    ],
  ],
] as const)('%s is told from all else', (_, isIt, expected) => {
  const found: number[][] = [];
  for (const version of [4, 6] as const) {
    for (let type = 0; type < 16; type++) {
      for (let code = 0; code < 16; code++) if (isIt({ version, type, code })) found.push([version, type, code]);
    }
  }
  // RFC 4443 section 3.2: a receiver ignores the code of Packet Too Big.
  expect(found.filter(([version, type, code]) => !(version === 6 && type === 2 && code !== 0))).toStrictEqual(expected);
});
