// `npm run bench`: ours and the peers found on this machine in alternating runs over loopback, and what it costs to record.
// Nothing is compared with a figure from another day. Names of benches after `--` run those alone.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { benchEstimators } from './estimators.mjs';
import { isInstalled, run, runner, startServer } from './process.mjs';
import { digits, median, pairedRatio, spread } from './statistics.mjs';

const ROUNDS = 7;
const LOAD_SECONDS = 3;
const IPERF3_PORT = '5299';
const node = process.execPath;

const benches = { tcp: benchTcp, schedule: benchSchedule, start: benchStart, estimators: benchRecording };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`);
  process.exit(2);
}
build();
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench();
}

function build() {
  const nx = join(import.meta.dirname, '..', '..', 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { status, stdout } = spawnSync(node, [nx, 'run-many', '-t', 'build'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
}

/** TCP as fast as it goes, against iperf3 with its defaults. */
async function benchTcp() {
  title(`TCP --max, ${LOAD_SECONDS} s, Gbit/s received, ${ROUNDS} alternating runs`);
  if (!isInstalled('iperf3')) {
    line('iperf3 is not installed: nothing to compare with');
    return;
  }
  const ours = await startServer(node, [runner('tcp-server'), '0', '-a', '127.0.0.1'], /port (\d+)/);
  const theirs = await startServer('iperf3', ['-s', '-p', IPERF3_PORT, '--forceflush'], /listening/);
  const up = { ours: [], theirs: [] };
  const down = { ours: [], theirs: [] };
  try {
    // The first run of each end is not counted: both have to come up to speed.
    oursTcp(ours.found[1], []);
    iperf3Tcp([]);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [figures, reverse] of [
        [up, []],
        [down, ['-R']],
      ]) {
        figures.ours.push(oursTcp(ours.found[1], reverse));
        figures.theirs.push(iperf3Tcp(reverse));
      }
    }
  } finally {
    ours.stop();
    theirs.stop();
  }
  compare('up', up);
  compare('down (-R)', down);
}

function oursTcp(port, reverse) {
  const args = [runner('tcp-client'), '127.0.0.1', port, '--max', '-t', String(LOAD_SECONDS), '--json', ...reverse];
  const { throughput } = JSON.parse(run(node, args));
  return (throughput.up ?? throughput.down).bitsPerSecond / 1e9;
}

function iperf3Tcp(reverse) {
  const args = ['-c', '127.0.0.1', '-p', IPERF3_PORT, '-t', String(LOAD_SECONDS), '--json', ...reverse];
  return JSON.parse(run('iperf3', args)).end.sum_received.bits_per_second / 1e9;
}

/** How well probes every millisecond keep their time. */
async function benchSchedule() {
  title(`UDP probes every 1 ms for ${LOAD_SECONDS} s: actual less scheduled send instant, us`);
  const server = await startServer(node, [runner('udp-server'), '0', '-a', '127.0.0.1'], /port (\d+)/);
  const medians = [];
  const p99s = [];
  const counts = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const args = [
        runner('udp-client'),
        '127.0.0.1',
        server.found[1],
        '-i',
        '1ms',
        '-t',
        String(LOAD_SECONDS),
        '--json',
      ];
      const { sendErrorNs, probes } = JSON.parse(run(node, args));
      medians.push(sendErrorNs.medianNs / 1e3);
      p99s.push(sendErrorNs.p99Ns / 1e3);
      counts.push(probes.sent);
    }
  } finally {
    server.stop();
  }
  line(`median ${digits(median(medians))} (${spread(medians)}), p99 ${digits(median(p99s))} (${spread(p99s)})`);
  line(`probes sent, of ${LOAD_SECONDS * 1000}: ${[...new Set(counts)].join(', ')}`);
}

/** What it costs to record a probe, estimator by estimator and all together. */
async function benchRecording() {
  title(`recording, median of 7 rounds of 10^6`);
  await benchEstimators();
}

/** What a user waits for `--help`. */
function benchStart() {
  title('udp-client --help against node -e 0, ms of the whole process');
  const figures = { ours: [], theirs: [] };
  for (let round = 0; round < 3 * ROUNDS; round++) {
    figures.ours.push(timed([runner('udp-client'), '--help']));
    figures.theirs.push(timed(['-e', '0']));
  }
  compare('start', figures, 'node -e 0');
}

function timed(args) {
  const before = performance.now();
  run(node, args);
  return performance.now() - before;
}

function compare(name, { ours, theirs }, peer = 'iperf3') {
  line(
    `${name.padEnd(10)} pathgauge ${digits(median(ours))} (${spread(ours)})  ${peer} ${digits(median(theirs))} (${spread(theirs)})  ratio ${pairedRatio(ours, theirs).toFixed(2)}`,
  );
}

function title(text) {
  process.stdout.write(`\n${text}\n`);
}

function line(text) {
  process.stdout.write(`  ${text}\n`);
}
