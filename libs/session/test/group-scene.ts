import { encodeStreamOpening, FEATURES, type Grant } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { StreamSocket } from '@pathgauge/transport';
import { type Instant, milliseconds, seconds, WallMap } from '@pathgauge/units';
import type { LoadPlan } from '../src/load/plan/load-plan';
import { StreamGroup, type StreamGroupOptions } from '../src/load/streams/stream-group';
import { ALL_METRICS } from '../src/metric-switches';
import { listening } from './group-listener';

const ms = milliseconds;
const NOTHING_READ = new Uint8Array(0);
const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);
const grantOf = (hasReports: boolean): Grant => ({
  version: 1,
  features: FEATURES.filter((feature) => hasReports || feature !== 'reports'),
  token: new Uint8Array(16),
});

interface GroupSceneOptions {
  readonly hasReports?: boolean;
  /** Neither end is a Pathgauge to the other. */
  readonly isPlain?: boolean;
  /** How long the load goes on. */
  readonly lastsMs?: number;
}

/** A client and a server of one plan, a millisecond apart, and messages to their roles take 50 us. */
export function groupScene(plan: LoadPlan, options: GroupSceneOptions = {}) {
  const { hasReports = false, isPlain = false, lastsMs = 2100 } = options;
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.crossing = ms(0.05);
  const [near, far] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const begin = time.now();
  const endOf = (transport: typeof near, isClient: boolean) => {
    const heard = listening();
    const of: StreamGroupOptions = {
      plan,
      isClient,
      metrics: ALL_METRICS,
      grant: isPlain ? undefined : grantOf(hasReports),
      session: { wall: new WallMap(transport.clock.anchor()), latestOffsetNs: () => 1000 },
      transport,
      reportInterval: seconds(1),
      hangsUp: false,
    };
    return { ...heard, group: new StreamGroup(of, heard.listener) };
  };
  const [client, server] = [endOf(near, true), endOf(far, false)];

  /** One stream more, over a connection. */
  async function connect(direction = plan.directions[0] ?? 'up'): Promise<void> {
    const accepted: StreamSocket[] = [];
    const listener = await far.listen({ port: 7 }, (stream) => accepted.push(stream));
    const stream = await time.settle(near.connectStream(listener.local, { timeoutMs: 1000 }));
    listener.close();
    const carrier = { kind: 'stream', unread: NOTHING_READ, greeting: undefined } as const;
    await time.settle(
      Promise.all([
        client.group.open({ ...carrier, stream }, direction),
        server.group.open({ ...carrier, stream: accepted[0] as StreamSocket }, direction),
      ]),
    );
  }

  /** One stream more, of datagrams. */
  async function ask(direction = plan.directions[0] ?? 'up'): Promise<void> {
    const bound = await far.bindDatagrams({ bind: { port: 7 } });
    bound.onBatch((batch) => {
      const { address } = bound.local;
      const answering = { beside: bound.bound, address, peer: batch.source(0), answer: ANSWER };
      void server.group.open({ kind: 'answer', ...answering }, direction);
    });
    const asking = { bind: undefined, ttl: undefined };
    const opening = encodeStreamOpening(undefined);
    await time.settle(client.group.open({ kind: 'ask', peer: bound.local, opening, ...asking }, direction));
  }

  async function run(): Promise<void> {
    client.group.start();
    server.group.start();
    await time.advance(ms(lastsMs));
    for (const { group } of [client, server]) group.hold();
    await time.settle(Promise.all([client.group.stop(), server.group.stop()]));
  }

  const finish = async () => {
    const end = (begin + lastsMs * 1e6) as Instant;
    return time.settle(Promise.all([client.group.finish(end), server.group.finish(end)]));
  };
  return { time, network, client, server, connect, ask, run, finish };
}
