import { encodeStreamOpening, type Grant } from '@pathgauge/protocol';
import type { Endpoint, StreamSettings, Transport } from '@pathgauge/transport';
import { NS_PER_MS } from '@pathgauge/units';
import { handledElsewhere } from '../promises';
import { within } from '../waiting';
import { CLIENT_PATIENCE } from './conversation/patience';
import type { LoadOptions } from './plan/load-options';
import type { LoadPlan } from './plan/load-plan';
import { streamPlaces } from './plan/stream-places';
import type { StreamCarrier } from './streams/stream-carrier';
import type { StreamGroup } from './streams/stream-group';

const CONNECT_MS = CLIENT_PATIENCE.connect / NS_PER_MS;

/** What a client opens the streams of a test with. */
export interface ClientStreams {
  readonly plan: LoadPlan;
  readonly options: Pick<LoadOptions, 'bind' | 'ttl'>;
  readonly transport: Transport;
  /** The server, and as errors name it. */
  readonly remote: Endpoint;
  readonly name: string;
  /** What a TCP stream begins with. */
  readonly cookie: Uint8Array;
  readonly grant: Grant | undefined;
  /** Rejects when nobody waits for the streams any more. */
  readonly failure: Promise<never>;
  /** The test was given up. */
  isReleased(): boolean;
}

/**
 * Opens the data streams of a test one after the other: by their order the server knows in which direction each goes. Rejects with a
 * `TransportError` when one cannot be opened.
 */
export async function openStreams(group: Pick<StreamGroup, 'open'>, streams: ClientStreams): Promise<void> {
  for (const { direction } of streamPlaces(streams.plan)) {
    const carrier = streams.plan.protocol === 'tcp' ? await connected(streams) : asking(streams);
    if (carrier === undefined) return;
    const opened = handledElsewhere(group.open(carrier, direction));
    await answered(streams, Promise.race([opened, streams.failure]));
  }
}

/** Undefined: the test was given up meanwhile. */
async function connected({ plan, options, transport, remote, cookie, isReleased }: ClientStreams) {
  const how = { bind: options.bind, timeoutMs: CONNECT_MS, settings: settingsBefore(plan) };
  const stream = await transport.connectStream(remote, how);
  if (!isReleased()) return { kind: 'stream', stream, unread: new Uint8Array(0), greeting: cookie } as const;
  stream.destroy();
  return undefined;
}

/** Of what is set when the stream begins, that which the server is to hear of with the first packet; undefined: nothing. */
function settingsBefore({ sockets }: LoadPlan): StreamSettings | undefined {
  const { windowBytes, mssBytes, congestion, trafficClass } = sockets;
  const settings = { windowBytes, mssBytes, congestion, trafficClass };
  return Object.values(settings).some((value) => value !== undefined) ? settings : undefined;
}

const asking = ({ options: { bind, ttl }, remote, grant }: ClientStreams): StreamCarrier => ({
  kind: 'ask',
  peer: remote,
  bind,
  ttl,
  opening: encodeStreamOpening(grant?.token),
});

/** A connection was opened already; who asks over UDP may never be answered. */
const answered = ({ plan, transport, name }: ClientStreams, opened: Promise<void>): Promise<void> =>
  plan.protocol === 'tcp'
    ? opened
    : within(
        transport,
        CLIENT_PATIENCE.answer,
        `${name} does not answer on UDP; is the port open for UDP in the firewall?`,
        opened,
      );
