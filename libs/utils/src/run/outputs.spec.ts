import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FormatName, PLAIN } from '@pathgauge/report';
import type { Result, SessionEvent } from '@pathgauge/result';
import type { OutputFile } from '../args/common-options';
import { UsageError } from '../args/quantities';
import { openOutput, refuseTwice, screenOutput } from './outputs';

const RESULT = {
  settings: {},
  icmp: [],
  notices: [],
  kind: 'load',
  peer: { host: 'host', port: 1 },
  transport: { kind: 'portable' },
  complete: true,
  reason: undefined,
} as unknown as Result;

const NOTICE = { type: 'notice', code: 'x', message: 'careful' } as SessionEvent;
const EVENTS = [NOTICE, { type: 'summary', result: RESULT } as SessionEvent];
const EARLIER = 'what was there before, and much longer than what comes '.repeat(100);
const never = new AbortController().signal;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outputs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const inside = (name: string): string => join(directory, name);
const linesOf = (text: string): string[] => text.trimEnd().split('\n');

/** What is written on the screen for these events. */
async function shown(format: FormatName, result = RESULT): Promise<string> {
  let written = '';
  const screen = { write: (text: string) => void (written += text), isTerminal: false, columns: 80 };
  const output = screenOutput(format, screen, { style: PLAIN, quiet: true });
  for (const event of EVENTS) output.take(event);
  await output.finish(result);
  return written;
}

/** Puts these events into a file. */
async function put(path: string, format: OutputFile['format'] = 'json', result = RESULT): Promise<void> {
  const output = await openOutput({ format, path }, never);
  for (const event of EVENTS) output.take(event);
  await output.finish(result);
}

describe('the screen', () => {
  it('holds one document and nothing else with json', async () => {
    expect(JSON.parse(await shown('json'))).toMatchObject({ kind: 'load', reason: null });
  });

  it('holds one event a line with jsonl, an error before the summary that has it', async () => {
    const types = (text: string) => linesOf(text).map((line) => JSON.parse(line).type);
    expect(types(await shown('jsonl'))).toStrictEqual(['notice', 'summary']);
    const failed = { ...RESULT, error: { code: 'refused', message: 'no' } } as const;
    expect(types(await shown('jsonl', failed))).toStrictEqual(['notice', 'error', 'summary']);
  });
});

