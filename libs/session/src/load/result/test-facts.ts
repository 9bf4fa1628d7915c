import type { Grant, Results } from '@pathgauge/protocol';
import {
  type Cpu,
  type CpuUse,
  errorOf,
  type LoadResult,
  type Peer,
  type RunError,
  type Runner,
  type StartEvent,
} from '@pathgauge/result';
import { codeOf, type Endpoint, type Transport } from '@pathgauge/transport';
import { elapsed, type Instant } from '@pathgauge/units';
import type { IcmpReport } from '../../icmp/icmp-log';
import { icmpText, refusalText, type SentDatagrams } from '../../icmp/icmp-text';
import type { MetricSwitches } from '../../metric-switches';
import type { Notices } from '../../notices';
import type { SessionClock } from '../conversation/session-clock';
import { silentNotice } from '../conversation/silence-watch';
import type { LoadPlan } from '../plan/load-plan';
import { settingsOfPlan } from '../plan/load-settings';
import { paceOfStream } from '../plan/stream-pace';
import { type StreamPlace, streamPlaces } from '../plan/stream-places';
import type { CarrierFacts, StreamOutcome } from '../streams/stream-outcome';
import type { LoadClock } from './load-delay';
import { sentDatagrams } from './load-icmp';
import { loadResult } from './load-result';
import { loadTransportUse } from './load-transport';
import { type FiguresOf, NOTHING_TOLD, type OwnWords, resultsOf, type ToldFigures, toldFigures } from './plain-figures';
import { checkIntervals, type Reports } from './told-intervals';
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
  /** What the other end has reported of them. */
  readonly reports: Reports;
  /** What this end's process took of its host while the load lasted. */
  readonly cpu: CpuUse | undefined;
  /** The other end's results; undefined when they never came. */
  readonly results: Results | undefined;
  readonly failure: Error | undefined;
  /** Why the test ended, where that is not the failure that it ended with. */
  readonly stopped: RunError | undefined;
  /** The reason of a run that its user ended, which is no failure. */
  readonly interruption: string | undefined;
}

/** Whether this end sends; both ends do where data flows in both directions. */
export const isSending = ({ plan, isClient }: Pick<TestFacts, 'plan' | 'isClient'>): boolean =>
  plan.directions.includes(isClient ? 'up' : 'down');

/** Whether this end receives; both ends do where data flows in both directions. */
export const isReceiving = ({ plan, isClient }: Pick<TestFacts, 'plan' | 'isClient'>): boolean =>
  plan.directions.includes(isClient ? 'down' : 'up');

const isSentHere = (
  { isClient }: Pick<TestFacts, 'isClient'>,
  { direction }: Pick<StreamPlace, 'direction'>,
): boolean => (direction === 'up') === isClient;

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
export function noteIcmp(facts: TestFacts, heard: IcmpReport): string {
  const message = icmpText(heard, sentBy(facts));
  facts.notices.note(heard.error, message);
  return message;
}

/** What is sent may reach nobody. Over TCP nothing new leaves by itself. */
export function noteSilence(facts: TestFacts): void {
  if (facts.plan.protocol === 'udp' && isSending(facts)) facts.notices.add(silentNotice(facts.name));
}

/** This end's figures as the results message has them. */
export const ownResults = (facts: TestFacts, streams: readonly StreamOutcome[], words: OwnWords): Results =>
  resultsOf(streams, figuresOf(facts), words);

/** The document of a test that is over. A peer's figures that cannot be true are noted. */
export function documentOf(facts: TestFacts, outcome: TestOutcome): LoadResult {
  const { times, streams, carrier, interruption, failure, stopped } = outcome;
  const told = outcome.results === undefined ? NOTHING_TOLD : toldFigures(outcome.results, figuresOf(facts));
  const clock = clockOf(facts);
  const weighed = weighedStreams(facts, outcome, told, clock);
  const { intervals, contradictions } = checkIntervals({
    ...outcome,
    direction: facts.isClient ? 'up' : 'down',
    streams: weighed,
    testNs: elapsed(times.connectedAt, facts.transport.clock.now()),
  });
  const contradiction = contradictionOf(facts.name, [
    ...contradictionsOfIds(told, weighed),
    ...weighed.flatMap((stream) => stream.contradictions),
    ...contradictions,
  ]);
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
    directions: facts.plan.directions,
    streams: weighed,
    clock,
    sendError: streams.flatMap(({ sendError }) => sendError ?? []),
    intervals,
    icmp: streams.flatMap(({ icmp }) => icmp),
    cpu: cpuOf(outcome),
    serverOutput: facts.isClient ? outcome.results?.serverOutput : undefined,
  });
}

