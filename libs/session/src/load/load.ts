import type { SessionEvent } from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import { NS_PER_MS } from '@pathgauge/units';
import { EventQueue } from '../event-queue';
import { type Bell, unlessInterrupted } from '../interruption';
import { requireMarks } from '../marks';
import { Notices } from '../notices';
import { type Connect, type Connected, connectFirst } from '../reach/connect-first';
import { unlessBusy } from './busy-server';
import { ClientTest } from './client-test';
import { CLIENT_PATIENCE } from './conversation/patience';
import type { LoadOptions } from './plan/load-options';
import { dscpOf } from './plan/socket-plan';

/**
 * Runs a load test against a Pathgauge or iperf3 server: `start`, an `interval` each report interval, `notice`s, and last
 * the `summary`, also when the peer vanishes in the middle. An abort of `signal` ends it early; a ring of `bell` has it tell the
 * figures so far. Throws `TransportError` or `ProtocolError` when the load could not begin.
 */
export async function* load(
  options: LoadOptions,
  transport: Transport,
  signal: AbortSignal,
  bell?: Bell,
): AsyncGenerator<SessionEvent> {
  // In reverse it is the server that sends the datagrams.
  const { sockets, directions } = options;
  requireMarks(transport, {
    dscp: dscpOf(sockets),
    dontFragment: sockets.dontFragment && directions.includes('up'),
  });
  // Begins while the server is sought and connected to.
  transport.makeReady(options.parallel * directions.length);
  const events = new EventQueue<SessionEvent>();
  const notices = new Notices((event) => events.push(event));
  let test: ClientTest | undefined;
  const attempt = async (): Promise<void> => {
    test?.release();
    const connected = await unlessInterrupted(signal, connectControl(options, transport));
    test = new ClientTest(options, transport, connected, signal, { events, notices });
    await test.run();
  };
  const unhook = bell?.onRing(() => test?.reportInterim());
  unlessBusy(attempt, { limit: options.waitBusy, timers: transport, signal, notices }).then(
    () => events.end(),
    (error) => events.fail(error),
  );
  try {
    yield* events;
  } finally {
    unhook?.();
    test?.release();
  }
}

async function connectControl(options: LoadOptions, transport: Transport): Promise<Connected> {
  const addresses = await transport.resolve(options.host, options.family);
  const peers = addresses.map((address) => ({ address, port: options.port }));
  const connect: Connect = (peer, how) => transport.connectStream(peer, how);
  return connectFirst(
    options.host,
    peers,
    connect,
    { bind: options.bind, timeoutMs: CLIENT_PATIENCE.connect / NS_PER_MS },
    transport,
  );
}
