import { documentsIn, type LoadResult } from './documents';
import type { Server } from './servers';

export { APPS, type Exit, expectNoStack, expectOneLine, Program, type Runner, run, start } from './program';
export { datagramSocket, freePort, type Server, scriptedServer, serve } from './servers';
export { afterTest, bounded, pause, temporaryFolder, until } from './test-time';
export { HAS_IPV6, where, whereIpv6, whereProgram } from './where';
export { cookie, type Json, Wire } from './wire';

/** The documents that a server under `--json` has printed, a line each; waits until there are `count`. */
export async function documents(server: Server, count: number): Promise<LoadResult[]> {
  await server.program.printed(new RegExp(`^(?:[^\\n]*\\n){${count}}`), { stdoutOnly: true });
  return documentsIn(server.program.stdout) as LoadResult[];
}
