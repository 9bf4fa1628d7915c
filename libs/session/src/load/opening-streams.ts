import { type Endpoint, endpointText } from '@pathgauge/transport';
import { span } from '@pathgauge/units';
import { settledWithin, type Timers, within, withinEach } from '../waiting';
import type { AwaitedStreams } from './awaited-streams';
import { ProtocolError } from './conversation/control-channel';
import { SERVER_PATIENCE } from './conversation/patience';
import type { LoadPlan } from './plan/load-plan';
import { streamPlaces } from './plan/stream-places';
import type { TestHost } from './test-host';

/** What is to be called in any case when a test is over. */
type Ends = (() => void)[];

/** Waits for the turn of a plain UDP client. Returns what leaves it. */
export async function turnOf(
  { transport, plainUdpTurn }: Pick<TestHost, 'transport' | 'plainUdpTurn'>,
  client: Endpoint,
  ends: Ends,
): Promise<() => void> {
  const turn = plainUdpTurn(client.address);
  // Taken even when nobody waits for it any more, so that the next one's comes.
  const leave = (): void => void turn.then((end) => end());
  ends.push(leave);
  await within(transport, SERVER_PATIENCE.answer, 'another test from the same address did not begin in time', turn);
  return leave;
}

/** The streams of a test of datagrams are about to be opened. */
export async function expectOpenings(
  { transport, awaitOpenings }: Pick<TestHost, 'transport' | 'awaitOpenings'>,
  token: Uint8Array | undefined,
  plan: LoadPlan,
  ends: Ends,
): Promise<void> {
  const { known, forget } = awaitOpenings(token, streamPlaces(plan).length);
  ends.push(forget);
  await settledWithin(transport, SERVER_PATIENCE.answer, known);
}

/** Waits until all are open; each that comes has the next one waited for anew. `ends`: whichever settles, none is waited for any more. */
export async function untilOpened(
  timers: Timers,
  client: Endpoint,
  awaited: Pick<AwaitedStreams, 'opened' | 'taken' | 'count'>,
  ends: readonly Promise<void>[],
): Promise<void> {
  const opened = Promise.race([awaited.opened, ...ends.map(neverBefore)]);
  const silence = (): string =>
    `${endpointText(client)} opened ${awaited.taken === 0 ? 'no data stream' : `only ${awaited.taken} of its data streams`}`;
  const { stream, eachStream, allStreams } = SERVER_PATIENCE;
  const all = span(Math.min(stream + awaited.count * eachStream, allStreams));
  const late = `${endpointText(client)} took too long to open its data streams`;
  await within(
    timers,
    all,
    late,
    withinEach(timers, stream, () => awaited.taken, silence, opened),
  );
}

/** Rejects when `promise` settles at all. */
const neverBefore = (promise: Promise<void>): Promise<never> =>
  promise.then(() => Promise.reject(new ProtocolError('the client ended the test before it began')));
