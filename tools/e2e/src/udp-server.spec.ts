import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { eventsOf, pingOf } from './documents';
import { bounded, datagramSocket, pause, run, type Server, serve, start, whereIpv6 } from './harness';
import { TRANSPORTS } from './linux-works';
import { expectAsked } from './result-shape';
import { ntp, readReply, stampReply, stampRequest, wallNs } from './stamp';

/** A socket that asks and collects what comes back. */
class Asker {
  readonly replies: Buffer[] = [];
  readonly socket: Socket;
  readonly #server: Server;
  #wake = (): void => {};

  private constructor(socket: Socket, server: Server) {
    this.socket = socket;
    this.#server = server;
    socket.on('message', (reply: Buffer) => {
      this.replies.push(reply);
      this.#wake();
    });
  }

  static async open(server: Server, address = '127.0.0.1'): Promise<Asker> {
    return new Asker(await datagramSocket(undefined, address), server);
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.#server.port, this.socket.address().address);
  }

  /** The answer to one request. */
  async ask(bytes: Uint8Array): Promise<Buffer> {
    const before = this.replies.length;
    this.send(bytes);
    const answered = async (): Promise<Buffer> => {
      while (this.replies.length === before) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      return this.replies[before] as Buffer;
    };
    return bounded('reply', answered(), 5_000);
  }
}

it('answers a STAMP request field by field', async () => {
  const server = await serve('udp-server');
  const asker = await Asker.open(server);
  // The vector of a sender at Unix 1 700 000 000.5, worked out by hand.
  const request = Buffer.from(`00000007e8fe6f80800000008f841234${'00'.repeat(28)}`, 'hex');
  const before = ntp(wallNs() - 2_000_000_000n);
  const bytes = await asker.ask(request);
  const reply = readReply(bytes);
  expect(bytes).toHaveLength(44);
  expect(reply).toMatchObject({
    ssid: 0x1234,
    senderSequence: 7,
    senderTransmit: 0xe8fe6f8080000000n,
    senderErrorEstimate: 0x8f84,
    zero: 0,
  });
  expect(bytes.subarray(41, 44)).toEqual(Buffer.alloc(3));
  expect(reply.errorEstimate & 0xff).not.toBe(0);
  // NTP format, and no claim to be synchronised.
  expect(reply.errorEstimate & 0xc000).toBe(0);
  expect(reply.receive <= reply.transmit).toBe(true);
  expect(reply.receive > before && reply.transmit < ntp(wallNs() + 2_000_000_000n)).toBe(true);
});

it('counts for itself in each session of address, port and SSID', async () => {
  const server = await serve('udp-server');
  const [one, other] = await Promise.all([Asker.open(server), Asker.open(server)]);
  const sequenceFor = async (asker: Asker, sequence: number, ssid: number) =>
    readReply(await asker.ask(stampRequest({ sequence, ssid }))).sequence;
  const first = await sequenceFor(one, 100, 1);
  expect(await sequenceFor(one, 105, 1)).toBe(first + 1);
  expect(await sequenceFor(one, 300, 2)).toBe(first);
  expect(await sequenceFor(other, 900, 1)).toBe(first);
  expect(await sequenceFor(one, 4_294_967_295, 1)).toBe(first + 2);
  expect(await sequenceFor(other, 7, 1)).toBe(first + 1);
  // Number 0, sent later than what came before: a run that begins.
  expect(await sequenceFor(other, 0, 1)).toBe(first);
  expect((await server.program.interrupt()).stdout).toContain('probes answered 7 in 4 sessions');
});

whereIpv6()('answers over IPv6 on the same port', async () => {
  const server = await serve('udp-server');
  const asker = await Asker.open(server, '::1');
  expect(readReply(await asker.ask(stampRequest({ sequence: 3, ssid: 77 })))).toMatchObject({
    senderSequence: 3,
    ssid: 77,
  });
});

