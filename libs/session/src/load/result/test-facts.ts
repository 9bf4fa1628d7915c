import type { Grant, Results } from '@pathgauge/protocol';
import { errorOf, type LoadResult, type Peer, type RunError, type Runner, type StartEvent } from '@pathgauge/result';
import { codeOf, type Endpoint, type Transport } from '@pathgauge/transport';
import { elapsed, type Instant } from '@pathgauge/units';
import type { HeardIcmp } from '../../icmp/icmp-log';
import { icmpText, refusalText, type SentDatagrams } from '../../icmp/icmp-text';
import type { MetricSwitches } from '../../metric-switches';
import type { Notices } from '../../notices';
import type { SessionClock } from '../conversation/session-clock';
import { silentNotice } from '../conversation/silence-watch';
import type { LoadPlan } from '../plan/load-plan';
import { settingsOfPlan } from '../plan/load-settings';
import { paceOfStream } from '../plan/stream-pace';
import type { CarrierFacts, StreamOutcome } from '../streams/stream-outcome';
import type { LoadClock } from './load-delay';
import { loadResult, loadTransportUse, sentDatagrams } from './load-result';
import { NOTHING_TOLD, resultsOf, type ToldFigures, toldFigures } from './plain-figures';
import { type WeighedStream, weighStream } from './weighed-stream';

/** What is known of a test at one end before its load begins, and what there is to tell beside its figures. */
export interface TestFacts {
  readonly runner: Runner;
  readonly isClient: boolean;
  readonly plan: LoadPlan;
  readonly metrics: MetricSwitches;
  readonly transport: Pick<Transport, 'kind' | 'note' | 'clock'>;
  readonly startedAt: Date;
  readonly notices: Notices;
  /** The peer as the user wrote it, and as notices name it. */
  readonly host: string;
  readonly name: string;
  readonly remote: Endpoint;
  /** What both ends have agreed on: asked when it is needed, since a client learns of it during the test. */
  readonly agreed: { readonly grant: Grant | undefined; readonly session: SessionClock };
}

/** When a test was what, as this end has seen it. */
interface TestTimes {
  readonly connectedAt: Instant;
  /** The load began. */
  readonly start: Instant;
  readonly loadEnd: Instant;
  /** TEST_END was sent, or has arrived; undefined: never. */
  readonly testEnd: Instant | undefined;
  /** Of which a peer's view of the load may be shorter than this end's. */
  readonly roundTripNs: number;
}

/** What a test came to. */
export interface TestOutcome {
  readonly times: TestTimes;
  /** This end's streams; none where nobody tells their figures. */
  readonly streams: readonly StreamOutcome[];
  readonly carrier: CarrierFacts | undefined;
  readonly intervals: LoadResult['intervals'];
  /** The other end's results; undefined when they never came. */
  readonly results: Results | undefined;
  readonly failure: Error | undefined;
  /** Why the test ended, where that is not the failure that it ended with. */
  readonly stopped: RunError | undefined;
  /** The reason of a run that its user ended, which is no failure. */
  readonly interruption: string | undefined;
}

/** Whether this end sends. */
export const isSending = ({ plan, isClient }: Pick<TestFacts, 'plan' | 'isClient'>): boolean =>
  (plan.directions[0] === 'up') === isClient;

export const startEvent = (facts: TestFacts, carrier: CarrierFacts | undefined): StartEvent => ({
  type: 'start',
  runner: facts.runner,
  kind: 'load',
  peer: peerOf(facts),
  transport: loadTransportUse(facts.transport, carrier, []),
  settings: settingsOfPlan(facts.plan),
});

/** Datagrams that this host itself did not send would look like loss on the path. */
export const noteSendError = (facts: TestFacts, error: Error): void =>
  facts.notices.note(codeOf(error) ?? 'UNKNOWN', refusalText(error, sentBy(facts)));

/** Returns what ICMP says, in words. */
export function noteIcmp(facts: TestFacts, heard: HeardIcmp): string {
  const message = icmpText(heard, sentBy(facts));
  facts.notices.note(heard.error, message);
  return message;
}

/** What is sent may reach nobody. Over TCP nothing new leaves by itself. */
export function noteSilence(facts: TestFacts): void {
  if (facts.plan.protocol === 'udp' && isSending(facts)) facts.notices.add(silentNotice(facts.name));
}

