import type { Distribution, Result } from './harness';

const SECTIONS = [
  'schemaVersion',
  'runner',
  'kind',
  'startedAt',
  'durationNs',
  'complete',
  'reason',
  'error',
  'notices',
  'peer',
  'transport',
  'probes',
  'foreignReplies',
  'marking',
  'rtt',
  'owd',
  'queueing',
  'jitter',
  'ipdv',
  'pdv',
  'lossBursts',
  'throughput',
  'sendErrorNs',
  'hostQueueingNs',
  'hostStalls',
  'icmp',
  'pathMtu',
  'streams',
  'intervals',
];

const COUNTS = [
  'sent',
  'received',
  'lost',
  'lostUp',
  'lostDown',
  'lostUpRange',
  'lostDownRange',
  'lossRatio',
  'duplicates',
  'duplicatesUp',
  'duplicatesDown',
  'reordered',
  'late',
  'notSent',
  'hostDropped',
  'hostDroppedEstimated',
];

/**
 * Expects a run that nobody cut short to account for each of the `count` probes that it was asked for. On a busy host some are
 * not sent, since nothing is made up for: then the run says so. Returns how many were sent.
 */
export function expectAsked(result: Result, count: number): number {
  const [sent, notSent] = [Number(result.probes?.sent), Number(result.probes?.notSent)];
  expect(sent + notSent).toBe(count);
  expectNotCutShort(result);
  // The first leaves whenever the host gets around to it.
  expect(sent).toBeGreaterThan(0);
  return sent;
}

/** Expects a run that nobody has cut short but, maybe, this busy host by being held up. */
export function expectNotCutShort({ complete, reason, hostStalls }: Result): void {
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

/** Expects a document with every section of version 1, and what holds in any of them. */
export function expectResult(result: Result): void {
  expect(Object.keys(result)).toEqual(expect.arrayContaining(SECTIONS));
  expect(result.schemaVersion).toBe(1);
  expect(new Date(result.startedAt).toISOString()).toBe(result.startedAt);
  expect(result.durationNs).toBeGreaterThan(0);
  expect(result.reason === null).toBe(result.complete);
  if (result.error !== null) expectError(result);
  expect(Object.keys(result.peer)).toEqual(expect.arrayContaining(['host', 'address', 'port', 'protocol']));
  expectTransport(result.transport);
  expectCounts(result.probes);
  for (const delay of [result.rtt, result.owd?.up, result.owd?.down, result.sendErrorNs]) expectDistribution(delay);
  expectOneWay(result.owd);
  if (result.jitter !== null) {
    expect(Object.keys(result.jitter).sort()).toEqual(['downNs', 'rttNs', 'upNs']);
  }
  for (const rate of [result.throughput?.up, result.throughput?.down]) {
    if (rate) expect(rate.bitsPerSecond).toBeCloseTo((rate.bytes * 8e9) / rate.durationNs, 3);
  }
}

function expectError({ complete, error }: Result): void {
  expect(complete).toBe(false);
  expect(error).toEqual({
    code: expect.stringMatching(/^[a-z]+(-[a-z]+)*$/),
    message: expect.stringMatching(/^[^\n]+$/),
  });
}

/** Expects the document of a run that failed before it measured anything: the same sections, and nothing in them. */
export function expectFailed(result: Result, code: string): void {
  expect(Object.keys(result)).toEqual(expect.arrayContaining(SECTIONS));
  expectError(result);
  expect([result.error?.code, result.reason]).toEqual([code, result.error?.message]);
  expect(Object.keys(result.peer).sort()).toEqual(['address', 'host', 'port', 'protocol']);
  expect(Object.keys(result.transport).sort()).toEqual(TRANSPORT);
  expect([result.probes, result.rtt, result.owd, result.throughput, result.streams]).toEqual(Array(5).fill(null));
}

const TRANSPORT = [
  'clockSteps',
  'kind',
  'note',
  'offloads',
  'receiveBufferBytes',
  'receiveTimestamps',
  'sendTimestamps',
  'userStamped',
];

function expectTransport(transport: Result['transport']): void {
  expect(Object.keys(transport).sort()).toEqual(TRANSPORT);
  // Only the kernel of a host whose transport asks it stamps.
  if (transport.kind === 'portable') {
    expect([transport.sendTimestamps, transport.receiveTimestamps]).toEqual(['user', 'user']);
  }
}

function expectCounts(probes: Result['probes']): void {
  if (probes === null) return;
  expect(Object.keys(probes)).toEqual(expect.arrayContaining(COUNTS));
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

function expectOneWay(owd: Result['owd']): void {
  if (owd === null) return;
  expect(['same-clock', 'synchronised', 'bounds']).toContain(owd.basis);
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
