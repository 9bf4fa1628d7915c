import { endpointText, mapped, unmapped } from './address';

describe('unmapped', () => {
  it.each([
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
    ['::1', '::1'],
    ['2001:db8::ffff:1', '2001:db8::ffff:1'],
    // The same prefix in hexadecimal notation holds no IPv4 text to take out.
    ['::ffff:c000:207', '::ffff:c000:207'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s is %s', (address, plain) => {
    expect(unmapped(address)).toBe(plain);
  });
});

describe('mapped', () => {
  it.each([
    ['192.0.2.7', '::ffff:192.0.2.7'],
    ['::1', '::1'],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ])('%s is %s', (address, six) => {
    expect(mapped(address)).toBe(six);
    expect(unmapped(mapped(address))).toBe(unmapped(address));
  });
});

describe('endpointText', () => {
  it.each([
    ['192.0.2.7', 5, '192.0.2.7:5'],
    ['::1', 65_535, '[::1]:65535'],
  ])('%s and %d', (address, port, text) => {
    expect(endpointText({ address, port })).toBe(text);
  });
});