describe('a regular file', () => {
  it.each([
    ['json', 1],
    ['jsonl', 2],
  ] as const)('takes the place of an earlier one, as %s', async (format, lines) => {
    writeFileSync(inside('a'), EARLIER);
    await put(inside('a'), format);
    const text = readFileSync(inside('a'), 'utf8');
    if (format === 'json') expect(JSON.parse(text)).toMatchObject({ kind: 'load' });
    else expect(linesOf(text)).toHaveLength(lines);
    expect(readdirSync(directory)).toStrictEqual(['a']);
  });

  it('is not there under its name before it is whole, and neither is an earlier one', async () => {
    writeFileSync(inside('a.jsonl'), EARLIER);
    const output = await openOutput({ format: 'jsonl', path: inside('a.jsonl') }, never);
    expect(readdirSync(directory)).toStrictEqual([]);
    output.take(NOTICE);
    expect(readdirSync(directory)).toStrictEqual([`a.jsonl.${process.pid}.part`]);
    await output.finish(RESULT);
    expect(readdirSync(directory)).toStrictEqual(['a.jsonl']);
  });

  it('is made anew where a killed process of the same number has left a part', async () => {
    writeFileSync(inside(`a.${process.pid}.part`), EARLIER);
    await put(inside('a'));
    expect(JSON.parse(readFileSync(inside('a'), 'utf8'))).toMatchObject({ kind: 'load' });
  });

  it('is not written through a link that somebody has laid where it is written beside', async () => {
    writeFileSync(inside('victim'), EARLIER);
    symlinkSync('victim', inside(`a.${process.pid}.part`));
    await put(inside('a'));
    expect(readFileSync(inside('victim'), 'utf8')).toBe(EARLIER);
  });

  it('has the mode of the one before it, or that of any new file', async () => {
    writeFileSync(inside('old'), EARLIER);
    // More than the mask lets through.
    chmodSync(inside('old'), 0o646);
    const mask = process.umask(0o027);
    try {
      await put(inside('old'));
      await put(inside('new'));
    } finally {
      process.umask(mask);
    }
    expect([inside('old'), inside('new')].map((path) => statSync(path).mode & 0o7777)).toStrictEqual([0o646, 0o640]);
  });

  it.each([['there.json'], ['not-yet.json']])('is written where a symbolic link leads: %s', async (name) => {
    mkdirSync(inside('far'));
    if (name === 'there.json') writeFileSync(inside('far/there.json'), EARLIER);
    symlinkSync(join('far', name), inside('link'));
    await put(inside('link'));
    expect(
      readdirSync(directory, { withFileTypes: true })
        .find((each) => each.name === 'link')
        ?.isSymbolicLink(),
    ).toBe(true);
    expect(JSON.parse(readFileSync(inside(`far/${name}`), 'utf8'))).toMatchObject({ kind: 'load' });
  });

  it('is not there at all when it cannot be written whole', async () => {
    mkdirSync(inside('gone'));
    const output = await openOutput({ format: 'jsonl', path: inside('gone/a') }, never);
    rmSync(inside('gone'), { recursive: true });
    output.take(NOTICE);
    await expect(output.finish(RESULT)).rejects.toMatchObject({
      code: 'EOUTPUT',
      message: `cannot write ${inside('gone/a')}: no such directory`,
    });
  });

  it('says that a descriptor is not there', async () => {
    await expect(openOutput({ format: 'json', path: '/dev/fd/999' }, never)).rejects.toMatchObject({
      code: 'EOUTPUT',
      message: 'cannot write /dev/fd/999: nothing of that number is open for writing',
    });
  });

  it('is refused twice, by whatever names', () => {
    symlinkSync('a.json', inside('b.json'));
    const files = (...names: string[]) => ({
      format: 'text' as const,
      quiet: false,
      files: names.map((name) => ({ format: 'json' as const, path: name })),
    });
    expect(() => refuseTwice(files(inside('a.json'), inside('b.json')))).toThrow(UsageError);
    expect(() => refuseTwice(files(inside('a.json'), join(directory, 'x', '..', 'a.json')))).toThrow(UsageError);
    expect(() => refuseTwice(files(inside('a.json'), inside('c.json'), '/dev/null', '/dev/null'))).not.toThrow();
  });
});

it.each([
  ['no directory', ['missing', 'a.json']],
  ['a directory', ['.']],
])('fails at once in one line with %s', async (_, path) => {
  await expect(put(join(directory, ...path))).rejects.toThrow(/^cannot write [^\n]+: [^\n]+$/);
});

describe('what is no regular file', () => {
  it('is written to as it is', async () => {
    await expect(put('/dev/null')).resolves.toBeUndefined();
    await expect(put('/dev/full')).rejects.toThrow('cannot write /dev/full: no space left');
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('may be a FIFO, whose reader comes a little later', async () => {
    execFileSync('mkfifo', [inside('fifo')]);
    const writing = put(inside('fifo'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const text = await readFile(inside('fifo'), 'utf8');
    await writing;
    expect(JSON.parse(text)).toMatchObject({ kind: 'load' });
  });

  it('is not waited for when nobody reads and the user has had enough', async () => {
    execFileSync('mkfifo', [inside('fifo')]);
    const ended = AbortSignal.abort();
    await expect(openOutput({ format: 'json', path: inside('fifo') }, ended)).rejects.toThrow('nobody reads it');
  });

  it('may have a reader that goes away', async () => {
    execFileSync('mkfifo', [inside('fifo')]);
    const [output, reader] = await Promise.all([
      openOutput({ format: 'jsonl', path: inside('fifo') }, never),
      open(inside('fifo'), 'r'),
    ]);
    await reader.close();
    output.take(NOTICE);
    await expect(output.finish(RESULT)).rejects.toThrow('its reader has gone');
  });
});
