import { isPossible, OneWayDelays } from '@pathgauge/metrics';
import { CLOCK_CLASSES, judge, seededRandom, simulate } from '@pathgauge/testing';

const runs = Number(process.argv[2] ?? 1000);
const seed0 = Number(process.argv[3] ?? 1);
const only = process.argv[4];
const verbose = process.argv[5];
for (const { name, draw } of CLOCK_CLASSES) {
  if (only !== undefined && only !== '-' && !name.includes(only)) continue;
  const t = process.hrtime.bigint();
  let out = 0,
    outOffset = 0,
    hopeless = 0,
    told = 0,
    skewOut = 0,
    skewKnown = 0,
    stepsTold = 0;
  let worst = 0;
  const widths: number[] = [];
  const outs: number[] = [];
  let exch = 0;
  let engineNs = 0n;
  for (let run = 0; run < runs; run++) {
    const random = seededRandom(Math.imul(seed0, 1_000_003) + run);
    const world = draw(random);
    const all = simulate(world, random);
    const ok = all.exchanges.map((e) => isPossible(e.upNs, e.downNs, world.grainNs ?? 1));
    const session = {
      ...all,
      exchanges: all.exchanges.filter((_, i) => ok[i]),
      truths: all.truths.filter((_, i) => ok[i]),
    };
    const ups: number[] = [];
    const downs: number[] = [];
    const delays = new OneWayDelays(
      { claim: () => undefined, granularityNs: () => world.grainNs ?? 1 },
      (_, up, down) => {
        ups.push(up as number);
        downs.push(down as number);
      },
    );
    const e0 = process.hrtime.bigint();
    for (const exchange of session.exchanges) delays.record(exchange);
    const { owd } = delays.finish();
    engineNs += process.hrtime.bigint() - e0;
    exch += session.exchanges.length;
    if (owd === undefined) {
      hopeless++;
      continue;
    }
    const { uncertaintyNs, clock } = owd;
    const verdict = judge(session, { ups, downs, uncertaintyNs, clock });
    if (verdict.delayNs > 2) {
      out++;
      outs.push(verdict.delayNs);
      worst = Math.max(worst, verdict.delayNs);
      if (verbose) console.log(run, verdict, JSON.stringify(world));
    }
    if (verdict.offsetNs > 2) {
      outOffset++;
      if (verbose === 'o') console.log(run, verdict, JSON.stringify(world), clock);
    }
    if (clock.skewPpm !== undefined) {
      told++;
    }
    stepsTold += clock.steps;
    const { skewLowPpm, skewHighPpm } = clock as any;
    if (skewLowPpm !== undefined) {
      skewKnown++;
      const s = (world.skew ?? 0) * 1e6;
      const e = session.exchanges;
      const t0 = e[0]!.sentAt,
        t1 = e.at(-1)!.arrivedAt;
      const jump = (world.jumps ?? []).reduce((q, j) => q + (j.at <= t1 && j.at >= t0 ? j.heightNs : 0), 0);
      const m = ((session.theta(t1) - session.theta(t0) - jump) / (t1 - t0)) * 1e6;
      const inside = skewLowPpm <= m && m <= skewHighPpm;
      if (!inside) {
        skewOut++;
        if (verbose === 's') console.log(run, s, clock, JSON.stringify(world));
      }
    }
    const ideal = Math.min(...session.truths.map((t) => t.up)) + Math.min(...session.truths.map((t) => t.down));
    widths.push((uncertaintyNs.high - uncertaintyNs.low) / ideal);
  }
  widths.sort((a, b) => a - b);
  outs.sort((a, b) => a - b);
  const q = (p: number) => widths[Math.floor(widths.length * p)]?.toFixed(3);
  console.log(
    name.padEnd(26),
    'out',
    ((100 * out) / runs).toFixed(2) + '%',
    'median out',
    ((outs[outs.length >> 1] ?? 0) / 1e3).toFixed(1),
    'us worst',
    (worst / 1e3).toFixed(1),
    'us; offset out',
    ((100 * outOffset) / runs).toFixed(2) + '%',
    'hopeless',
    hopeless,
    'width',
    q(0.1),
    q(0.5),
    q(0.9),
    'skew told',
    told,
    'known',
    skewKnown,
    'out',
    skewOut,
    'steps',
    (stepsTold / runs).toFixed(2),
    'ns/ex',
    (Number(engineNs) / exch).toFixed(0),
    's',
    (Number(process.hrtime.bigint() - t) / 1e9).toFixed(1),
  );
}
