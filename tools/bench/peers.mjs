import { spawnSync } from 'node:child_process';
import { IPERF3 } from './iperf3-program.mjs';
import { line } from './table.mjs';

/** How each tells its version, what to take of that, and the benches that want it. */
const PEERS = {
  iperf3: { command: IPERF3, args: ['--version'], version: /iperf (\S+)/, benches: 'tcp, udp, cost' },
  irtt: { args: ['version'], version: /irtt version: (\S+)/, benches: 'rtt, schedule' },
  sockperf: { args: ['--version'], version: /version (\S+)/, benches: 'rtt, pingpong, reflector' },
  fping: { args: ['--version'], version: /Version (\S+)/, benches: 'rtt' },
};

/** The version of each peer on this machine; null for one that is missing. */
export function findPeers() {
  const found = {};
  for (const [name, { command = name, args, version, benches }] of Object.entries(PEERS)) {
    const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
    if (error?.code === 'ENOENT') {
      found[name] = null;
      line(`${name} is not installed: the comparison with it (${benches}) is left out`);
    } else {
      found[name] = version.exec(stdout + stderr)?.[1] ?? 'unknown version';
      line(`${name} ${found[name]}`);
    }
  }
  return found;
}
