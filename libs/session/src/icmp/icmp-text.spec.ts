import { type IcmpMessage, TooLargeError } from '@pathgauge/transport';
import { causeText, icmpCounts, icmpText, refusalText } from './icmp-text';

const SENT = { lengthBytes: 1472, peer: { address: '192.0.2.9', port: 7 }, dontFragment: true };
const SENT_6 = { lengthBytes: 1452, peer: { address: 'fe80::9%eth0', port: 7 }, dontFragment: true };
const ROUTER = '10.0.0.1';

type Said = readonly [version: 4 | 6, type: number, code: number, from?: string, mtuBytes?: number];
const messageOf = ([version, type, code, from, mtuBytes]: Said): IcmpMessage => ({
  version,
  type,
  code,
  from,
  mtuBytes,
});
const textOf = (said: Said, sent = SENT): string => icmpText({ error: 'X', icmp: messageOf(said) }, sent);

const LISTENS = 'answers that nobody listens on that UDP port';

describe('icmpText', () => {
  it.each<[Said, string]>([
    [[4, 11, 0, ROUTER], 'TTL exceeded at 10.0.0.1'],
    [[6, 3, 0, 'fd00::1'], 'TTL exceeded at fd00::1'],
    [[4, 11, 0], 'TTL exceeded'],
    [[4, 3, 1, ROUTER], 'host unreachable, says 10.0.0.1'],
    [[4, 3, 13, ROUTER], 'administratively prohibited, says 10.0.0.1'],
    [[6, 1, 0, 'fd00::1'], 'no route to the destination, says fd00::1'],
    [[4, 3, 3, ROUTER], 'port unreachable, says 10.0.0.1'],
    [[4, 3, 3, '192.0.2.9'], `192.0.2.9:7 ${LISTENS}`],
    // 1400 less 20 of IPv4 and 8 of UDP.
    [
      [4, 3, 4, ROUTER, 1400],
      'datagrams of 1472 bytes do not fit: the path takes 1372 (1400 with headers), says 10.0.0.1',
    ],
    [[4, 3, 4, ROUTER], 'datagrams of 1472 bytes do not fit the path, says 10.0.0.1'],
    [[4, 3, 4, ROUTER, 67], 'datagrams of 1472 bytes do not fit the path, says 10.0.0.1'],
  ])('of %j', (said, text) => {
    expect(textOf(said)).toBe(text);
  });

  it('counts the headers of IPv6, and knows a peer by its address and the interface it is on', () => {
    // 1400 less 40 of IPv6 and 8 of UDP.
    expect(textOf([6, 2, 0, 'fd00::1', 1400], SENT_6)).toBe(
      'datagrams of 1452 bytes do not fit: the path takes 1352 (1400 with headers), says fd00::1',
    );
    expect(textOf([6, 1, 4, 'FE80:0::9%eth0'], SENT_6)).toBe(`[fe80::9%eth0]:7 ${LISTENS}`);
    // A twin on another link.
    expect(textOf([6, 1, 4, 'fe80::9%eth1'], SENT_6)).toMatch(/unreachable, says fe80::9%eth1$/);
  });

  it('says that the system cuts what is too big, where that was not forbidden', () => {
    const text = textOf([4, 3, 4, ROUTER, 1400], { ...SENT, dontFragment: false });
    expect(text).toMatch(/says 10\.0\.0\.1; later ones go in fragments$/);
  });

  it.each([
    ['ECONNREFUSED', `192.0.2.9:7 ${LISTENS}`],
    ['EMSGSIZE', 'datagrams of 1472 bytes do not fit the path'],
    ['EHOSTUNREACH', 'sending to 192.0.2.9:7: host unreachable'],
    ['EACCES', 'sending to 192.0.2.9:7: administratively prohibited, by a route or a firewall'],
    ['FURTHER', 'further ICMP messages, of more kinds or routers than are told apart'],
  ])('of %s, of which the system tells no more, invents no address', (error, text) => {
    expect(icmpText({ error, icmp: undefined }, SENT)).toBe(text);
  });
});

describe('causeText', () => {
  it.each<[Said, string]>([
    [[4, 11, 0, ROUTER], 'TTL exceeded at 10.0.0.1'],
    [[4, 3, 4, ROUTER, 1400], 'packet too big, says 10.0.0.1 (MTU 1400)'],
    [[4, 3, 3], 'port unreachable'],
  ])('of %j is short', (said, text) => {
    expect(causeText({ error: 'X', icmp: messageOf(said) }, SENT)).toBe(text);
  });
});

describe('refusalText', () => {
  it('says what would have fitted, where the system says so', () => {
    const told = "datagrams of 1472 bytes do not fit: this host's link takes 1252 (1280 with headers)";
    expect(refusalText(new TooLargeError(1280), SENT)).toBe(told);
    // As it comes from another thread.
    expect(refusalText({ ...new TooLargeError(1280) }, SENT)).toBe(told);
    expect(refusalText(Object.assign(new Error(), { code: 'EMSGSIZE' }), SENT)).toMatch(/do not fit this host's link$/);
  });

  it('says of all else what the system says', () => {
    const error = Object.assign(new Error(), { code: 'ENETUNREACH' });
    expect(refusalText(error, SENT)).toBe('sending to 192.0.2.9:7: network unreachable');
  });
});

describe('icmpCounts', () => {
  it('has every field of a message, and no more than is known of an error', () => {
    const heard = [
      { error: 'EMSGSIZE', icmp: messageOf([4, 3, 4, ROUTER, 1400]), count: 3 },
      { error: 'ECONNREFUSED', icmp: undefined, count: 1 },
    ];
    expect(icmpCounts(heard, 'down', SENT)).toStrictEqual([
      {
        direction: 'down',
        text: 'datagrams of 1472 bytes do not fit: the path takes 1372 (1400 with headers), says 10.0.0.1',
        version: 4,
        type: 3,
        code: 4,
        from: ROUTER,
        mtuBytes: 1400,
        count: 3,
      },
      {
        direction: 'down',
        text: `192.0.2.9:7 ${LISTENS}`,
        version: undefined,
        type: undefined,
        code: undefined,
        from: undefined,
        mtuBytes: undefined,
        count: 1,
      },
    ]);
  });
});
