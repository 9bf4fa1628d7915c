import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNNERS = join(__dirname, '..', '..', '..', 'dist', 'apps');
/** What a schema says, and what the library of schemas says of itself. */
const TRACES = ['is not a list', 'valibot'];

describe('the bundles of each runner', () => {
  const bundleOf = (runner: string, file: string) => readFileSync(join(RUNNERS, runner, file), 'utf8');

  it.each(['tcp-client', 'tcp-server', 'udp-client', 'udp-server'])('%s: threads carry no schemas', (runner) => {
    const has = (file: string) => TRACES.map((trace) => bundleOf(runner, file).includes(trace));
    // Else the traces would prove nothing.
    expect(has('run.js')).toStrictEqual([true, true]);
    expect(has('thread.worker.js')).toStrictEqual([false, false]);
  });

  it.each(['tcp-client', 'tcp-server', 'udp-client', 'udp-server'])('%s: each chunk is there', (runner) => {
    const files = readdirSync(join(RUNNERS, runner));
    for (const file of ['index.js', 'run.js', 'thread.worker.js']) {
      const chunks = [...bundleOf(runner, file).matchAll(/require\("\.\/([^"]+)"\)/g)].map(([, chunk]) => chunk);
      expect(files).toEqual(expect.arrayContaining(chunks));
    }
  });
});
