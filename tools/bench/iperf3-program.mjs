import { spawnSync } from 'node:child_process';

/** Any iperf3 may be named by the environment, so that ours are compared with a newer one than that on the PATH. */
export const IPERF3 = process.env.IPERF3 ?? 'iperf3';

let help;

/** Why this iperf3 cannot be run with `option`; undefined when it can, or is missing altogether. */
export function iperf3Lacks(option) {
  help ??= spawnSync(IPERF3, ['--help'], { encoding: 'utf8', timeout: 10_000 });
  if (help.error !== undefined) return undefined;
  return new RegExp(`${option}\\b`).test(help.stdout + help.stderr) ? undefined : `this iperf3 has no ${option}`;
}
