import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionEvent } from '@pathgauge/result';
import { PLAIN } from '../text/style';
import { openOutputs } from './outputs';

const EVENTS = [
  { type: 'notice', code: 'x', message: 'careful' },
  {
    type: 'summary',
    result: {
      settings: {},
      icmp: [],
      kind: 'load',
      peer: { host: 'host', port: 1 },
      transport: { kind: 'portable' },
      complete: true,
      reason: undefined,
    },
  },
] as unknown as SessionEvent[];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outputs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What is written on the screen for these events. */
function put(
  format: 'text' | 'json' | 'json-stream',
  files: readonly string[],
  quiet = false,
  events = EVENTS,
): string {
  let written = '';
  const screen = { write: (text: string) => void (written += text), isTerminal: false, columns: 80 };
  const outputs = openOutputs({ format, quiet, files }, screen, PLAIN);
  for (const event of events) for (const output of outputs) output.take(event);
  for (const output of outputs) output.close();
  return written;
}

describe('openOutputs', () => {
  it('puts one document and nothing else on the screen with json', () => {
    expect(JSON.parse(put('json', []))).toMatchObject({ kind: 'load', reason: null });
  });

  it('puts one event a line on the screen with json-stream', () => {
    const lines = put('json-stream', []).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).toStrictEqual(['notice', 'summary']);
  });

  it('writes each file by its ending, whatever is on the screen', () => {
    const [document, stream] = [join(directory, 'a.json'), join(directory, 'b.jsonl')];
    writeFileSync(document, 'what was there before, and much longer than what comes '.repeat(100));
    put('text', [document, stream], true);
    expect(JSON.parse(readFileSync(document, 'utf8'))).toMatchObject({ kind: 'load' });
    expect(readFileSync(stream, 'utf8').trimEnd().split('\n')).toHaveLength(2);
  });

  it('leaves a file as it is until there is something to write', () => {
    const document = join(directory, 'a.json');
    writeFileSync(document, 'before');
    put('text', [document], true, []);
    expect(readFileSync(document, 'utf8')).toBe('before');
  });

  it.each([
    ['no directory', ['missing', 'a.json']],
    ['a directory', ['.']],
  ])('fails at once in one line with %s', (_, path) => {
    expect(() => put('text', [join(directory, ...path)])).toThrow(/^cannot write [^\n]+: [^\n]+$/);
  });
});