it('copies TLVs back and flags what it does not know', async () => {
  const server = await serve('udp-server');
  const asker = await Asker.open(server);
  const padding = Buffer.from('8001000401020304', 'hex');
  const unknown = Buffer.from('80f00003aabbcc', 'hex');
  const followUp = Buffer.concat([Buffer.from('8007001000', 'hex'), Buffer.alloc(15)]);
  const bytes = await asker.ask(stampRequest({ sequence: 1, ssid: 5 }, Buffer.concat([padding, unknown, followUp])));
  expect(bytes).toHaveLength(44 + 8 + 7 + 20);
  expect(bytes.subarray(44, 52).toString('hex')).toBe('0001000401020304');
  expect(bytes.subarray(52, 59).toString('hex')).toBe('80f00003aabbcc');
  expect(bytes.subarray(59, 63).toString('hex')).toBe('00070010');

  const tooLong = Buffer.from('8001ffff0102', 'hex');
  const malformed = await asker.ask(stampRequest({ sequence: 2, ssid: 5 }, tooLong));
  expect((malformed[44] as number) & 0x40).toBe(0x40);
  expect(malformed.subarray(45).toString('hex')).toBe('01ffff0102');
  expect(readReply(malformed).senderSequence).toBe(2);
});

it('answers with as many bytes as it got, from 41 on', async () => {
  const server = await serve('udp-server');
  const asker = await Asker.open(server);
  const twamp = stampRequest({ sequence: 5 }).subarray(0, 41);
  expect(await asker.ask(twamp)).toHaveLength(41);
  for (const length of [43, 44, 45, 48, 1472, 9000]) {
    const request = Buffer.alloc(length);
    stampRequest({ sequence: length }).copy(request);
    const reply = await asker.ask(request);
    expect(reply).toHaveLength(length);
    expect(readReply(reply).senderSequence).toBe(length);
  }
});

it('ignores and counts what is no request', async () => {
  const server = await serve('udp-server');
  const asker = await Asker.open(server);
  const zeroMultiplier = stampRequest({ sequence: 1, errorEstimate: 0x8f00 });
  const opening = Buffer.from('39383736', 'hex');
  const strangers = [
    Buffer.alloc(0),
    Buffer.of(1),
    stampRequest({}).subarray(0, 37),
    randomBytes(16),
    zeroMultiplier,
    opening,
    stampReply(stampRequest({ sequence: 4, ssid: 4 })),
  ];
  for (const bytes of strangers) asker.send(bytes);
  // Order is kept on loopback: when the last has its answer, the others have been seen.
  const reply = await asker.ask(stampRequest({ sequence: 42 }));
  expect(readReply(reply).senderSequence).toBe(42);
  await pause(100);
  expect(asker.replies).toHaveLength(1);
  const { stdout } = await server.program.interrupt();
  expect(stdout).toContain('probes answered 1 in 1 sessions');
  expect(stdout).toContain(`ignored: datagrams ${strangers.length}, connections 0`);
});

it.each(TRANSPORTS)('answers requests of every length from 38 bytes with as many (%s)', async (kind) => {
  const server = await serve('udp-server', '--transport', kind);
  const asker = await Asker.open(server);
  const lengths = [38, 39, 40, 41, 42, 43, 44, 45, 47, 48, 49, 63, 1400];
  for (const [sequence, length] of lengths.entries()) {
    const request = Buffer.concat([stampRequest({ sequence }), Buffer.alloc(1400)]).subarray(0, length);
    expect((await asker.ask(request)).length).toBe(length);
  }
  const { stdout, stderr } = await server.program.interrupt();
  expect(stderr).toBe('');
  expect(stdout).toContain(`probes answered ${lengths.length} in 1 sessions`);
});

it.each(TRANSPORTS)('tells while it runs what it ignores, and why (%s)', async (kind) => {
  const server = await serve('udp-server', '--json-stream', '--transport', kind);
  const asker = await Asker.open(server);
  // What twampy sends unless told to pad.
  for (let i = 0; i < 30; i++) asker.send(stampRequest({ sequence: i }).subarray(0, 14));
  asker.send(stampReply(stampRequest({ sequence: 4, ssid: 4 })));
  asker.send(Buffer.from('39383736', 'hex'));
  await server.program.printed(/"code":"ignored"/);
  const told = eventsOf(server.program.stdout, 'notice').filter(({ code }) => code === 'ignored');
  expect(told).toHaveLength(1);
  expect(told[0]?.counts).toEqual({ short: 30, reply: 1, opening: 1 });
  expect(told[0]?.message).toMatch(/^datagrams ignored so far: 30 shorter than 38 bytes, .*; the latest from 127/);
  expect(told[0]?.message).not.toContain('\n');
  const { stdout } = await server.program.interrupt();
  expect(stdout).toContain('"datagramsIgnored":32,"ignored":{"short":30,"reply":1,"opening":1}');
});

