import { cpSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadOf, pingOf } from './documents';
import {
  APPS,
  cookie,
  datagramSocket,
  documents,
  expectNoStack,
  expectOneLine,
  Program,
  pause,
  run,
  type Server,
  serve,
  start,
  temporaryFolder,
  until,
  Wire,
  where,
} from './harness';
import { linuxWorks } from './linux-works';
import { expectAsked } from './result-shape';
import { readReply, stampRequest } from './stamp';

// What the linux transport adds. On a host without it these tests are left out, and say so.

const onLinux = where(linuxWorks, 'the linux transport does not work here', describe);
const asRoot = where(process.getuid?.() === 0 && process.arch === 'x64', 'needs root on x64', it);

/** A thread without work ends after five seconds. */
const UNTIL_IDLE_THREADS_END_MS = 6_500;

const descriptorsOf = ({ program }: Server): string[] =>
  readdirSync(`/proc/${program.pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${program.pid}/fd/${fd}`).replace(/\d+/g, '');
    } catch {
      return 'gone';
    }
  });
const threadsOf = ({ program }: Server): number => readdirSync(`/proc/${program.pid}/task`).length;

onLinux('the linux transport', () => {
  it('stamps with the kernel at both ends, and up and down add up to a round trip of microseconds', async () => {
    const { port } = await serve('udp-server', '-a', '127.0.0.1');
    const result = pingOf(await run('udp-client', '127.0.0.1', port, '-i', '10ms', '-c', '100', '--json'));
    expect(result.transport).toMatchObject({
      kind: 'linux',
      sendTimestamps: 'kernel',
      receiveTimestamps: 'kernel',
      note: null,
    });
    const { received } = result.probes ?? {};
    expect(received).toBe(expectAsked(result, 100));
    const { sent, replied, received: arrived } = result.transport.userStamped ?? {};
    expect([sent, arrived]).toEqual([0, 0]);
    // Replies that left together cannot tell of each other; those that left alone can.
    expect(Number(replied)).toBeLessThan(Number(received));
    const [up, down, rtt] = [result.owd?.up, result.owd?.down, result.rtt];
    expect((up?.meanNs ?? 0) + (down?.meanNs ?? 0)).toBeCloseTo(rtt?.meanNs ?? -1, 3);
    expect(result.owd?.basis).toBe('same-clock');
    expect(result.hostQueueingNs?.count).toBe(received);
    expect(result.marking).toMatchObject({ up: { hopLimit: 64 }, down: { hopLimit: 64, dscp: 0 } });
  });

  it('tells when a reply left with the next one, and the hop limit', async () => {
    const { port } = await serve('udp-server', '-a', '127.0.0.1');
    const replies: Buffer[] = [];
    const socket = await datagramSocket((reply) => replies.push(reply));
    // Follow-up Telemetry, zeroed, and a Class of Service that asks for DSCP 10: RFC 8972 sections 4.7 and 4.4.
    const tlvs = Buffer.from(`80070010${'00'.repeat(16)}8004000428000000`, 'hex');
    socket.setTTL(33);
    for (const sequence of [5, 6, 7]) {
      socket.send(stampRequest({ sequence, ssid: 77 }, tlvs), port, '127.0.0.1');
      await until('a reply', () => replies.length >= sequence - 4);
    }
    const [first, second] = replies as [Buffer, Buffer, Buffer];
    expect(readReply(first).senderTtl).toBe(33);
    // Of the first reply nothing came before: all zero, but recognised.
    expect(first.subarray(44, 64).toString('hex')).toBe(`00070010${'00'.repeat(16)}`);
    const followUp = second.subarray(48, 64);
    expect(followUp.readUInt32BE(0)).toBe(readReply(first).sequence);
    // Behind what the reply said itself, and before the next request came in.
    expect(followUp.readBigUInt64BE(4)).toBeGreaterThan(readReply(first).transmit);
    expect(followUp.readBigUInt64BE(4)).toBeLessThan(readReply(second).receive);
    expect(followUp.subarray(12).toString('hex')).toBe('02000000');
    // DSCP wanted 10, received 0, ECN 0: 001010 00 | 0000 00 00.
    expect(second.subarray(64, 72).toString('hex')).toBe('0004000428000000');
  });

  it('marks probes and replies with a DSCP, and both arrive so over loopback', async () => {
    const { port } = await serve('udp-server');
    for (const host of ['127.0.0.1', '::1']) {
      const result = pingOf(await run('udp-client', host, port, '-i', '5ms', '-c', '5', '--dscp', '46', '--json'));
      const kept = { dscp: 46, ecn: 0, remarked: 0 };
      expect(result.marking).toMatchObject({ up: kept, down: kept });
      expect(result.settings).toMatchObject({ dscp: 46, lengthBytes: 72 });
    }
  });

  it('sends bursts and random gaps', async () => {
    const { port } = await serve('udp-server', '-a', '127.0.0.1');
    const burst = pingOf(
      await run('udp-client', '127.0.0.1', port, '-i', '20ms', '--burst', '4', '-t', '0.1', '--json'),
    );
    expectAsked(burst, 20);
    const random = pingOf(
      await run('udp-client', '127.0.0.1', port, '-i', '2ms', '--poisson', '-c', '50', '--busy-poll', '--json'),
    );
    expectAsked(random, 50);
    expect(random.settings?.schedule).toEqual({ kind: 'poisson', burst: 1 });
  });

  it.each([64, 1472, 9000])('cuts and joins datagrams of %d bytes, and counts each', async (length) => {
    const server = await serve('udp-server', '-a', '127.0.0.1', '--json');
    const exit = await run('udp-client', '127.0.0.1', server.port, '--max', '-t', '0.5', '-l', length, '--json');
    const client = loadOf(exit);
    const [received] = await documents(server, 1);
    expect(client.transport.kind).toBe('linux');
    expect(received?.transport.offloads).toContain('udp-gro');
    const { sent, received: arrived, lost } = client.datagrams ?? {};
    expect(Number(arrived) + Number(lost)).toBe(sent);
    expect(client.datagrams).toMatchObject({ duplicates: 0, reordered: 0 });
    expect(client.throughput?.up?.bytes).toBe(Number(arrived) * length);
    // Drops of bundles are told as what they are: a bound.
    if (lost !== 0) expect(client.datagrams?.hostDroppedEstimated).toBe(true);
  });

  it('tells the state of the path while TCP sends', async () => {
    const { port } = await serve('tcp-server', '-a', '127.0.0.1');
    const result = loadOf(
      await run('tcp-client', '127.0.0.1', port, '--max', '-t', '1', '--report-interval', '0.25', '--json'),
    );
    for (const { retransmits, rttNs, cwndBytes } of result.intervals ?? []) {
      expect(Number.isInteger(retransmits)).toBe(true);
      expect(rttNs).toBeGreaterThan(0);
      expect(cwndBytes).toBeGreaterThan(0);
    }
    const [stream] = result.streams ?? [];
    const sum = (result.intervals ?? []).reduce((total, { retransmits }) => total + Number(retransmits), 0);
    expect(stream?.retransmits).toBeGreaterThanOrEqual(sum);
  });

  it('leaves nothing behind: a server has as many descriptors and threads after forty tests as before', async () => {
    const udp = await serve('udp-server', '-a', '127.0.0.1', '-q');
    const tcp = await serve('tcp-server', '-a', '127.0.0.1', '-q');
    const round = async (): Promise<void> => {
      await Promise.all([
        run('udp-client', '127.0.0.1', udp.port, '-b', '1M', '-t', '0.05', '-q'),
        run('udp-client', '127.0.0.1', udp.port, '--max', '-t', '0.05', '-R', '-q'),
        run('tcp-client', '127.0.0.1', tcp.port, '--max', '-t', '0.05', '-q'),
        run('tcp-client', '127.0.0.1', tcp.port, '--max', '-t', '0.05', '-R', '-q'),
      ]);
    };
    await round();
    await pause(UNTIL_IDLE_THREADS_END_MS);
    const before = [udp, tcp].map((server) => [descriptorsOf(server).length, threadsOf(server)]);
    for (let i = 0; i < 10; i++) await round();
    await pause(UNTIL_IDLE_THREADS_END_MS);
    expect([udp, tcp].map((server) => [descriptorsOf(server).length, threadsOf(server)])).toEqual(before);
  });

  it.each([
    ['udp-client', ['-i', '0', '--busy-poll', '-t', '30']],
    ['udp-client', ['--max', '-t', '30']],
    ['udp-client', ['--max', '-t', '30', '-R']],
    ['udp-client', ['-i', '10s']],
  ] as const)('%s %p ends on Ctrl-C long before its time, and so does its server', async (client, args) => {
    const server = await serve('udp-server', '-a', '127.0.0.1');
    const program = start(client, '127.0.0.1', server.port, ...args);
    await program.printed(/\n/);
    await pause(300);
    for (const each of [program, server.program]) {
      expect(await each.interrupt(10_000)).toMatchObject({ code: 0 });
    }
  });

  it('never touches the connection of another client, however soon a test is given up', async () => {
    const { port } = await serve('tcp-server', '-a', '127.0.0.1');
    for (let round = 0; round < 5; round++) {
      const name = cookie();
      const control = await Wire.connect(port);
      control.send(name);
      expect(await control.byte()).toBe(9);
      control.sendJson({ tcp: true, omit: 0, time: 1, parallel: 1, len: 131_072 });
      expect(await control.byte()).toBe(10);
      const data = await Wire.connect(port);
      data.send(name);
      await pause(3);
      // Given up while the server is about to hand the connection to a thread: its descriptors are free for the next.
      control.destroy();
      data.destroy();
      const bystanders = await Promise.all(Array.from({ length: 4 }, () => Wire.connect(port)));
      await pause(500);
      expect(bystanders.map(({ closed }) => closed)).toEqual([false, false, false, false]);
      for (const each of bystanders) each.destroy();
    }
  });

  it('goes on serving when descriptors have run out', async () => {
    const program = new Program('sh', [
      '-c',
      `ulimit -n 40; exec ${process.execPath} ${join(APPS, 'tcp-server')} 0 -a 127.0.0.1`,
    ]);
    const port = Number((await program.printed(/port (\d+)/))[1]);
    const clients = await Promise.all(Array.from({ length: 6 }, () => Wire.connect(port)));
    const answers: number[] = [];
    // Each asks for a stream, which needs descriptors for its thread.
    for (const control of clients) {
      const name = cookie();
      control.send(name);
      const answer = await control.byte();
      answers.push(answer);
      // ACCESS_DENIED: there are not enough for another test.
      if (answer === 0xff) continue;
      control.sendJson({ tcp: true, omit: 0, time: 1, parallel: 1, len: 131_072 });
      expect(await control.byte()).toBe(10);
      (await Wire.connect(port)).send(name);
    }
    expect(answers.slice(-3)).toEqual([0xff, 0xff, 0xff]);
    await pause(700);
    expect(program.ended).toBe(false);
    for (const control of clients) control.destroy();
    await pause(500);
    expect((await run('tcp-client', '127.0.0.1', port, '-t', '0.1', '-i', '50ms', '-q')).code).toBe(0);
    expectNoStack(await program.interrupt());
  });

  it('gives way to the portable transport without koffi, with one note', async () => {
    const folder = join(temporaryFolder(), 'udp-client');
    cpSync(join(APPS, 'udp-client'), folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
    const { port } = await serve('udp-server', '-a', '127.0.0.1');
    const args = [folder, '127.0.0.1', String(port), '-i', '5ms', '-c', '3'];
    const text = await new Program(process.execPath, args).exit();
    expect(text.stdout.match(/koffi/g)).toHaveLength(1);
    const result = pingOf(await new Program(process.execPath, [...args, '--json']).exit());
    expect(result.transport).toMatchObject({ kind: 'portable', note: expect.stringMatching(/koffi/) });
    expectOneLine(await new Program(process.execPath, [...args, '--transport', 'linux']).exit(), 1, /koffi/);
    expectOneLine(await new Program(process.execPath, [...args, '--dscp', '1']).exit(), 1, /dscp.*koffi/);
  });

  asRoot('gives way to the portable transport where a filter forbids a system call', async () => {
    const { port } = await serve('udp-server', '-a', '127.0.0.1');
    const filtered = (callNumber: number, ...args: string[]): Program =>
      new Program(process.execPath, [
        '-r',
        filterFor(callNumber),
        join(APPS, 'udp-client'),
        '127.0.0.1',
        String(port),
        ...args,
      ]);
    const [recvmmsg, adjtimex, prctl] = [299, 159, 157];
    const without = pingOf(await filtered(recvmmsg, '-i', '5ms', '-c', '3', '--json').exit());
    expect(without.probes?.received).toBe(expectAsked(without, 3));
    expect(without.transport).toMatchObject({ kind: 'portable', note: expect.stringMatching(/recvmmsg: EPERM/) });
    expectOneLine(await filtered(recvmmsg, '--transport', 'linux').exit(), 1, /recvmmsg: EPERM/);
    // What it can do without, it does without.
    for (const call of [adjtimex, prctl]) {
      const result = pingOf(await filtered(call, '-i', '5ms', '-c', '3', '--json').exit());
      expect(result.transport.kind).toBe('linux');
      expect(result.probes?.received).toBe(expectAsked(result, 3));
    }
  });
});

/** A module that forbids this process one system call, as the filter of a container does: it fails with EPERM. */
function filterFor(callNumber: number): string {
  const file = join(temporaryFolder(), 'filter.cjs');
  writeFileSync(
    file,
    `// Threads inherit it.
    if (!require('node:worker_threads').isMainThread) return;
    const koffi = require(${JSON.stringify(createRequire(__filename).resolve('koffi'))});
    const prctl = koffi.load(null).func('int prctl(int, uintptr_t, uintptr_t, uintptr_t, uintptr_t)');
    // struct sock_filter: load the number of the call; is it the one? then EPERM, else go on.
    const filter = Buffer.alloc(32);
    const put = (i, code, jt, jf, k) => {
      filter.writeUInt16LE(code, 8 * i);
      filter[8 * i + 2] = jt;
      filter[8 * i + 3] = jf;
      filter.writeUInt32LE(k, 8 * i + 4);
    };
    put(0, 0x20, 0, 0, 0);
    put(1, 0x15, 0, 1, ${callNumber});
    put(2, 0x06, 0, 0, 0x00050001);
    put(3, 0x06, 0, 0, 0x7fff0000);
    const program = Buffer.alloc(16);
    program.writeUInt16LE(4, 0);
    program.writeBigUInt64LE(koffi.address(filter), 8);
    if (prctl(38, 1, 0, 0, 0) !== 0 || prctl(22, 2, Number(koffi.address(program)), 0, 0) !== 0) throw new Error('no filter');
    globalThis.keepFilter = [filter, program];`,
  );
  return file;
}
