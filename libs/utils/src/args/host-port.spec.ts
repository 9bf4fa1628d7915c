import { parseHostPort } from './host-port';
import { UsageError } from './quantities';

describe('parseHostPort', () => {
  it.each<[string, string, string | undefined]>([
    ['host', 'host', undefined],
    ['host.example:5201', 'host.example', '5201'],
    ['192.0.2.7', '192.0.2.7', undefined],
    ['192.0.2.7:862', '192.0.2.7', '862'],
    ['::1', '::1', undefined],
    ['::', '::', undefined],
    ['fe80::1', 'fe80::1', undefined],
    ['fe80::1%eth0', 'fe80::1%eth0', undefined],
    // Not port 5201: a bare IPv6 address has none.
    ['2001:db8::5201', '2001:db8::5201', undefined],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', undefined],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7', undefined],
    ['[::1]', '::1', undefined],
    ['[::1]:5201', '::1', '5201'],
    ['[fe80::1%2]:5201', 'fe80::1%2', '5201'],
    [' host ', 'host', undefined],
    // What is no port is for who reads the port to say.
    ['host:', 'host', ''],
    ['host:http', 'host', 'http'],
  ])('%s', (text, host, port) => {
    expect(parseHostPort(text)).toStrictEqual({ host, port });
  });

  it.each<[string, RegExp]>([
    ['', /the host is empty/],
    ['  ', /the host is empty/],
    [':5201', /the host is empty/],
    ['[]:5201', /only an IPv6 address/],
    ['[192.0.2.7]:5201', /only an IPv6 address/],
    ['[host]', /only an IPv6 address/],
    ['[::1]5201', /neither|only/],
    ['::1:2::3', /neither host:port nor an IPv6 address/],
    ['host:1:2', /neither host:port nor an IPv6 address/],
    ['[::1', /neither host:port/],
    ['two hosts', /'two hosts' is not a host/],
    ['tab\there', /is not a host/],
    ['nul\0', /is not a host/],
    ['http://host', /neither|not a host|port/],
    ['host/24', /is not a host/],
    ['5201', /for a port write -p 5201/],
    ['5201:5201', /for a port write -p 5201/],
  ])('%j is refused', (text, words) => {
    const attempt = (): unknown => {
      const { port } = parseHostPort(text);
      // One colon: what follows is no port.
      if (port !== undefined && !/^\d+$/.test(port)) throw new UsageError('not a port');
      return port;
    };
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(words);
  });
});
