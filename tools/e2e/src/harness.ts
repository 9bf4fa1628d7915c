import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { documentsIn, type LoadResult } from './documents';

/** Where the build puts the runners. */
export const APPS = join(__dirname, '../../../dist/apps');

export type Runner = 'tcp-client' | 'tcp-server' | 'udp-client' | 'udp-server';

/** How a process ended, and what it had to say. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Nothing here is timed: the bounds only turn a hang into a failure that says where.
const START_MS = 15_000;
const RUN_MS = 30_000;

// A test may run a few programs after one another.
jest.setTimeout(90_000);

const cleanups: (() => void)[] = [];

/** Undone after the test, whatever becomes of it. */
export const afterTest = (undo: () => void): void => void cleanups.push(undo);

afterEach(() => {
  for (const undo of cleanups.splice(0).reverse()) undo();
});

/** `promise`, or a failure that names `what` and shows `state` when it takes longer than `ms`. */
export async function bounded<T>(what: string, promise: Promise<T>, ms = RUN_MS, state = () => ''): Promise<T> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms\n${state()}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timeout);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `isSo`, which is asked time and again. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const begin = Date.now();
  while (!(await isSo())) {
    if (Date.now() - begin > RUN_MS) throw new Error(`${what}: not within ${RUN_MS} ms`);
    await pause(20);
  }
}

/** A child process with what it has printed so far. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exit: Promise<Exit>;
  readonly #watchers = new Set<() => void>();
  stdout = '';
  stderr = '';

  get pid(): number {
    return this.#child.pid as number;
  }
  ended = false;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#name = [command, ...args].join(' ');
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    afterTest(() => this.#child.kill('SIGKILL'));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.#exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.ended = true;
        this.#changed();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    this.#exit.catch(() => {});
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when the process has ended. */
  exit(ms = RUN_MS): Promise<Exit> {
    return bounded(`end of ${this.#name}`, this.#exit, ms, () => this.#said());
  }

  /** Sends Ctrl-C and waits for the end. */
  interrupt(ms = RUN_MS): Promise<Exit> {
    this.signal('SIGINT');
    return this.exit(ms);
  }

  /** Waits until `pattern` stands in what was printed, on standard output alone when told so. */
  printed(pattern: RegExp, { ms = START_MS, stdoutOnly = false } = {}): Promise<RegExpMatchArray> {
    const found = new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout) ?? (stdoutOnly ? null : pattern.exec(this.stderr));
        if (match === null && !this.ended) return;
        this.#watchers.delete(look);
        if (match === null) reject(new Error(`${this.#name} ended without ${pattern}\n${this.#said()}`));
        else resolve(match);
      };
      this.#watchers.add(look);
      look();
    });
    return bounded(`${pattern} of ${this.#name}`, found, ms, () => this.#said());
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  #said(): string {
    return `stdout: ${this.stdout}\nstderr: ${this.stderr}`;
  }
}

/** Starts a built runner. */
export const start = (runner: Runner, ...args: (string | number)[]): Program =>
  new Program(process.execPath, [join(APPS, runner), ...args.map(String)]);

/** Runs a built runner to its end. */
export const run = (runner: Runner, ...args: (string | number)[]): Promise<Exit> => start(runner, ...args).exit();

export interface Server {
  readonly program: Program;
  readonly port: number;
}

/** Starts a server on a port of the system's choice. */
export async function serve(runner: 'tcp-server' | 'udp-server', ...args: string[]): Promise<Server> {
  const program = start(runner, '0', ...args);
  const [, port] = await program
    .printed(/listening on .* port (\d+)|"port":(\d+)/)
    .then(([all, text, json]) => [all, text ?? json]);
  return { program, port: Number(port) };
}

/** The documents that a server under `--json` has printed, a line each; waits until there are `count`. */
export async function documents(server: Server, count: number): Promise<LoadResult[]> {
  await server.program.printed(new RegExp(`^(?:[^\\n]*\\n){${count}}`), { stdoutOnly: true });
  return documentsIn(server.program.stdout) as LoadResult[];
}

/** Expects a failure as a user should meet it: the exit code, one clear line on stderr, and no stack trace anywhere. */
export function expectOneLine(exit: Exit, code: number, words: RegExp = /./): void {
  expect({ code: exit.code, lines: exit.stderr.split('\n').length - 1, stderr: exit.stderr }).toEqual({
    code,
    lines: 1,
    stderr: expect.stringMatching(words),
  });
  expectNoStack(exit);
}

export function expectNoStack({ stdout, stderr }: Pick<Exit, 'stdout' | 'stderr'>): void {
  expect(stdout + stderr).not.toMatch(/^\s+at /m);
  expect(stdout + stderr).not.toMatch(/node:internal|UnhandledPromise/);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pathgauge-e2e-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A UDP socket on a port of the system's choice. */
export async function datagramSocket(
  onMessage: (message: Buffer, source: RemoteInfo) => void = () => {},
  address = '127.0.0.1',
): Promise<DatagramSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4', onMessage);
  socket.bind(0, address);
  await once(socket, 'listening');
  afterTest(() => socket.close());
  return socket;
}

/** A TCP server on 127.0.0.1 that does with a connection what `onConnection` says. Resolves with its port. */
export async function scriptedServer(onConnection: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens, TCP or UDP. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A TCP connection that is read by pulling. */
export class Wire {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #wake = (): void => {};
  /** Everything that ever came in. */
  received = Buffer.alloc(0);
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    afterTest(() => socket.destroy());
  }

  static async connect(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    const wire = new Wire(socket);
    await bounded('connection', once(socket, 'connect'));
    socket.setNoDelay(true);
    return wire;
  }

  send(...parts: (Uint8Array | number | string)[]): void {
    this.#socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string)))),
    );
  }

  async bytes(count: number): Promise<Buffer> {
    const enough = async (): Promise<void> => {
      while (this.#unread.length < count) {
        if (this.closed) throw new Error(`closed after ${this.#unread.length} of ${count} bytes`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    await bounded(`${count} bytes`, enough());
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  async byte(): Promise<number> {
    return (await this.bytes(1))[0] as number;
  }

  async json(): Promise<Json> {
    const length = (await this.bytes(4)).readUInt32BE();
    return JSON.parse((await this.bytes(length)).toString('utf8'));
  }

  sendJson(value: unknown): void {
    const body = Buffer.from(JSON.stringify(value));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    this.send(length, body);
  }

  /** Half-closes: no more is coming from here. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async closedByPeer(ms = START_MS): Promise<void> {
    if (this.closed) return;
    await bounded('close', once(this.#socket, 'close'), ms);
  }
}

/** The 37 bytes that open every connection of a test. */
export function cookie(): Buffer {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const letters = Array.from({ length: 36 }, () => alphabet[Math.floor(Math.random() * 32)]);
  return Buffer.from(`${letters.join('')}\0`);
}

const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** `describe` or `it` where the host has what is needed; otherwise skipped, with the reason in the log. */
export function where<T extends jest.It | jest.Describe>(has: boolean, reason: string, block: T): T {
  if (has) return block;
  process.stderr.write(`skipped: ${reason}\n`);
  return block.skip as T;
}

export const HAS_IPV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);
export const whereIpv6 = (): jest.It => where(HAS_IPV6, 'this host has no ::1', it);
export const whereProgram = <T extends jest.It | jest.Describe>(name: string, block: T): T =>
  where(hasProgram(name), `there is no ${name} on the PATH`, block);

export type Json = Record<string, unknown>;
