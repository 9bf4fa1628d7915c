import type { PingResult, ProbeEvent, SessionEvent } from '@pathgauge/result';
import { type ClockSetting, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { DatagramBatch, DatagramSocket, TimestampSource, Transport } from '@pathgauge/transport';
import { type Instant, milliseconds, type Span, seconds, span } from '@pathgauge/units';
import type { PingOptions } from '../src/ping/ping-options';
import { PingRun } from '../src/ping/ping-run';
import { Reflector } from '../src/reflect/reflector';
import { usualProbes } from './usual-probes';

const SERVER = '10.0.0.2';
const PORT = 862;
export const ms = milliseconds;
const US = 1e3;

type SendStampHandler = Parameters<DatagramSocket['onStamp']>[0];

/** After it was handed over a probe is in the host's queue, then it leaves, one after the other. */
export const QUEUED = 3 * US;
export const LEFT = 10 * US;
/** What has arrived is looked at so much later; a reply leaves so much after the T3 that it carries. */
const LOOKED = 20 * US;
export const REPLY_LEFT = 15 * US;

const OPTIONS: PingOptions = usualProbes(SERVER, PORT);

interface Scene {
  /** Which of the probes get which stamp, and how late it is told. */
  readonly stamped?: (probe: number) => boolean;
  readonly toldAfter?: Span;
  readonly queued?: boolean;
  /** By whom the arrival of each reply is stamped. */
  readonly arrivalBy?: (reply: number) => TimestampSource;
  /** Whether the server learns when its reply left. */
  readonly replyStamped?: (reply: number) => boolean;
  readonly downLost?: (reply: number) => boolean;
  readonly upClass?: number | undefined;
  readonly downClass?: number;
  readonly serverClock?: Partial<ClockSetting>;
  readonly sameHost?: boolean;
}

/** What a kernel that stamps makes of a socket: datagrams leave later than they are handed over, and come with their instants. */
function stampedByKernel(socket: DatagramSocket, time: VirtualTime, now: () => Instant, scene: Scene): DatagramSocket {
  let onStamp: SendStampHandler = () => {};
  let replies = 0;
  let handed = 0;
  let idleAt = 0;
  const looped = (payload: Uint8Array): Uint8Array => Uint8Array.from([...Array(42).fill(0x45), ...payload]);
  return {
    local: socket.local,
    sendTimestamps: 'kernel',
    receiveTimestamps: 'kernel',
    offloads: [],
    receiveBufferBytes: undefined,
    sendBufferBytes: undefined,
    backlog: 0,
    dropped: () => undefined,
    pathMtuBytes: () => undefined,
    onError: (handler) => socket.onError(handler),
    onRefused: (handler) => socket.onRefused(handler),
    onStamp: (handler) => {
      onStamp = handler;
    },
    onBatch: (handler) =>
      socket.onBatch((batch) => {
        const kept = Array.from({ length: batch.count }, (_, i) => ({
          payload: batch.payload(i).slice(),
          arrival: batch.arrival(i),
          source: batch.source(i),
          by: scene.arrivalBy?.(replies++) ?? 'kernel',
        }));
        const at = <Key extends keyof (typeof kept)[number]>(i: number, key: Key) =>
          (kept[i] as (typeof kept)[number])[key];
        const later: DatagramBatch = {
          count: kept.length,
          socket: batch.socket,
          payload: (i) => at(i, 'payload'),
          segmentBytes: (i) => at(i, 'payload').length,
          arrival: (i) => at(i, 'arrival'),
          arrivalSource: (i) => at(i, 'by'),
          source: (i) => at(i, 'source'),
          destination: (i) => batch.destination(i),
          hopLimit: () => 59,
          trafficClass: () => scene.downClass,
          reply: () => {},
        };
        time.schedule(span(LOOKED), () => handler(later));
      }),
    send: (payload) => {
      const sent = payload.slice();
      const probe = handed++;
      const told = scene.toldAfter ?? span(0);
      const stamp = (moment: 'queued' | 'sent'): void => {
        const at = now();
        time.schedule(told, () => onStamp(looped(sent), moment, at));
      };
      const isStamped = scene.stamped?.(probe) ?? true;
      if (isStamped && scene.queued !== false) time.schedule(span(QUEUED), () => stamp('queued'));
      idleAt = Math.max(idleAt, time.now()) + LEFT;
      time.schedule(span(idleAt - time.now()), () => {
        socket.send(sent);
        if (isStamped) stamp('sent');
      });
    },
    sendMany: () => 0,
    close: () => socket.close(),
  };
}

/** A reflector whose replies leave later than they say, and which learns that where its kernel stamps. */
async function serve(server: Transport, time: VirtualTime, { replyStamped, upClass }: Scene): Promise<void> {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  let replies = 0;
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const [payload, source] = [batch.payload(i).slice(), batch.source(i)];
      if (reflector.reflect(payload, source, batch.arrival(i), 61, upClass) === undefined) continue;
      const reply = replies++;
      time.schedule(span(REPLY_LEFT), () => {
        socket.send(payload, source);
        if (replyStamped?.(reply) ?? true) {
          reflector.noteSent(Uint8Array.from([...Array(42).fill(0), ...payload]), server.clock.now());
        }
      });
    }
  });
}

/** A whole session: 3 ms up, 1 ms down. */
export async function run(options: Partial<PingOptions> = {}, scene: Scene = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client = network.host('10.0.0.1');
  let replies = 0;
  network.fateOf = ({ to }) => {
    if (to.address === SERVER) return [ms(3)];
    return scene.downLost?.(replies++) ? [] : [ms(1)];
  };
  await serve(network.host(SERVER, scene.serverClock), time, scene);
  const peer = { address: SERVER, port: PORT };
  const bare = await client.connectDatagrams(peer, {});
  const socket = stampedByKernel(bare, time, () => client.clock.now(), scene);
  const events: SessionEvent[] = [];
  const host = { ...client, isOwnAddress: () => scene.sameHost ?? false };
  const session = new PingRun(
    { ...OPTIONS, ...options },
    host,
    { peer, socket, leftAside: [], isAnswering: undefined },
    (event) => events.push(event),
  );
  session.begin();
  await time.advance(seconds(5));
  session.release();
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'ping') throw new Error('a session ends with its summary');
  const probes = events.filter((event): event is ProbeEvent => event.type === 'probe');
  return { events, result: last.result, probes };
}

export const stampsOf = ({ transport }: PingResult) => transport.userStamped;
