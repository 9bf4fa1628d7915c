import { threadId } from 'node:worker_threads';
import { after, milliseconds } from '@pathgauge/units';
import type { Endpoint } from '../src/address';
import type { BoundAddress, HandedStream, Role, RoleSide } from '../src/role';

const QUICK = milliseconds(5);
/** Long enough for what was sent meanwhile to be there. */
const BUSY_MS = 100;

/** Says back what it was started with and what it is told. `fail` has it fail, `stop` end, `change` alter what it has posted. */
export const SAYS_BACK: Role<unknown, unknown, unknown> = {
  name: 'says-back',
  spins: () => false,
  async run(side) {
    side.post(side.data);
    const over = settled();
    side.onMessage((order) => {
      if (order === 'fail') throw Object.assign(new Error('told to fail'), { code: 'ETOLD' });
      if (order === 'stop') over.settle();
      else side.post(order, order === 'urgent');
    });
    await side.run(over.promise);
    side.post('the last word');
  },
};

/** Listens only when some time has passed. */
export const LISTENS_LATE: Role<undefined, unknown, unknown> = {
  name: 'listens-late',
  spins: () => false,
  async run(side) {
    await side.run(passed(side));
    const over = settled();
    side.onMessage((order) => {
      side.post(order);
      if (order === 'stop') over.settle();
    });
    await side.run(over.promise);
  },
};

/** Posts a list, changes it, and posts what cannot be copied. */
export const CHANGES: Role<undefined, never, unknown> = {
  name: 'changes',
  spins: () => false,
  async run(side) {
    const list = [1];
    side.post(list);
    list.push(2);
    side.post(() => {}, true);
  },
};

/** Tells the time. */
export const TELLS_TIME: Role<undefined, never, number> = {
  name: 'tells-time',
  spins: () => false,
  async run(side) {
    side.post(side.transport.clock.now());
    await side.run(passed(side));
    side.post(side.transport.clock.now());
  },
};

type StreamWord = { readonly bytes: readonly number[] } | { readonly closed: true };

/** Tells what comes over a connection, and writes what it is told. */
export const WORKS_STREAM: Role<HandedStream, readonly number[] | 'close', StreamWord> = {
  name: 'works-stream',
  spins: () => false,
  async run(side) {
    const stream = side.transport.takeStream(side.data);
    const over = settled();
    stream.onClose(() => {
      side.post({ closed: true });
      over.settle();
    });
    stream.onData((chunk) => side.post({ bytes: [...chunk] }, true));
    side.onMessage((order) => {
      if (order === 'close') stream.destroy();
      else stream.write(Uint8Array.from(order));
    });
    await side.run(over.promise);
  },
};

export type SocketWord =
  | { readonly bound: BoundAddress }
  | { readonly open: Endpoint }
  | { readonly from: Endpoint; readonly to: string | undefined; readonly bytes: readonly number[] };

/** Answers what comes to a port with twice the bytes. */
export const ANSWERS_ALL: Role<string | undefined, 'stop', SocketWord> = {
  name: 'answers-all',
  spins: () => false,
  async run(side) {
    const socket = await side.transport.bindDatagrams({ bind: { address: side.data } });
    side.post({ bound: socket.bound }, true);
    await answered(side, socket, 2);
  },
};

/** What one peer is answered with three times the bytes by. */
export interface BesideData {
  readonly bound: BoundAddress;
  readonly address: string;
  readonly peer: Endpoint;
}

export const ANSWERS_ONE: Role<BesideData, 'stop', SocketWord> = {
  name: 'answers-one',
  spins: () => false,
  async run(side) {
    const { bound, address, peer } = side.data;
    const socket = await side.transport.besideDatagrams(bound, address, peer, {});
    side.post({ open: socket.local }, true);
    await answered(side, socket, 3);
  },
};

type OrderWord = { readonly bound: BoundAddress } | 'is busy' | { readonly heard: readonly string[] };