it('does not answer a reply, its own or that of another reflector', async () => {
  const [server, second] = await Promise.all([serve('udp-server'), serve('udp-server')]);
  const asker = await Asker.open(server);
  const reply = await asker.ask(stampRequest({ sequence: 8, ssid: 8 }));
  asker.send(reply);
  asker.socket.send(reply, second.port, '127.0.0.1');
  const again = await asker.ask(stampRequest({ sequence: 9, ssid: 8 }));
  expect(readReply(again).senderSequence).toBe(9);
  await pause(100);
  expect(asker.replies).toHaveLength(2);
  expect((await second.program.interrupt()).stdout).toContain('probes answered 0 in 0 sessions');
});

it('sends everything back as it came under --echo', async () => {
  const server = await serve('udp-server', '--echo');
  const asker = await Asker.open(server);
  for (const bytes of [Buffer.from('hello'), randomBytes(64), randomBytes(1400), stampRequest({ ssid: 3 })]) {
    expect(await asker.ask(bytes)).toEqual(bytes);
  }
  const result = pingOf(await run('udp-client', '127.0.0.1', server.port, '-c', '3', '-i', '20ms', '--json'));
  expect(result).toMatchObject({ peer: { protocol: 'echo' }, probes: { received: expectAsked(result, 3) }, owd: null });
});

it('serves probes without load tests where the TCP port is taken', async () => {
  const tcp = await serve('tcp-server');
  const udp = start('udp-server', tcp.port);
  await udp.printed(/UDP load tests off: TCP port in use/);
  const result = pingOf(await run('udp-client', '127.0.0.1', tcp.port, '-c', '2', '-i', '20ms', '--json'));
  const sent = expectAsked(result, 2);
  expect(result.probes?.received).toBe(sent);
  const exit = await udp.interrupt();
  expect(exit.code).toBe(0);
  expect(Number(/probes answered (\d+) in 1 sessions/.exec(exit.stdout)?.[1])).toBeGreaterThan(sent);
});

it('listens on one address only when told so', async () => {
  const server = await serve('udp-server', '-a', '127.0.0.3');
  const [there, elsewhere] = await Promise.all([
    run('udp-client', '127.0.0.3', server.port, '-c', '2', '-i', '20ms'),
    run('udp-client', '127.0.0.1', server.port, '-c', '1', '--timeout', '200ms'),
  ]);
  expect([there.code, elsewhere.code]).toEqual([0, 1]);
  expect(server.program.stdout).toContain('127.0.0.3');
});

it('leaves the TCP port to a tcp-server on the same host, in whichever order they start', async () => {
  for (const first of ['udp-server', 'tcp-server'] as const) {
    const one = await serve(first);
    const other = start(first === 'udp-server' ? 'tcp-server' : 'udp-server', one.port);
    await other.printed(/listening on/);
    const udp = first === 'udp-server' ? one.program : other;
    await udp.printed(/^UDP load tests off: .*TCP port/m);
    const [ping, load, udpLoad] = await Promise.all([
      run('udp-client', '127.0.0.1', one.port, '-c', 3, '-i', '20ms'),
      run('tcp-client', '127.0.0.1', one.port, '-t', 1, '-i', '100ms'),
      run('udp-client', '127.0.0.1', one.port, '-b', '1M', '-t', 1),
    ]);
    expect([ping.code, load.code, udpLoad.code]).toEqual([0, 0, 1]);
    expect(udpLoad.stderr).toMatch(/udp-server serves UDP load/);
    await Promise.all([one.program.interrupt(), other.interrupt()]);
  }
});
