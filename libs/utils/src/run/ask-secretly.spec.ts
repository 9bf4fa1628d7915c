import { PassThrough } from 'node:stream';
import { askSecretly } from './ask-secretly';

function scene() {
  const modes: boolean[] = [];
  const terminal = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const written: string[] = [];
  const controller = new AbortController();
  const ask = () => askSecretly('Password: ', terminal, (text) => written.push(text), controller.signal);
  return { terminal, modes, written, controller, ask };
}

/** What is left behind, however it ends. */
function expectLeft({ terminal, modes, written }: ReturnType<typeof scene>): void {
  expect(modes).toStrictEqual([true, false]);
  expect(written).toStrictEqual(['Password: ', '\n']);
  expect(terminal.isPaused()).toBe(true);
  expect(terminal.listenerCount('data')).toBe(0);
}

it('has what is typed, and shows nothing of it', async () => {
  const at = scene();
  const answer = at.ask();
  expect(at.modes).toStrictEqual([true]);
  at.terminal.write('sec');
  // A letter in two pieces.
  at.terminal.write(Buffer.of(0xc3));
  at.terminal.write(Buffer.of(0xbc));
  at.terminal.write('\r');
  expect(await answer).toBe('secü');
  expectLeft(at);
});

it.each([
  ['Ctrl-C', ({ terminal }: ReturnType<typeof scene>) => terminal.write('secret\u0003')],
  ['a signal', ({ controller }: ReturnType<typeof scene>) => controller.abort()],
  ['the end of the terminal', ({ terminal }: ReturnType<typeof scene>) => terminal.end()],
  ['its failure', ({ terminal }: ReturnType<typeof scene>) => terminal.emit('error', new Error('EIO'))],
])('is over with %s', async (_, end) => {
  const at = scene();
  const answer = at.ask();
  end(at);
  await expect(answer).rejects.toMatchObject({ code: 'EINTR', message: 'interrupted before the password was typed' });
  expectLeft(at);
});

it('does not begin when there is an end already', async () => {
  const at = scene();
  at.controller.abort();
  await expect(at.ask()).rejects.toMatchObject({ code: 'EINTR' });
  expectLeft(at);
});
