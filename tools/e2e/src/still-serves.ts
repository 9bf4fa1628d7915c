import { loadOf } from './documents';
import { run, type Server } from './harness';
import { expectNotCutShort } from './result-shape';

export async function expectServes(server: Server): Promise<void> {
  const exit = await run('tcp-client', '127.0.0.1', server.port, '-i', '0.05', '-t', '0.2', '--json');
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  expectNotCutShort(loadOf(exit));
  expect(loadOf(exit)).toMatchObject({ throughput: { up: { messages: expect.any(Number) } } });
}
