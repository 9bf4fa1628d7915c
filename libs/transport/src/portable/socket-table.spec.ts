import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { droppedAt, dropsIn } from './socket-table';

const HEADING_4 =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            ';
const HEADING_6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';
const ANY_4 = '00000000';
const ANY_6 = '0'.repeat(32);

/** A line as proc(5) has it: IPv4 in little-endian hex, the port in plain hex, the drops last, padded with blanks. */
const row = (local: string, drops: number, remote = '00000000:0000'): string =>
  ` 5370: ${local} ${remote} 07 00000000:0002C8E0 00:00000000 00000000     0        0 435715 2 00000000dd10fa58 ${drops}        `;
const table = (heading: string, ...rows: string[]): string => `${[heading, ...rows].join('\n')}\n`;

describe('dropsIn a table of IPv4 sockets', () => {
  // Ports: 0x0035 = 53, 0xB254 = 45652, 0xFF98 = 65432.
  const sockets = table(
    HEADING_4,
    row('0100007F:B254', 397),
    row('0200007F:B254', 11),
    row(`${ANY_4}:0035`, 5),
    row('076433C6:FF98', 0, '096433C6:0035'),
    row('FEFFFFDF:0001', 2),
  );

  it.each([
    ['127.0.0.1', 45_652, [397]],
    ['127.0.0.2', 45_652, [11]],
    ['0.0.0.0', 53, [5]],
    // Of a remote address and port nothing is taken.
    ['198.51.100.7', 65_432, [0]],
    ['198.51.100.9', 53, []],
    ['223.255.255.254', 1, [2]],
    ['1.0.0.127', 45_652, []],
    ['127.0.0.3', 45_652, []],
    ['0.0.0.0', 45_652, []],
    ['127.0.0.1', 53, []],
    ['127.0.0.1', 45_653, []],
    ['127.0.0.1', 0, []],
    // A socket of IPv6 stands in the other table.
    ['::', 45_652, []],
    ['::1', 53, []],
  ])('of %s port %d', (address, port, drops) => {
    expect(dropsIn(sockets, { address, port })).toStrictEqual(drops);
  });

  it('has both of two sockets that share an address', () => {
    const shared = table(HEADING_4, row('0100007F:0007', 1), row('0100007F:0007', 2));
    expect(dropsIn(shared, { address: '127.0.0.1', port: 7 })).toStrictEqual([1, 2]);
  });

  it('takes counts beyond 2^31', () => {
    expect(dropsIn(table(HEADING_4, row('0100007F:0007', 4e9)), { address: '127.0.0.1', port: 7 })).toStrictEqual([
      4e9,
    ]);
  });

  it.each([
    ['nothing', ''],
    ['its heading alone', table(HEADING_4)],
    ['blank lines', `${HEADING_4}\n\n \n`],
  ])('finds nothing in %s', (_, text) => {
    expect(dropsIn(text, { address: '127.0.0.1', port: 45_652 })).toStrictEqual([]);
  });
});

describe('dropsIn a table of IPv6 sockets', () => {
  // ::1 is four words, each in little-endian.
  const sockets = table(
    HEADING_6,
    row(`${ANY_6}:8F1B`, 3, `${ANY_6}:0000`),
    row('00000000000000000000000001000000:0035', 8, `${ANY_6}:0000`),
    // 2001:db8::1 and ::1 share a port; fe80::1:2.
    row('B80D0120000000000000000001000000:0035', 9, `${ANY_6}:0000`),
    row('000080FE000000000000000002000100:0007', 4, `${ANY_6}:0000`),
  );

  it.each([
    ['::', 36_635, [3]],
    ['::1', 53, [8]],
    ['::1', 54, []],
    ['2001:db8::1', 53, [9]],
    ['2001:db8::2', 53, []],
    ['fe80::1:2%eth0', 7, [4]],
    // Not of IPv4, even where the port is the same.
    ['0.0.0.0', 36_635, []],
    ['127.0.0.1', 53, []],
  ])('of %s port %d', (address, port, drops) => {
    expect(dropsIn(sockets, { address, port })).toStrictEqual(drops);
  });
});

it('tells nothing of a socket that does not exist', () => {
  // No socket is bound to port 0.
  expect(droppedAt({ address: '127.0.0.1', port: 0 })).toBeUndefined();
});

it('tells nothing of one of two sockets that share their address: rather no count than that of another', async () => {
  if (!existsSync('/proc/net/udp')) {
    process.stderr.write(`skipped: this ${process.platform} has no table of sockets\n`);
    return;
  }
  const [first, second] = [0, 1].map(() => createSocket({ type: 'udp4', reuseAddr: true }));
  const bound = (socket: typeof first, port: number) =>
    new Promise<number>((resolve) => socket?.bind(port, '127.0.0.1', () => resolve(socket.address().port)));
  try {
    const port = await bound(first, 0);
    expect(droppedAt({ address: '127.0.0.1', port })).toBe(0);
    await bound(second, port);
    expect(droppedAt({ address: '127.0.0.1', port })).toBeUndefined();
  } finally {
    first?.close();
    second?.close();
  }
});
