import { type LoadResult, loadOf } from '../../e2e/src/documents';
import { run } from '../../e2e/src/harness';
import { agreed, expectAgreement } from './agreement';
import type { Asked } from './asked';
import { iperf3Serving, reportOf } from './iperf3';
import type { Iperf3Report } from './iperf3-report';

/** Our client at an iperf3 server: what both say, which must be the same. */
export const askIperf3 = (asked: Asked): Promise<Both> => agreed(() => askOnce(asked));

interface Both {
  readonly report: Iperf3Report;
  readonly document: LoadResult;
}

async function askOnce(asked: Asked): Promise<Both> {
  const { program, port } = await iperf3Serving();
  const exit = await run(`${asked.protocol}-client`, asked.host, port, ...asked.args, '--json');
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  const document = loadOf(exit);
  const report = reportOf(await program.exit());
  expectAgreement(asked, report, document, false);
  return { report, document };
}
