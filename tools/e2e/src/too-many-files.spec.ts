import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { loadOf } from './documents';
import { APPS, afterTest, expectOneLine, Program, run, until, where } from './harness';
import { TRANSPORTS } from './linux-works';

// A server needs some forty: a handful of clients more, and it has none left.
const LIMIT = 80;
const IDLE = 70;
const SAID = 'too many open files: clients are told that the server is busy; ulimit -n sets the limit';

/** Connections that say nothing; each tells the first byte that it was sent. */
function connections(port: number): { readonly heard: number[]; close(): void } {
  const heard: number[] = [];
  const sockets: Socket[] = Array.from({ length: IDLE }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.on('data', (bytes) => heard.push(bytes[0] as number));
  }
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  afterTest(close);
  return { heard, close };
}

/** Processor time of a process so far, in hundredths of a second. */
const ticksOf = (pid: number): number =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .split(' ')
    .slice(13, 15)
    .reduce((sum, each) => sum + Number(each), 0);

const CASES = (['tcp', 'udp'] as const).flatMap((protocol) => TRANSPORTS.map((kind) => [protocol, kind] as const));

where(process.platform === 'linux', 'descriptors are counted in /proc', it).each(CASES)(
  'a %s-server with no descriptors left says so, there and to clients, and recovers, %s transport',
  async (protocol, kind) => {
    const server = new Program('bash', [
      '-c',
      `ulimit -n ${LIMIT}; exec ${process.execPath} ${join(APPS, `${protocol}-server`)} 0 --transport ${kind}`,
    ]);
    const [, port] = await server.printed(/port (\d+): (?:TCP load|UDP load)/);
    const client = (...args: string[]) =>
      run(`${protocol}-client`, '127.0.0.1', Number(port), '-b', '1M', '-t', '0.2', '--json', ...args);
    const idle = connections(Number(port));
    await until('a client that is turned away', () => idle.heard.length > 0);
    // iperf3's ACCESS_DENIED: a plain client understands it, too.
    expect(new Set(idle.heard)).toEqual(new Set([0xff]));
    const before = ticksOf(server.pid);
    const busy = await client();
    expectOneLine(busy, 1, /the server is busy/);
    expect(loadOf(busy).error?.code).toBe('busy');
    // It waits, it does not turn in a circle: that would be some hundred a second.
    expect(ticksOf(server.pid) - before).toBeLessThan(30);
    idle.close();
    await until('descriptors that are free again', () => readdirSync(`/proc/${server.pid}/fd`).length < LIMIT / 2 + 10);
    expect((await client()).code).toBe(0);
    const { stdout, stderr } = await server.interrupt();
    expect([stdout.split(SAID).length - 1, stderr]).toEqual([1, '']);
  },
);