/** This end's figures as the results message has them. */
export const ownResults = (facts: TestFacts, streams: readonly StreamOutcome[]): Results =>
  resultsOf(streams, figuresOf(facts));

/** The document of a test that is over. A peer's figures that cannot be true are noted. */
export function documentOf(facts: TestFacts, outcome: TestOutcome): LoadResult {
  const { times, streams, carrier, intervals, interruption, failure, stopped } = outcome;
  const told = outcome.results === undefined ? NOTHING_TOLD : toldFigures(outcome.results, figuresOf(facts));
  const clock = clockOf(facts);
  const weighed = weighedStreams(facts, outcome, told, clock);
  const contradiction = contradictionOf(facts.name, told, weighed);
  facts.notices.add(contradiction);
  const error = stopped ?? (failure === undefined ? contradiction : errorOf(failure));
  return loadResult({
    runner: facts.runner,
    startedAt: facts.startedAt,
    durationNs: elapsed(times.start, times.loadEnd),
    reason: interruption ?? error?.message,
    error: interruption === undefined ? error : undefined,
    notices: facts.notices.list(),
    peer: peerOf(facts),
    transport: loadTransportUse(facts.transport, carrier, streams),
    settings: settingsOfPlan(facts.plan),
    metrics: facts.metrics,
    protocol: facts.plan.protocol,
    direction: facts.plan.directions[0] ?? 'up',
    streams: weighed,
    clock,
    sendError: streams[0]?.sendError,
    intervals,
    icmp: streams.flatMap(({ icmp }) => icmp),
  });
}

function weighedStreams(
  facts: TestFacts,
  { streams, times }: TestOutcome,
  told: ToldFigures,
  clock: LoadClock | undefined,
): readonly WeighedStream[] {
  const now = facts.transport.clock.now();
  const { plan, isClient } = facts;
  // One stream at least was asked for, though nobody may tell of it.
  const own = streams.length === 0 ? [undefined] : streams;
  return own.map((stream, i) =>
    weighStream({
      protocol: plan.protocol,
      direction: plan.directions[0] ?? 'up',
      isSending: isSending(facts),
      length: plan.length,
      omits: plan.omit > 0,
      planned: paceOfStream(plan, i).planned,
      plain: facts.agreed.grant === undefined,
      peerIsClient: !isClient,
      own: stream?.figures,
      loadNs: stream?.loadNs ?? 0,
      told: told.figures[i],
      clock,
      testNs: elapsed(times.connectedAt, now),
      roundTripNs: times.roundTripNs,
      untilEndNs: elapsed(times.start, times.testEnd ?? now),
    }),
  );
}

/** What a peer told that cannot be true; undefined when all may be. */
function contradictionOf(name: string, told: ToldFigures, streams: readonly WeighedStream[]): RunError | undefined {
  const all = [
    ...(told.isUnreadable ? ['its account of the stream cannot be read'] : []),
    ...streams.flatMap(({ contradictions }) => contradictions),
  ];
  if (all.length === 0) return undefined;
  return {
    code: 'peer-figures',
    message: `the figures of ${name} contradict each other or this end's: ${all.join('; ')}`,
  };
}

/** A client counts the server's instants from the base, a server the client's. */
function clockOf({ agreed: { session }, isClient }: TestFacts): LoadClock | undefined {
  const clock = session.snapshot();
  const { peerBaseSeconds } = session.wall;
  return clock === undefined ? undefined : { ...clock, baseSeconds: isClient ? peerBaseSeconds : 0 - peerBaseSeconds };
}

const figuresOf = (facts: TestFacts) => ({
  protocol: facts.plan.protocol,
  isSending: isSending(facts),
  isExtended: facts.agreed.grant !== undefined,
});

const peerOf = ({ host, remote, agreed }: TestFacts): Peer => ({
  host,
  ...remote,
  protocol: agreed.grant === undefined ? 'iperf3' : 'pathgauge',
});

const sentBy = (facts: TestFacts): SentDatagrams =>
  sentDatagrams({ peer: peerOf(facts), settings: settingsOfPlan(facts.plan) });
