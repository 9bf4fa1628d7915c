import { type Exit, freePort, Program, until } from '../../e2e/src/harness';
import { type Asked, iperf3Client } from './asked';
import type { Iperf3Report } from './iperf3-report';
import { isListening } from './listening';
import { IPERF3 } from './peers';

export const iperf3 = (...args: (string | number)[]): Program => new Program(IPERF3.command, args.map(String));

/** iperf3 as a client of `port`, under -J. */
export const iperf3Run = ({ protocol, host, args }: Asked, port: number): Program =>
  iperf3('-c', host, '-p', port, ...(protocol === 'udp' ? ['-u'] : []), ...args, '-J');

/** iperf3 as a server of one test under -J, on a port of its own. */
export async function iperf3Serving(...args: string[]): Promise<{ program: Program; port: number }> {
  const port = await freePort();
  const program = iperf3('-s', '-p', port, '-1', '-J', ...args);
  // Under -J it says nothing before the end.
  await until(`iperf3 -s -p ${port}`, () => isListening(port));
  return { program, port };
}

/** iperf3 as a server of test after test. Resolves with its port. */
export async function iperf3Listening(...args: string[]): Promise<number> {
  const port = await freePort();
  iperf3('-s', '-p', port, '--forceflush', ...args);
  await until(`iperf3 -s -p ${port}`, () => isListening(port));
  return port;
}

/** What it printed, of a test that went well. */
export function reportOf(exit: Exit): Iperf3Report {
  const report = JSON.parse(exit.stdout) as Iperf3Report;
  expect({ code: exit.code, error: report.error, stderr: exit.stderr }).toEqual({
    code: 0,
    error: undefined,
    stderr: '',
  });
  return report;
}

/** What iperf3's own server makes of the same: the measure of what an iperf3 client can expect. */
export async function iperf3Alone(asked: Asked): Promise<{ client: Iperf3Report; server: Iperf3Report; took: string }> {
  const { program, port } = await iperf3Serving();
  const client = reportOf(await iperf3Run(asked, port).exit());
  return { client, server: reportOf(await program.exit()), took: iperf3Client(asked) };
}
