import { type Grant, NO_RECEIVER_FIGURES, type Results } from '@pathgauge/protocol';
import type { NoticeEvent } from '@pathgauge/result';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import { after, type Instant, milliseconds, seconds } from '@pathgauge/units';
import { SessionClock } from '../src/load/conversation/session-clock';
import type { LoadPlan } from '../src/load/plan/load-plan';
import { documentOf, type TestFacts, type TestOutcome } from '../src/load/result/test-facts';
import { NO_REPORTS } from '../src/load/result/told-intervals';
import { ALL_METRICS } from '../src/metric-switches';
import { Notices } from '../src/notices';
import { planOf } from './load-plans';
import { reportWith, resultsWith } from './results';
import { outcomeOf } from './stream-outcomes';

export const GRANT: Grant = { version: 1, features: ['records'], token: new Uint8Array(16) };
export const REMOTE = { address: '10.0.0.2', port: 5201 };

export interface Known {
  readonly isClient?: boolean;
  readonly plan?: Partial<LoadPlan>;
  readonly grant?: Grant | undefined;
}

/** A test that began a second after it was connected, ran for two, and was over half a second later. */
export function setUp({ isClient = true, plan = {}, grant }: Known = {}) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const told: NoticeEvent[] = [];
  const facts: TestFacts = {
    runner: isClient ? 'tcp-client' : 'tcp-server',
    isClient,
    plan: planOf({ spacing: milliseconds(100), duration: seconds(2), ...plan }),
    metrics: ALL_METRICS,
    transport: { kind: 'portable', note: undefined, clock },
    startedAt: new Date('2026-11-26T12:00:00Z'),
    notices: new Notices((event) => told.push(event)),
    host: 'server.example',
    name: 'server.example (10.0.0.2, port 5201)',
    remote: REMOTE,
    agreed: { grant, session: new SessionClock(clock, false) },
  };
  const connectedAt = clock.now();
  const at = (afterMs: number): Instant => after(connectedAt, milliseconds(afterMs));
  const outcome = (known: Partial<TestOutcome> = {}): TestOutcome => ({
    times: { connectedAt, start: at(1000), loadEnd: at(3000), testEnd: at(3500), roundTripNs: 0 },
    streams: [{ ...outcomeOf(1, 20_000), loadNs: seconds(2), figures: FIGURES }],
    carrier: undefined,
    intervals: [],
    reports: NO_REPORTS,
    cpu: undefined,
    results: undefined,
    failure: undefined,
    stopped: undefined,
    interruption: undefined,
    ...known,
  });
  return { time, facts, told, outcome };
}

export const FIGURES = { ...NO_RECEIVER_FIGURES, id: 1, bytes: 20_000, messages: 20, durationNs: 2e9 };

/** What iperf3 says that it received. */
export const received = (bytes: number, extension?: unknown): Results =>
  resultsWith({ streams: [reportWith({ bytes })], extension });

export async function documentWith(
  known: Known,
  given: (set: ReturnType<typeof setUp>) => Partial<TestOutcome> = () => ({}),
) {
  const set = setUp(known);
  await set.time.advance(seconds(4));
  const result = documentOf(set.facts, set.outcome(given(set)));
  return { result, told: set.told };
}
