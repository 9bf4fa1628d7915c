import type { RemoteInfo } from 'node:dgram';
import { pingOf } from '../../e2e/src/documents';
import { datagramSocket, pause, run, serve, until } from '../../e2e/src/harness';
import { expectAsked, expectResult } from '../../e2e/src/result-shape';

// TWAMP-Light written from RFC 5357: section 4.1.2 for the sender, 4.2.1 for the reflector, as nokia/twampy has them.

const UNIX_TO_NTP = 2_208_988_800;
const SENDER_BYTES = 14;
const REFLECTOR_BYTES = 41;
/** What a sender adds, so that request and reply are of one length (section 4.1.2). */
const SYMMETRIC_PADDING = REFLECTOR_BYTES - SENDER_BYTES;
/** nokia/twampy: unsynchronised, with the largest scale and multiplier. */
const ESTIMATE = 0x3fff;

function writeNow(bytes: Buffer, offset: number): void {
  const seconds = (performance.timeOrigin + performance.now()) / 1e3 + UNIX_TO_NTP;
  bytes.writeUInt32BE(Math.floor(seconds), offset);
  bytes.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), offset + 4);
}

function request(sequence: number, padding: number): Buffer {
  const bytes = Buffer.alloc(SENDER_BYTES + padding);
  bytes.writeUInt32BE(sequence, 0);
  writeNow(bytes, 4);
  bytes.writeUInt16BE(ESTIMATE, 12);
  return bytes;
}

function reply(asked: Buffer, sequence: number, receivedAt: Buffer, ttl: number): Buffer {
  const bytes = Buffer.alloc(Math.max(asked.length, REFLECTOR_BYTES));
  bytes.writeUInt32BE(sequence, 0);
  writeNow(bytes, 4);
  bytes.writeUInt16BE(0x0001, 12);
  receivedAt.copy(bytes, 16);
  asked.copy(bytes, 24, 0, SENDER_BYTES);
  bytes[40] = ttl;
  return bytes;
}

describe('TWAMP-Light', () => {
  it.each([
    ['padded to the length of a reply', SYMMETRIC_PADDING],
    ['of a full frame', 1472 - SENDER_BYTES],
  ])('a sender whose requests are %s is answered by udp-server', async (_, padding) => {
    const server = await serve('udp-server');
    const replies: Buffer[] = [];
    const sender = await datagramSocket((bytes) => replies.push(bytes));
    const requests = [0, 1, 2, 3].map((sequence) => request(sequence, padding));
    for (const [i, bytes] of requests.entries()) {
      sender.send(bytes, server.port, '127.0.0.1');
      await until('a reply', () => replies.length > i);
    }
    replies.forEach((bytes, i) => {
      const asked = requests[i] as Buffer;
      expect(bytes).toHaveLength(asked.length);
      expect(bytes.readUInt32BE(0)).toBe(i);
      // Sequence number, timestamp and error estimate of the sender, as they came.
      expect(bytes.subarray(24, 38).equals(asked.subarray(0, SENDER_BYTES))).toBe(true);
      expect(bytes.readUInt16BE(12) & 0xff).toBeGreaterThan(0);
      // T2 and T3 in NTP format, in this order.
      expect(bytes.readBigUInt64BE(4)).toBeGreaterThanOrEqual(bytes.readBigUInt64BE(16));
      expect(Math.abs(bytes.readUInt32BE(16) - UNIX_TO_NTP - Date.now() / 1e3)).toBeLessThan(60);
    });
  });

  it('a sender of 14 bytes (twampy without padding) is not sent more than it sent; udp-server says so and goes on', async () => {
    const server = await serve('udp-server');
    const replies: Buffer[] = [];
    const sender = await datagramSocket((bytes) => replies.push(bytes));
    for (let sequence = 0; sequence < 3; sequence++) sender.send(request(sequence, 0), server.port, '127.0.0.1');
    await server.program.printed(/short/);
    sender.send(request(3, SYMMETRIC_PADDING), server.port, '127.0.0.1');
    await until('a reply', () => replies.length > 0);
    await pause(50);
    expect(replies.map((bytes) => bytes.readUInt32BE(24))).toEqual([3]);
  });

  it.each([
    ['with a TTL', 255],
    ['that leaves the TTL 0', 0],
  ])('a reflector %s is understood by udp-client', async (_, ttl) => {
    let own = 0;
    const reflector = await datagramSocket((asked: Buffer, { address, port }: RemoteInfo) => {
      const receivedAt = Buffer.alloc(8);
      writeNow(receivedAt, 0);
      reflector.send(reply(asked, own++, receivedAt, ttl), port, address);
    });
    const exit = await run('udp-client', '127.0.0.1', reflector.address().port, '-c', '10', '-i', '10ms', '--json');
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const result = pingOf(exit);
    expectResult(result);
    const sent = expectAsked(result, 10);
    expect(result).toMatchObject({
      peer: { protocol: 'twamp-light' },
      probes: { sent, received: sent, lostUp: 0, lostDown: 0 },
      foreignReplies: null,
    });
    expect(result.owd?.up?.count).toBe(sent);
  });
});
