// `npm run bench`: ours and the peers found on this machine in alternating runs over loopback, and what it costs to record.
// Nothing is compared with a figure from another day. Names of benches after `--` run those alone; `--rounds` and `--seconds`
// say how many runs each has and how long each is.
import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { clockTruth } from './benches/clock-truth.mjs';
import { cost } from './benches/cost.mjs';
import { estimators } from './benches/estimators.mjs';
import { flows } from './benches/flows.mjs';
import { losses } from './benches/losses.mjs';
import { manyTests } from './benches/many-tests.mjs';
import { pingpong } from './benches/pingpong.mjs';
import { reflector } from './benches/reflector.mjs';
import { rtt } from './benches/rtt.mjs';
import { schedule } from './benches/schedule.mjs';
import { sockets } from './benches/sockets.mjs';
import { start } from './benches/start.mjs';
import { tcp } from './benches/tcp.mjs';
import { udp } from './benches/udp.mjs';
import { readCommandLine } from './command-line.mjs';
import { describeHost } from './host.mjs';
import { findPeers } from './peers.mjs';
import { leaveNothingRunning } from './process.mjs';
import { Record } from './record.mjs';
import { root } from './root.mjs';
import { runBench } from './run-bench.mjs';
import { line, title } from './table.mjs';

const benches = {
  ...{ rtt, pingpong, schedule, tcp, udp, cost, reflector, sockets, start, estimators, flows, losses },
  'clock-truth': clockTruth,
  'many-tests': manyTests,
};
const settings = readCommandLine(process.argv.slice(2), Object.keys(benches));
leaveNothingRunning();
build();

const host = describeHost();
title(`node ${host.node}, kernel ${host.kernel}, ${host.cpus} processors, load ${host.loadAverage}`);
const peers = findPeers();
const record = new Record(host, settings, peers);
for (const name of settings.benches) {
  try {
    record.add(name, await runBench(name, await benches[name](settings), settings, peers));
  } catch (error) {
    // The others may work all the same, and what they found is kept.
    process.stderr.write(`${name} failed: ${error.message}\n`);
    record.add(name, { failure: error.message });
    process.exitCode = 1;
  }
}
line('');
line(`every run is in ${relative(process.cwd(), record.write())}`);

function build() {
  const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}the runners could not be built\n`);
  process.exit(1);
}