/** Is busy for a while with the first datagram that comes to a port, and tells in which order it has heard what came meanwhile. */
export const IS_BUSY: Role<string, string, OrderWord> = {
  name: 'is-busy',
  spins: () => false,
  async run(side) {
    const socket = await side.transport.bindDatagrams({ bind: { address: side.data } });
    const over = settled();
    const heard: string[] = [];
    socket.onBatch(({ count }) => {
      for (let i = 0; i < count; i++) heard.push('datagram');
      if (heard.length > 1) {
        side.post({ heard }, true);
        over.settle();
        return;
      }
      side.post('is busy', true);
      for (const begin = performance.now(); performance.now() - begin < BUSY_MS; );
    });
    side.onMessage((order) => heard.push(order));
    side.post({ bound: socket.bound }, true);
    await side.run(over.promise);
    socket.close();
  },
};

/** Where a role counts how often its timer has called it: 32-bit words of shared memory, one for each role. */
interface Counted {
  readonly counts: SharedArrayBuffer;
  readonly place: number;
}

type CountsWord = { readonly threadId: number } | { readonly bound: BoundAddress } | { readonly heard: unknown };

/**
 * Counts every millisecond, and turns its thread all the time beside. Tells its thread, and what it hears. Told how, it fails; told to
 * `end`, it does and leaves its socket open and its timer set.
 */
export const COUNTS: Role<Counted, unknown, CountsWord> = {
  name: 'counts',
  spins: () => false,
  async run(side) {
    const { transport, data } = side;
    const counts = new Int32Array(data.counts);
    const over = settled();
    const fail = (): never => {
      throw Object.assign(new Error('told to fail'), { code: 'ETOLD' });
    };
    let isFailing = false;
    const timer = transport.timer();
    const count = (): void => {
      timer.set(after(transport.clock.now(), milliseconds(1)), count);
      Atomics.add(counts, data.place, 1);
      if (isFailing) fail();
    };
    count();
    const again = (): void => transport.soon(again);
    again();
    const socket = await transport.bindDatagrams({ bind: { address: '127.0.0.1' } });
    socket.onBatch(fail);
    side.onMessage((order) => {
      side.post({ heard: order });
      if (order === 'end') over.settle();
      if (order === 'fail at once') fail();
      if (order === 'fail soon') transport.soon(fail);
      if (order === 'fail in time') isFailing = true;
    });
    side.post({ threadId }, true);
    side.post({ bound: socket.bound }, true);
    await side.run(over.promise);
  },
};

/** As `COUNTS`, but waits awake. */
export const SPINS: typeof COUNTS = { ...COUNTS, name: 'spins', spins: () => true };

export const CONTRACT_ROLES = [
  SAYS_BACK,
  LISTENS_LATE,
  CHANGES,
  TELLS_TIME,
  WORKS_STREAM,
  ANSWERS_ALL,
  ANSWERS_ONE,
  IS_BUSY,
  COUNTS,
  SPINS,
] as const;

async function answered<Data>(
  side: RoleSide<Data, 'stop', SocketWord>,
  socket: Awaited<ReturnType<typeof side.transport.connectDatagrams>>,
  times: number,
): Promise<void> {
  const over = settled();
  side.onMessage(over.settle);
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const bytes = [...batch.payload(i)];
      side.post({ from: batch.source(i), to: batch.destination(i), bytes }, true);
      batch.reply(i, Uint8Array.from(Array(times).fill(bytes).flat()));
    }
  });
  await side.run(over.promise);
  socket.close();
}

const passed = ({ transport }: Pick<RoleSide<unknown, unknown, unknown>, 'transport'>): Promise<void> =>
  new Promise((resolve) => transport.coarseTimer().set(after(transport.clock.now(), QUICK), resolve));

function settled(): { readonly promise: Promise<void>; settle(): void } {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: () => settle() };
}
