import { milliseconds } from '@pathgauge/units';
import type { Endpoint } from '../../src/address';
import { LinuxClock } from '../../src/linux/linux-clock';
import type { LinuxContext, StampSupport } from '../../src/linux/linux-context';
import { bindDatagrams, connectDatagrams } from '../../src/linux/open-datagrams';
import { Poller } from '../../src/linux/poller';
import { SharedMemory } from '../../src/linux/shared-memory';
import { loadNative, type Native, type SystemCalls } from '../../src/linux/system-calls';
import type { DatagramOptions } from '../../src/sockets';

const PATIENCE_NS = milliseconds(4_000);
const TURN_NS = milliseconds(1);

/** `describe` where the system calls can be made; where they cannot, one line says that it was left out. For specs only. */
export function describeHere(name: string, body: (native: Native) => void): void {
  let native: Native;
  try {
    native = loadNative();
  } catch (error) {
    process.stderr.write(`skipped: ${name}: ${(error as Error).message}\n`);
    describe.skip(name, () => {
      it('needs the system calls of Linux', () => {});
    });
    return;
  }
  describe(name, () => body(native));
}

/** The result of a call that is to be altered; undefined: the real call is made. */
type Alteration<Name extends keyof SystemCalls> = (...args: Parameters<SystemCalls[Name]>) => number | undefined;

/** What memory holds that was handed to the system. */
type Peek = (address: number) => number;

/** The system, with some of its calls altered. */
export function altered(
  native: Native,
  alterations: (peek: Peek) => { readonly [Name in keyof SystemCalls]?: Alteration<Name> },
): Native {
  const memories: { address: number; bytes: Uint8Array }[] = [];
  const peek: Peek = (address) => {
    const found = memories.find(({ address: begin, bytes }) => address >= begin && address + 4 <= begin + bytes.length);
    if (found === undefined) throw new RangeError(`nothing is known to lie at ${address}`);
    const { bytes } = found;
    return new DataView(bytes.buffer, bytes.byteOffset + address - found.address).getUint32(0, true);
  };
  const calls: Record<string, (...args: number[]) => number> = { ...native.calls };
  for (const [name, alteration] of Object.entries(alterations(peek))) {
    const real = calls[name] as (...args: number[]) => number;
    const instead = alteration as (...args: number[]) => number | undefined;
    calls[name] = (...args) => instead(...args) ?? real(...args);
  }
  return {
    calls: calls as unknown as SystemCalls,
    addressOf: (bytes) => {
      const address = native.addressOf(bytes);
      memories.push({ address, bytes });
      return address;
    },
  };
}

/** The surroundings of sockets that a test turns. */
export interface TurnedContext extends LinuxContext {
  readonly poller: Poller;
}

/** The surroundings of sockets on `native`. */
export function contextOn(
  native: Native,
  stamps: StampSupport = { send: true, receive: true },
  spinNs: number = 0,
): TurnedContext {
  const clock = new LinuxClock(native);
  return {
    native,
    clock,
    poller: new Poller(native, clock, spinNs),
    memory: new SharedMemory(native, clock),
    stamps,
  };
}

/** Turns the pollers until `isOver`, for some seconds at most. */
export function turnUntil(isOver: () => boolean, ...contexts: TurnedContext[]): void {
  const [first] = contexts as [TurnedContext];
  const end = first.clock.now() + PATIENCE_NS;
  while (!isOver()) {
    if (first.clock.now() > end) throw new Error('what was waited for has not happened');
    for (const { poller } of contexts) poller.turn(TURN_NS / contexts.length);
  }
}

/** Turns the pollers for a while, to see that nothing more happens. */
export function turnFor(ms: number, ...contexts: TurnedContext[]): void {
  const [first] = contexts as [TurnedContext];
  const end = first.clock.now() + milliseconds(ms);
  while (first.clock.now() < end) for (const { poller } of contexts) poller.turn(TURN_NS / contexts.length);
}

/** Opens sockets that are closed after each test. Called in `describe`. */
export function openedSockets() {
  const opened: { close(): void }[] = [];
  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
  });
  const kept = <T extends { close(): void }>(socket: T): T => {
    opened.push(socket);
    return socket;
  };
  return {
    kept,
    bound: (context: LinuxContext, options: DatagramOptions = { bind: { address: '127.0.0.1' } }) =>
      kept(bindDatagrams(context, options)),
    connected: (context: LinuxContext, peer: Endpoint, options: DatagramOptions = {}) =>
      kept(connectDatagrams(context, peer, options)),
  };
}
