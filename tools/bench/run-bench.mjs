import { alternate } from './alternate.mjs';
import { commandLine } from './process.mjs';
import { pairedRatio, summarise } from './statistics.mjs';
import { line, table, title } from './table.mjs';

/**
 * Runs a bench, prints its table and resolves with all there is to record.
 *
 * A bench has a `title`, the `figures` that its contenders tell (`key`, `label`, `unit`), and `comparisons`: lists of contenders
 * that run in turn. A contender has a `name`, the `server` and `client` that are run, and `figures`, which takes its figures out
 * of what the client printed. `needs` is the peer that must be installed, `lacks` why the one that is cannot take part; ours need none. A bench that measures in a way of its
 * own has `measure` instead.
 */
export async function runBench(name, bench, { rounds, seconds }, peers) {
  const settings = { rounds: rounds * (bench.repeat ?? 1), seconds: bench.seconds ?? seconds };
  title(bench.measure ? `${name}: ${bench.title}` : `${name}: ${bench.title}, ${settings.rounds} alternating rounds`);
  if (bench.measure !== undefined) return { title: bench.title, ...(await bench.measure()) };
  const comparisons = [];
  for (const { label, contenders } of bench.comparisons) {
    const present = contenders.filter((contender) => takesPart(label, contender, peers));
    const ran = await alternate(present, settings);
    comparisons.push({
      label,
      contenders: ran.map(({ contender, runs }) => described(contender, runs, settings.seconds)),
      rows: rowsOf(label, bench.figures, ran),
    });
  }
  table(comparisons.flatMap(({ rows }) => rows));
  return { title: bench.title, ...settings, comparisons };
}

/** Whether a contender is there and can do what it is asked for; what it cannot is said. */
function takesPart(label, { name, needs, lacks }, peers) {
  if (needs !== undefined && peers[needs] === null) return false;
  if (lacks !== undefined) line(`${label}: ${name} is left out: ${lacks}`);
  return lacks === undefined;
}

function described({ name, server, client }, runs, seconds) {
  return {
    name,
    server: server === undefined ? null : commandLine(server('PORT')),
    client: commandLine(client('PORT', seconds)),
    runs,
  };
}

/** Each figure of each of ours with that of each peer that tells it; alone when none does. */
function rowsOf(label, figures, ran) {
  const rows = [];
  for (const { key, label: what, unit } of figures) {
    const told = ran
      .map(({ contender: { name, needs, isBaseline }, runs }) => ({
        name,
        isPeer: needs !== undefined || isBaseline === true,
        values: runs.map((run) => run[key]),
      }))
      .filter(({ values }) => values[0] !== undefined);
    const peers = told.filter(({ isPeer }) => isPeer);
    for (const ours of told.filter(({ isPeer }) => !isPeer)) {
      for (const theirs of peers.length > 0 ? peers : [undefined]) {
        rows.push({
          label: [label, what].filter(Boolean).join(' '),
          unit,
          ours: { name: ours.name, ...summarise(ours.values) },
          theirs: theirs && { name: theirs.name, ...summarise(theirs.values) },
          ratio: theirs && pairedRatio(ours.values, theirs.values),
        });
      }
    }
  }
  return rows;
}
