import { Writable } from 'node:stream';
import type { CommandSpec } from '../args/option-spec';
import { UsageError } from '../args/quantities';
import { type CommandLine, startProgram } from './start-program';

const SPEC: CommandSpec<'count'> = {
  program: 'program',
  usage: 'program [options]',
  summary: 'Does it.',
  options: { count: { kind: 'value', describe: 'So many' } },
  examples: [['program', 'does it']],
  mostPositionals: 0,
};

/** A standard stream that takes what is written, or fails with `code`. */
function stream(code?: string): { readonly stream: Writable; readonly text: () => string } {
  let text = '';
  const write = (chunk: Buffer, _: string, done: (error?: Error) => void): void => {
    text += chunk;
    done(code === undefined ? undefined : Object.assign(new Error('not written'), { code }));
  };
  return { stream: new Writable({ write }), text: () => text };
}

/** Starts it with `argv`; what it printed, what was run, and the code that it ended with. */
async function started(argv: readonly string[], stdoutFails?: string) {
  const [out, err] = [stream(stdoutFails), stream()];
  const ran: CommandLine<'count'>[] = [];
  const argument = jest.replaceProperty(process, 'argv', ['node', 'program', ...argv]);
  const streams = [
    jest.spyOn(process, 'stdout', 'get').mockReturnValue(out.stream as unknown as typeof process.stdout),
    jest.spyOn(process, 'stderr', 'get').mockReturnValue(err.stream as unknown as typeof process.stderr),
  ];
  const exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  await startProgram(SPEC, async () => ({ run: async (line) => void ran.push(line) }));
  await new Promise(setImmediate);
  const codes = exit.mock.calls.map(([code]) => code);
  argument.restore();
  for (const each of [...streams, exit]) each.mockRestore();
  return { ran, codes, stdout: out.text(), stderr: err.text() };
}

it('runs what was typed', async () => {
  const { ran, codes, stdout } = await started(['--count', '3']);
  expect(ran.map(({ argv, raw }) => [argv, raw().text('count')])).toStrictEqual([[['--count', '3'], '3']]);
  expect([codes, stdout]).toStrictEqual([[], '']);
});

it.each([
  ['--version', /^development\n$/],
  ['--help', /^program \[options\]\nDoes it\.\n[\s\S]*Examples:\n {2}program {2}does it\n$/],
])('prints %s and runs nothing', async (option, text) => {
  const { ran, codes, stdout, stderr } = await started([option]);
  expect([ran, codes, stderr]).toStrictEqual([[], [0], '']);
  expect(stdout).toMatch(text);
});

it('leaves what cannot be read to what runs, which knows where errors go', async () => {
  const { ran, codes, stdout, stderr } = await started(['--nonsense']);
  expect([ran.length, codes, stdout, stderr]).toStrictEqual([1, [], '', '']);
  expect(() => ran[0]?.raw()).toThrow(UsageError);
});

it('fails when it cannot print, and says why unless its reader has gone', async () => {
  expect(await started(['--help'], 'EPIPE')).toMatchObject({ codes: [1], stderr: '' });
  expect(await started(['--help'], 'ENOSPC')).toMatchObject({
    codes: [1],
    stderr: 'program: cannot write standard output: no space left\n',
  });
});