function cpuOf({ cpu: local, results }: TestOutcome): Cpu | undefined {
  const remote = results?.cpu;
  return local === undefined && remote === undefined ? undefined : { local, remote };
}

/** Each stream that was asked for, though nobody may tell of it. */
function weighedStreams(
  facts: TestFacts,
  { streams, times }: TestOutcome,
  told: ToldFigures,
  clock: LoadClock | undefined,
): readonly WeighedStream[] {
  const now = facts.transport.clock.now();
  const { plan, isClient } = facts;
  const plain = facts.agreed.grant === undefined;
  return streamPlaces(plan).map((place) => {
    const own = streams.find(({ figures }) => figures.id === place.id);
    const { planned, lastLength } = paceOfStream(plan, place.index);
    return weighStream({
      id: place.id,
      protocol: plan.protocol,
      direction: place.direction,
      isSending: isSentHere(facts, place),
      length: plan.length,
      lastLength,
      // A Pathgauge marks what is omitted; of a plain peer it is what its own clock says.
      omits: plain && plan.omit > 0,
      planned,
      plain,
      peerIsClient: !isClient,
      own: own?.figures,
      loadNs: own?.loadNs ?? 0,
      told: told.figures.find(({ id }) => id === place.id),
      clock,
      testNs: elapsed(times.connectedAt, now),
      roundTripNs: times.roundTripNs,
      untilEndNs: elapsed(times.start, times.testEnd ?? now),
    });
  });
}

/** A line has room for no more. */
const MAX_CONTRADICTIONS = 4;

/** What a peer told that cannot be true; undefined when all may be. */
function contradictionOf(name: string, all: readonly string[]): RunError | undefined {
  if (all.length === 0) return undefined;
  const more = all.length - MAX_CONTRADICTIONS;
  const listed = [...all.slice(0, MAX_CONTRADICTIONS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return {
    code: 'peer-figures',
    message: `the figures of ${name} contradict each other or this end's: ${listed}`,
  };
}

/** Each stream of the test is told once at the most, and no other. */
function contradictionsOfIds(
  { figures, isUnreadable }: ToldFigures,
  streams: readonly WeighedStream[],
): readonly string[] {
  const known = new Set(streams.map(({ id }) => id));
  const ids = new Set(figures.map(({ id }) => id));
  const foreign = [...ids].find((id) => !known.has(id));
  return [
    ...(isUnreadable ? ['its account of the stream cannot be read'] : []),
    ...(ids.size < figures.length ? ['a stream that is told of more than once'] : []),
    ...(foreign === undefined ? [] : [`stream ${foreign}, which is none of the test`]),
  ];
}

/** A client counts the server's instants from the base, a server the client's. */
function clockOf({ agreed: { session }, isClient }: TestFacts): LoadClock | undefined {
  const clock = session.snapshot();
  const { peerBaseSeconds } = session.wall;
  return clock === undefined ? undefined : { ...clock, baseSeconds: isClient ? peerBaseSeconds : 0 - peerBaseSeconds };
}

const figuresOf = (facts: TestFacts): FiguresOf => ({
  protocol: facts.plan.protocol,
  isSending: isSending(facts),
  sentIds: new Set(
    streamPlaces(facts.plan)
      .filter((place) => isSentHere(facts, place))
      .map(({ id }) => id),
  ),
  isExtended: facts.agreed.grant !== undefined,
  length: facts.plan.length,
  omits: facts.plan.omit > 0,
});

const peerOf = ({ host, remote, agreed }: TestFacts): Peer => ({
  host,
  ...remote,
  protocol: agreed.grant === undefined ? 'iperf3' : 'pathgauge',
});

const sentBy = (facts: TestFacts): SentDatagrams =>
  sentDatagrams({ peer: peerOf(facts), settings: settingsOfPlan(facts.plan) });
