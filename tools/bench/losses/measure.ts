import { ProbeLedger } from '@pathgauge/metrics';
import { PROBE_CLASSES, type ProbeClass, seededRandom, simulateProbes, tellLedger } from '@pathgauge/testing';
import type { Instant } from '@pathgauge/units';
import { span } from '@pathgauge/units';

/** What was told of runs of one class, against what really happened. */
interface Row {
  readonly name: string;
  runs: number;
  /** Runs with probes that nothing came back for, in which their direction was told. */
  unsettled: number;
  told: number;
  wrong: number;
  out: number;
  readonly widths: number[];
}

const RUNS = Number(process.argv[2] ?? 100_000);

function measure({ name, draw }: ProbeClass, firstSeed: number): Row {
  const row: Row = { name, runs: 0, unsettled: 0, told: 0, wrong: 0, out: 0, widths: [] };
  for (let seed = firstSeed; row.runs < RUNS; seed++) {
    const random = seededRandom(seed);
    const world = draw(random);
    const session = simulateProbes(world, random);
    const ledger = new ProbeLedger({
      capacity: 4096,
      timeout: span(world.timeoutNs),
      onLost: () => {},
      onSettled: () => {},
    });
    tellLedger(session, {
      send: (at) => ledger.send(at as Instant),
      indexOf: (sequence) => ledger.indexOf(sequence),
      answer: (index, reply) => ledger.answer(index, { ...reply, arrivedAt: reply.arrivedAt as Instant }),
      expire: (now) => ledger.expire(now as Instant),
      abandon: () => ledger.abandon(),
      answerClosing: (order, sent, sequence, own) => ledger.answerClosing(order, sent, sequence, own),
    });
    const { truth } = session;
    // Where nothing is unanswered there is nothing to tell.
    if (truth.lostUp + truth.lostDown === 0) continue;
    row.runs++;
    const { lostDown, lostDownRange } = ledger.snapshot();
    if (lostDown !== undefined) {
      row.told++;
      if (lostDown !== truth.lostDown) row.wrong++;
      continue;
    }
    const [low, high] = lostDownRange ?? [Number.NaN, Number.NaN];
    if (!(low <= truth.lostDown && truth.lostDown <= high)) row.out++;
    row.widths.push((high - low) / (truth.lostUp + truth.lostDown));
  }
  return row;
}

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`);
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const rowText = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

process.stdout.write(
  `${rowText(['class', 'runs', 'told as a fact', 'wrong facts', 'range out', 'median width, of the unanswered'])}\n`,
);
process.stdout.write(`${rowText(['---', '---:', '---:', '---:', '---:', '---:'])}\n`);
PROBE_CLASSES.forEach((each, i) => {
  const { name, runs, told, wrong, out, widths } = measure(each, 1 + i * 10_000_019);
  const width = widths.length === 0 ? '-' : percent(median(widths), 1);
  process.stdout.write(
    `${rowText([name, String(runs), percent(told, runs), `${wrong} (${percent(wrong, runs)})`, String(out), width])}\n`,
  );
});
