import { networkInterfaces } from 'node:os';
import { TransportError } from './errors';
import { canonicalAddress, isOwnAddress, isSameAddress, resolve } from './names';

const entry = (address: string, scopeid: number) => ({ address, family: 'IPv6', scopeid });
const INTERFACES = {
  lo: [{ address: '127.0.0.1', family: 'IPv4' }, entry('::1', 0)],
  // A twin of fe80::7 lives on the link of eth1, where this host is fe80::8.
  eth0: [{ address: '192.0.2.7', family: 'IPv4' }, entry('2001:db8::7', 0), entry('fe80::7', 3)],
  eth1: [entry('fe80::8', 12)],
  'br-lan.7': [entry('fe80::9', 4)],
  wg_home: [entry('fe80::a', 5)],
  tun0: [{ address: '10.0.0.1', family: 'IPv4' }],
};
jest.mock('node:os', () => ({ networkInterfaces: jest.fn() }));
beforeEach(() => (networkInterfaces as jest.Mock).mockReturnValue(INTERFACES));

describe('canonicalAddress', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:C000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['FE80:0::1%3', 'fe80::1%eth0'],
    ['fe80::1%12', 'fe80::1%eth1'],
    ['fe80::1%br-lan.7', 'fe80::1%br-lan.7'],
    ['ff02::1%3', 'ff02::1%eth0'],
    // A zone means nothing there.
    ['2001:db8::7%eth0', '2001:db8::7'],
    ['2001:db8::7%99', '2001:db8::7'],
    ['::1%lo', '::1'],
    ['host.example', 'host.example'],
  ])('%s is %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
    expect(canonicalAddress(address)).toBe(address);
  });

  it.each([
    ['fe80::1', 'EINVAL', /^fe80::1 needs the interface that it is on, as in fe80::1%eth0$/],
    ['fe80::1%no-such', 'ENODEV', /no interface no-such/],
    ['2001:db8::7%no-such', 'ENODEV', /no interface no-such/],
    ['fe80::1%99', 'ENODEV', /no interface 99/],
    ['fe80::1%0', 'ENODEV', /no interface 0/],
    ['fe80::1%', 'ENODEV', /no interface /],
    [
      '169.254.0.1%eth0',
      'EINVAL',
      /^169\.254\.0\.1%eth0: an IPv4 address has no interface behind it; write 169\.254\.0\.1$/,
    ],
    ['fe80::1%tun0', 'ENODEV', /no interface tun0 that is up and has a link-local address/],
    ['fe80::1%5', 'EINVAL', /Node cannot use an interface of the name wg_home/],
  ])('%s is refused in one line', (text, code, message) => {
    const failure = ((): unknown => {
      try {
        return canonicalAddress(text);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(TransportError);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('isSameAddress', () => {
  it.each([
    ['fe80::7%3', 'fe80::7%eth0', true],
    ['FE80:0:0::7%eth0', 'fe80::7%eth0', true],
    ['fe80::7%eth0', 'fe80::7%eth1', false],
    ['fe80::7%3', 'fe80::7%12', false],
    ['fe80::7%3', 'fe80::7%4', false],
    ['fe80::7', 'fe80::7%eth0', false],
    ['::ffff:192.0.2.7', '192.0.2.7', true],
    ['::ffff:c000:207', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['2001:db8::7', '2001:DB8::0:7', true],
    ['2001:db8::7', '2001:db8::8', false],
    // An interface that is gone is another than every one that is there.
    ['fe80::7%gone0', 'fe80::7%gone0', true],
    ['fe80::7%gone0', 'fe80::7%eth0', false],
  ])('%s and %s: %p', (one, other, same) => {
    expect(isSameAddress(one, other)).toBe(same);
    expect(isSameAddress(other, one)).toBe(same);
  });
});

describe('isOwnAddress', () => {
  it.each([
    ['fe80::7%eth0', true],
    ['fe80::7%3', true],
    ['FE80::0:7%3', true],
    ['fe80::7%eth1', false],
    ['fe80::7%12', false],
    ['fe80::7', false],
    ['fe80::8%eth1', true],
    ['192.0.2.7', true],
    ['::ffff:192.0.2.7', true],
    ['::ffff:127.0.0.9', true],
    ['2001:DB8::7', true],
    ['2001:db8::7%eth1', true],
    ['2001:db8::8', false],
    ['192.0.2.8', false],
  ])('%s: %p', (address, own) => {
    expect(isOwnAddress(address)).toBe(own);
  });

  it('is not claimed where the system does not tell', () => {
    (networkInterfaces as jest.Mock).mockImplementation(() => {
      throw new Error('too many open files');
    });
    expect(['fe80::7%eth0', '192.0.2.7', '127.0.0.1'].map(isOwnAddress)).toStrictEqual([false, false, true]);
  });

  it('asks the system twice at the most, however many interfaces there are', () => {
    (networkInterfaces as jest.Mock).mockClear();
    isOwnAddress('fe80::77%3');
    expect((networkInterfaces as jest.Mock).mock.calls.length).toBeLessThanOrEqual(2);
  });
});

describe('resolve', () => {
  it.each([
    ['FE80::1%3', undefined, 'fe80::1%eth0'],
    ['fe80::1%eth0', 6, 'fe80::1%eth0'],
    ['::ffff:192.0.2.9', undefined, '192.0.2.9'],
    ['::ffff:192.0.2.9', 4, '192.0.2.9'],
  ] as const)('%s, IPv%p: %s', async (host, family, address) => {
    expect(await resolve(host, family)).toStrictEqual([address]);
  });

  it.each(['fe80::1%no-such', 'fe80::1', 'fe80::1%wg_home'])('refuses %s', async (host) => {
    await expect(resolve(host, undefined)).rejects.toBeInstanceOf(TransportError);
  });
});
