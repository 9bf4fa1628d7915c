import { type HeapProfiler, Session } from 'node:inspector/promises';
import {
  ClockEngine,
  DelayDistribution,
  type Exchange,
  InterarrivalJitter,
  OneWayDelays,
  ProbeLedger,
  type ProbeReply,
  SequenceLedger,
} from '@pathgauge/metrics';
import { type Instant, instant, seconds } from '@pathgauge/units';

const ROUNDS = 7;
const PROBES = 1_000_000;
const MANY = 100_000_000;
const SPACING_NS = 1_000_000;
/** So many probes are outstanding at any time. */
const UNDER_WAY = 20;
const KINDS = 65_536;
const OFFSET_NS = 5e9;
const SKEW = 20e-6;

/** Delays with a floor, exponential noise and now and then a queue; drawn beforehand, so that drawing costs nothing. */
const delays = Float64Array.from({ length: KINDS }, () =>
  Math.round(2e6 - 2e5 * Math.log(1 - Math.random()) + (Math.random() < 0.01 ? 2e7 * Math.random() : 0)),
);
const delayOf = (i: number): number => delays[Math.imul(i, 40_503) & (KINDS - 1)] as number;

type Recorder = (from: number, to: number) => void;

/** Everything that a session of probes records, of each probe. */
function session(): Recorder {
  const rtt = new DelayDistribution();
  const sendError = new DelayDistribution();
  const jitter = new InterarrivalJitter();
  const oneWay = new OneWayDelays({ claim: () => undefined, granularityNs: () => 1 });
  const ledger = new ProbeLedger({
    capacity: 65_536,
    timeout: seconds(2),
    onLost: () => {},
    onSettled: (probe) => oneWay.record(probe),
  });
  const reply: ProbeReply = { arrivedAt: instant(0), upNs: 0, downNs: 0, ownSequence: 0 };
  return (from, to) => {
    for (let i = from; i < to; i++) {
      const now = i * SPACING_NS;
      ledger.send(now as Instant);
      sendError.record(delayOf(i) % 1000);
      const answered = i - UNDER_WAY;
      // One in a hundred never comes back.
      if (answered < 0 || answered % 100 === 50) continue;
      const up = delayOf(answered);
      const down = delayOf(answered + 7);
      const offset = Math.round(OFFSET_NS + SKEW * now);
      reply.arrivedAt = (answered * SPACING_NS + up + down) as Instant;
      reply.upNs = up + offset;
      reply.downNs = down - offset;
      reply.ownSequence = answered >>> 0;
      ledger.answer(ledger.indexOf(answered >>> 0), reply);
      rtt.record(up + down);
      jitter.record(up + down);
      if (i % 1024 === 0) ledger.expire(now as Instant);
    }
  };
}

function clock(): Recorder {
  const engine = new ClockEngine({ claim: () => undefined, granularityNs: () => 1 });
  const exchange: Exchange = { index: 0, rank: 0, sentAt: 0, arrivedAt: 0, upNs: 0, downNs: 0 };
  return (from, to) => {
    for (let i = from; i < to; i++) {
      const up = delayOf(i);
      const down = delayOf(i + 7);
      const offset = Math.round(OFFSET_NS + SKEW * i * SPACING_NS);
      exchange.index = i;
      exchange.rank = i;
      exchange.sentAt = i * SPACING_NS;
      exchange.arrivedAt = i * SPACING_NS + up + down;
      exchange.upNs = up + offset;
      exchange.downNs = down - offset;
      engine.record(exchange);
    }
  };
}

function ledger(): Recorder {
  const ledger = new ProbeLedger({ capacity: 65_536, timeout: seconds(2), onLost: () => {}, onSettled: () => {} });
  const reply: ProbeReply = { arrivedAt: instant(0), upNs: 1, downNs: 1, ownSequence: 0 };
  return (from, to) => {
    for (let i = from; i < to; i++) {
      ledger.send((i * SPACING_NS) as Instant);
      if (i < UNDER_WAY) continue;
      const answered = i - UNDER_WAY;
      reply.arrivedAt = (i * SPACING_NS) as Instant;
      reply.ownSequence = answered >>> 0;
      ledger.answer(answered, reply);
    }
  };
}

const recording = (estimator: { record(value: number): unknown }, sampleOf: (i: number) => number): Recorder => {
  return (from, to) => {
    for (let i = from; i < to; i++) estimator.record(sampleOf(i));
  };
};

const EVERYTHING = 'a probe into everything';
const parts: Readonly<Record<string, () => Recorder>> = {
  [EVERYTHING]: session,
  'accounting of a probe': ledger,
  'accounting of a datagram': () => recording(new SequenceLedger(), (i) => i),
  'delay distribution': () => recording(new DelayDistribution(), delayOf),
  'interarrival jitter': () => recording(new InterarrivalJitter(), delayOf),
  'clock engine': clock,
};

// One estimator a process, and one of its kind, as in a runner: code that is used in several ways is compiled less well.
const name = process.argv[2];
if (name === undefined) process.stdout.write(JSON.stringify(Object.keys(parts)));
else await measure(name, (parts[name] as () => Recorder)());

async function measure(what: string, record: Recorder): Promise<void> {
  let done = 0;
  const nanosecondsEach = (count: number): number => {
    const begin = process.hrtime.bigint();
    record(done, (done += count));
    return Number(process.hrtime.bigint() - begin) / count;
  };
  const before = memory();
  nanosecondsEach(PROBES);
  const early = memory();
  const times = Array.from({ length: ROUNDS }, () => nanosecondsEach(PROBES)).sort((a, b) => a - b);
  const [fastest, median, slowest] = [0, ROUNDS >> 1, ROUNDS - 1].map((rank) => (times[rank] as number).toFixed(0));
  const many = what === EVERYTHING ? manyMore() : undefined;
  // Last: the profiler takes memory of its own.
  const bytes = (await bytesEach(() => nanosecondsEach(PROBES))).toFixed(1);
  print(what, `${median} ns each (${fastest}..${slowest}), ${bytes} bytes allocated each`);
  if (many !== undefined) print(`${MANY.toExponential(0)} of them`, many);

  function manyMore(): string {
    const each = nanosecondsEach(MANY).toFixed(0);
    const memories = `${before} before, ${early} after ${PROBES.toExponential(0)}, ${memory()} after all`;
    return `${each} ns each; MiB resident and alive on the heap: ${memories}`;
  }
}

/** What `record` allocates for each of so many samples, collected again or not. */
async function bytesEach(record: () => void): Promise<number> {
  const inspector = new Session();
  inspector.connect();
  await inspector.post('HeapProfiler.startSampling', {
    samplingInterval: 1024,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  record();
  const { profile } = await inspector.post('HeapProfiler.stopSampling');
  inspector.disconnect();
  return bytesIn(profile.head) / PROBES;
}

function bytesIn({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  return children.reduce((sum, child) => sum + bytesIn(child), selfSize);
}

/** In MiB: what the process holds of the host's memory, and what of the heap is in use once garbage is collected. */
function memory(): string {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return [rss, heapUsed].map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(' and ');
}

function print(name: string, figures: string): void {
  process.stdout.write(`  ${name.padEnd(25)} ${figures}\n`);
}
