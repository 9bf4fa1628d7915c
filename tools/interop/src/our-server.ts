import type { LoadResult } from '../../e2e/src/documents';
import { documents, type Server, serve } from '../../e2e/src/harness';
import { agreed, expectAgreement } from './agreement';
import type { Asked } from './asked';
import { iperf3Run, reportOf } from './iperf3';
import type { Iperf3Report } from './iperf3-report';

export const ourServer = (protocol: Asked['protocol'], ...args: string[]): Promise<Server> =>
  serve(`${protocol}-server`, '--json', ...args);

interface Both {
  readonly report: Iperf3Report;
  readonly document: LoadResult;
}

/** iperf3 as a client of our server: what both say, which must be the same. */
export const serveIperf3 = (asked: Asked): Promise<Both> => agreed(() => serveOnce(asked));

async function serveOnce(asked: Asked): Promise<Both> {
  const server = await ourServer(asked.protocol);
  const report = reportOf(await iperf3Run(asked, server.port).exit());
  const [document] = await documents(server, 1);
  if (document === undefined) throw new Error('no document');
  expectAgreement(asked, report, document, true);
  return { report, document };
}
