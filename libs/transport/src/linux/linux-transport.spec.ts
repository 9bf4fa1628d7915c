import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SAYS_BACK, WORKS_STREAM } from '../../test/contract-roles';
import { describeIcmp } from '../../test/icmp-contract';
import { describeHere } from '../../test/linux/altered-native';
import { describeRefusals } from '../../test/refusal-contract';
import { describeRoles } from '../../test/role-contract';
import { describeSharedThread } from '../../test/shared-thread-contract';
import { describeTransport } from '../../test/transport-contract';
import { openTransport } from '../open-transport';
import { portableTransport } from '../portable/portable-transport';
import type { StreamSocket } from '../sockets';
import type { Transport } from '../transport';
import { LinuxConnectionCalls } from './connection-calls';
import { LinuxClock } from './linux-clock';
import { probeStamps } from './stamp-support';
import type { Native } from './system-calls';
import { threadTransport } from './thread-transport';
import { linuxRoles } from './threads';

/** The sockets of a thread, turned by the event loop of the tests. */
function turnedTransport(native: Native): Transport {
  const settings = { originSeconds: 0, stamps: probeStamps(native), spinNs: 0 };
  const thread = threadTransport(native, settings);
  const portable = portableTransport(undefined, undefined, new LinuxConnectionCalls(native));
  let turning: NodeJS.Immediate;
  const turn = (): void => {
    thread.poller.turn(0);
    // Not let go of: where only such immediates are left, Node waits for something else to happen before it calls them.
    turning = setImmediate(turn);
  };
  beforeAll(turn);
  afterAll(() => clearImmediate(turning));
  const roles = linuxRoles(native, WORKER, settings);
  const taken = (stream: StreamSocket): StreamSocket => thread.takeStream(roles.handOver(stream));
  return {
    ...thread,
    ...roles,
    marks: true,
    canUseCongestion: portable.canUseCongestion,
    processorTime: portable.processorTime,
    connectStream: async (peer, options) => {
      return taken(await portable.connectStream(peer, options));
    },
    listen: (options, onConnection) => portable.listen(options, (stream) => onConnection(taken(stream))),
  };
}

const WORKER = join(__dirname, '../../test/role-worker.cjs');

describeHere('in a thread', (native) => {
  describeTransport('linux', () => turnedTransport(native));
  describeRefusals('linux', () => turnedTransport(native), true);
  describeIcmp('linux', () => turnedTransport(native), true);

  it('hands a connection over by a descriptor of its own: it lives on when Node closes the other', async () => {
    const transport = openTransport({ choice: 'linux', threadFile: WORKER, spin: 'never' });
    const accepted = new Promise<StreamSocket>((resolve, reject) => {
      transport.listen({ address: '127.0.0.1', port: 0 }, resolve).then(({ local, close }) => {
        far = portableTransport().connectStream(local, { timeoutMs: 1000 });
        far.then(close, reject);
      }, reject);
    });
    let far: Promise<StreamSocket> | undefined;
    const near = await accepted;
    const role = transport.start(WORKS_STREAM, transport.handOver(near));
    near.destroy();
    const peer = (await far) as StreamSocket;
    const heard = new Promise<number[]>((resolve) => peer.onData((chunk) => resolve([...chunk])));
    role.onMessage(() => {});
    role.post([7]);
    expect(await heard).toStrictEqual([7]);
    role.post('close');
    await role.ended;
    peer.destroy();
  });

  /** The transport, with threads for so many processors. */
  const withProcessors = (processors: number): Transport => {
    const { originSeconds } = new LinuxClock(native);
    const settings = { originSeconds, stamps: probeStamps(native), spinNs: 50_000 };
    return {
      ...openTransport({ choice: 'linux', threadFile: WORKER, spin: 'never' }),
      clock: new LinuxClock(native, originSeconds),
      ...linuxRoles(native, WORKER, settings, { processors }),
    };
  };

  describe.each([
    ['each in a thread of its own', 64],
    ['all in one thread', 1],
  ])('%s', (_, processors) => {
    describeRoles('linux', () => {
      const transport = withProcessors(processors);
      return { transport, address: '127.0.0.1', peers: portableTransport(), settle: (promise) => promise };
    });
  });

  it('has as many threads ready as there are processors at the most, and the next roles go into them', async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    const transport = withProcessors(2);
    const before = threads();
    transport.makeReady(1);
    transport.makeReady(1);
    expect(threads()).toBe(before + 1);
    transport.makeReady(9);
    expect(threads()).toBe(before + 2);
    const roles = [1, 2, 3].map(() => transport.start(SAYS_BACK, 'begin'));
    transport.makeReady(1);
    expect(threads()).toBe(before + 2);
    for (const role of roles) role.post('stop');
    await Promise.all(roles.map(({ ended }) => ended));
  });

  describeSharedThread(() => withProcessors(1), portableTransport());
});
