import type { Distribution, OneWayDelay, PingResult, Result, RunResult } from './documents';
import { expectLoadFigures } from './load-shape';

// What a schema cannot say: how the figures of a document belong together.

/**
 * Expects a run that nobody cut short to account for each of the `count` probes that it was asked for. On a busy host some are
 * not sent, since nothing is made up for: then the run says so. Returns how many were sent.
 */
export function expectAsked(result: PingResult, count: number): number {
  const [sent, notSent] = [Number(result.probes?.sent), Number(result.probes?.notSent)];
  expect(sent + notSent).toBe(count);
  expectNotCutShort(result);
  // The first leaves whenever the host gets around to it.
  expect(sent).toBeGreaterThan(0);
  return sent;
}

/** Expects a run that nobody has cut short but, maybe, this busy host by being held up. */
export function expectNotCutShort({ complete, reason, hostStalls }: RunResult): void {
  expect(reason === null || reason === 'not everything was sent').toBe(true);
  expect(complete).toBe(reason === null);
  if (!complete) expect(hostStalls?.count).toBeGreaterThan(0);
}

/** Likewise of the text, in which every probe that was sent was answered. */
export function expectAskedText(stdout: string, count: number): number {
  const sent = Number(/^sent (\d+), /m.exec(stdout)?.[1]);
  const notSent = Number(/^not sent (\d+) of/m.exec(stdout)?.[1] ?? 0);
  expect(sent + notSent).toBe(count);
  expect(stdout).toContain(`sent ${sent}, received ${sent}, lost 0 (0 % loss)`);
  expect(/^incomplete: not everything was sent$/m.test(stdout)).toBe(notSent > 0 && / was held up /.test(stdout));
  return sent;
}

type Four = [number, number, number, number];

/** Below this many samples a percentile is not known. */
const NEEDED = { p90Ns: 10, p95Ns: 20, p99Ns: 100, p999Ns: 1000 } as const;

/** Expects what holds of any document. */
export function expectResult(result: Result): void {
  expect(new Date(result.startedAt).toISOString()).toBe(result.startedAt);
  expect(result.durationNs).toBeGreaterThan(0);
  expect(result.reason === null).toBe(result.complete);
  if (result.error !== null) expectError(result);
  if (result.kind !== null) expectFigures(result);
}

function expectFigures(result: RunResult): void {
  // Only the kernel of a host whose transport asks it stamps.
  const { kind, sendTimestamps, receiveTimestamps } = result.transport;
  if (kind === 'portable') expect([sendTimestamps, receiveTimestamps]).toEqual(['user', 'user']);
  for (const delay of [result.owd?.up, result.owd?.down, result.sendErrorNs]) expectDistribution(delay);
  expectOneWay(result.owd);
  if (result.kind === 'ping') {
    expectCounts(result.probes);
    expectDistribution(result.rtt);
    return;
  }
  expectCounts(result.datagrams);
  expectLoadFigures(result);
}

function expectError({ complete, error }: Result): void {
  expect(complete).toBe(false);
  expect(error?.message).toMatch(/^[^\n]+$/);
}

/** Expects the document of a run that failed before it measured anything: the same sections, and nothing in them. */
export function expectFailed(result: Result, code: string): void {
  expectError(result);
  expect([result.error?.code, result.reason]).toEqual([code, result.error?.message]);
  expect(sectionsOf(result).filter((section) => section !== null)).toEqual([]);
}

function sectionsOf(result: Result): unknown[] {
  switch (result.kind) {
    case 'ping':
      return [result.probes, result.rtt, result.owd];
    case 'load':
      return [result.throughput, result.datagrams, result.streams, result.owd];
    case null:
      return [];
  }
}

function expectCounts(probes: PingResult['probes']): void {
  if (probes === null) return;
  const { lossRatio, lostUp, lostDown } = probes;
  const [sent, received, lost, late] = [probes.sent, probes.received, probes.lost, probes.late].map(Number) as Four;
  expect(received + lost).toBe(sent);
  expect(lossRatio).toBe(sent === 0 ? null : lost / sent);
  if (lostUp !== null && lostDown !== null) expect(lostUp + lostDown + late).toBe(lost);
  const { lostUpRange, lostDownRange } = probes;
  expect(lostUpRange === null).toBe(lostDownRange === null);
  if (lostUpRange === null || lostDownRange === null) return;
  expect([lostUp, lostDown]).toEqual([null, null]);
  expect([lostUpRange[0] + lostDownRange[1], lostUpRange[1] + lostDownRange[0]]).toEqual([lost - late, lost - late]);
}

function expectDistribution(delay: Distribution | null | undefined): void {
  if (delay === null || delay === undefined) return;
  const { count, minNs, meanNs, medianNs, maxNs, stddevNs } = delay;
  expect(count).toBeGreaterThan(0);
  expect(minNs).toBeLessThanOrEqual(medianNs);
  expect(medianNs).toBeLessThanOrEqual(maxNs);
  expect(meanNs).toBeGreaterThanOrEqual(minNs);
  expect(meanNs).toBeLessThanOrEqual(maxNs);
  expect(stddevNs === null).toBe(count < 2);
  for (const [name, needed] of Object.entries(NEEDED)) {
    expect([name, count, delay[name as keyof typeof NEEDED] === null]).toEqual([name, count, count < needed]);
  }
}

function expectOneWay(owd: OneWayDelay | null): void {
  if (owd === null) return;
  expect(owd.up !== null || owd.down !== null).toBe(true);
  const { low, high } = owd.uncertaintyNs;
  expect(low).toBeLessThanOrEqual(0);
  expect(high).toBeGreaterThanOrEqual(0);
  const { offsetNs, offsetLowNs, offsetHighNs } = owd.clock;
  expect(offsetLowNs).toBeLessThanOrEqual(offsetNs);
  expect(offsetNs).toBeLessThanOrEqual(offsetHighNs);
  // The two intervals are not one: between two exchanges the offset is less sure than at one, and under load the clocks drift
  // until either end of the run.
  const { skewPpm, skewLowPpm, skewHighPpm } = owd.clock;
  expect(skewLowPpm === null).toBe(skewHighPpm === null);
  if (owd.basis !== 'same-clock') expect(skewPpm !== null).toBe((skewLowPpm ?? 0) > 0 || (skewHighPpm ?? 0) < 0);
  const { up, down } = owd.intervalNs;
  expect([up.low, -down.high]).toContain(low);
  expect([up.high, -down.low]).toContain(high);
}
