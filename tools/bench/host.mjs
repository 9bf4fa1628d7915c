import { cpus, loadavg, release } from 'node:os';

/** What the figures depend on besides the programs. The load is that of before: it tells whether others used the machine. */
export const describeHost = () => ({
  node: process.version,
  kernel: release(),
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? null,
  loadAverage: Number(loadavg()[0].toFixed(2)),
});
