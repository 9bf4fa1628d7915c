import type { Interval } from '@pathgauge/result';
import { connectedStreams, type FakeDatagrams, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { StreamSocket } from '@pathgauge/transport';
import { type Instant, milliseconds, type Span } from '@pathgauge/units';
import type { LoadPlan } from '../src/load/plan/load-plan';
import { DataStream } from '../src/load/streams/data-stream';
import type { StreamLink } from '../src/load/streams/stream-link';
import type { StreamOptions } from '../src/load/streams/stream-options';
import { StreamProgress } from '../src/load/streams/stream-progress';
import { planOf } from './load-plans';
import { usualStream } from './usual-stream';

/** What answers the opening of a stream of datagrams. */
export const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);
/** Bytes of each message. */
export const LENGTH = 100;

/** Two hosts, a millisecond apart, and streams of the first. */
export function streamScene() {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const near = network.host('10.0.0.1');
  const far = network.host('10.0.0.2');
  const begin = time.now();
  const told: string[] = [];
  const intervals: (Interval & { readonly transitMeanNs: number | undefined })[] = [];

  const optionsOf = (options: Partial<StreamOptions>): StreamOptions =>
    usualStream(near, options.plan ?? planOf({ length: LENGTH }), options);
  const streamOver = (link: StreamLink, options: Partial<StreamOptions>) => {
    const progress = new StreamProgress();
    const stream = new DataStream(link, optionsOf(options), near, progress, {
      onInterval: ({ interval, transitMeanNs }) => intervals.push({ ...interval, transitMeanNs }),
      onComplete: () => told.push('complete'),
      onBroken: (why) => told.push(`broken: ${why}`),
      onClosed: (error) => told.push(`closed: ${error?.message}`),
      onSendError: ({ message }) => told.push(`not sent: ${message}`),
      onIcmp: ({ error }) => told.push(`icmp: ${error}`),
    });
    const stop = (): Promise<void> => new Promise((resolve) => stream.stop(resolve));
    return { stream, progress, stop };
  };

  return {
    time,
    network,
    near,
    far,
    told,
    intervals,
    streamOver,
    /** Virtual time since the beginning, in milliseconds. */
    at: (afterMs: number): Instant => (begin + afterMs * 1e6) as Instant,
    now: (): number => (time.now() - begin) / 1e6,
    /** This end's connection, and the other one. */
    connection(): [StreamSocket, StreamSocket] {
      const end = (address: string, { clock }: typeof near) => ({
        endpoint: { address, port: 7 },
        clock,
        delay: milliseconds(1),
      });
      return connectedStreams(time, end('10.0.0.1', near), end('10.0.0.2', far));
    },
    /** This end's connected socket, and the other one. */
    async sockets(): Promise<[FakeDatagrams, FakeDatagrams]> {
      const other = await far.bindDatagrams({ bind: { port: 7 } });
      return [(await near.connectDatagrams(other.local, {})) as FakeDatagrams, other as FakeDatagrams];
    },
  };
}

/** A plan of a message each `spacing`. */
export const pacedPlan = (spacing: Span, duration: Span, protocol: 'tcp' | 'udp' = 'tcp'): LoadPlan =>
  planOf({ protocol, length: LENGTH, spacing, duration });
