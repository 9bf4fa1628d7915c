import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { milliseconds } from '@pathgauge/units';
import { eventsOf, type ProbeEvent, pingIn } from './documents';
import { emulate } from './emulated-link';
import { APPS, Program, run, temporaryFolder, whereProgram } from './harness';
import { expectAsked, expectResult } from './result-shape';

// One run, told as text, as lines of JSON and as a document: the three are one.

const ESCAPE = '\u001b';
const COUNT = 41;
const LINK = { up: { delay: milliseconds(2), jitter: milliseconds(8) }, down: { jitter: milliseconds(3) }, seed: 51 };

/** The two values in the middle; the same one twice where their number is odd. */
function middleOf(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[(sorted.length - 1) >> 1] as number, sorted[sorted.length >> 1] as number];
}

/** Expects milliseconds as printed to be the round trip, rounded to their last digit. */
function expectRounded(printed: string, probe: ProbeEvent | undefined): void {
  const lastDigitNs = 1e6 / 10 ** (printed.split('.')[1] ?? '').length;
  expect(Math.abs(Number(printed) * 1e6 - Number(probe?.rttNs))).toBeLessThanOrEqual(lastDigitNs / 2 + 1e-3);
}

async function measured(transport: string) {
  const emulator = await emulate({ ...LINK, clock: { offsetNs: 3e9 } });
  const folder = temporaryFolder();
  const [json, lines] = [join(folder, 'x.json'), join(folder, 'x.jsonl')];
  const args = ['-c', COUNT, '-i', '25ms', '--transport', transport, '-o', lines, '-o', json] as const;
  return { json, lines, args: ['127.0.0.1', emulator.port, ...args] as const };
}

const probesIn = (file: string): ProbeEvent[] => eventsOf(readFileSync(file, 'utf8'), 'probe');

it.each(['portable', 'auto'])('text, lines of JSON and the document have the same figures: %s', async (transport) => {
  const { json, lines, args } = await measured(transport);
  const { stdout, code } = await run('udp-client', ...args);
  expect(code).toBe(0);
  expect(stdout).not.toContain(ESCAPE);
  const result = pingIn(readFileSync(json, 'utf8'));
  expectResult(result);
  const sent = expectAsked(result, COUNT);
  const probes = probesIn(lines);
  expect(probes.map(({ sequence, outcome }) => [sequence, outcome])).toEqual(
    Array.from({ length: sent }, (_, i) => [i, 'received']),
  );

  // To the nanosecond: the middle of two may lie between two of them.
  for (const [name, told] of [
    ['rttNs', result.rtt],
    ['upNs', result.owd?.up],
    ['downNs', result.owd?.down],
  ] as const) {
    const [low, high] = middleOf(probes.map((probe) => Number(probe[name])));
    expect([name, Math.abs(Number(told?.medianNs) - (low + high) / 2) <= 0.5]).toEqual([name, true]);
  }
  for (const { rttNs, upNs, downNs } of probes)
    expect(Math.abs(Number(upNs) + Number(downNs) - Number(rttNs))).toBeLessThan(1);

  // The printed lines, in order of sending, round as the table does.
  const printed = [...stdout.matchAll(/^seq=(\d+) bytes=\d+ rtt=(\S+) ms/gm)].map(([, seq, rtt]) => [seq, rtt]);
  expect(printed.map(([seq]) => Number(seq))).toEqual(probes.map(({ sequence }) => sequence));
  const [low, high] = middleOf(printed.map(([, rtt]) => Number(rtt)));
  const median = Number(/^rtt +\S+ +\S+ +(\S+)/m.exec(stdout)?.[1]);
  if (low === high) expect(median).toBe(low);
  expect(median).toBeGreaterThanOrEqual(low);
  expect(median).toBeLessThanOrEqual(high);
  printed.forEach(([, rtt], i) => {
    expectRounded(rtt as string, probes[i]);
  });
});

whereProgram('script', it)('a terminal shows the newest probe at once, and rewrites it', async () => {
  const { json, lines, args } = await measured('auto');
  const command = [`'${process.execPath}' '${join(APPS, 'udp-client')}'`, ...args].join(' ');
  const { stdout } = await new Program('script', ['-qec', command, '/dev/null'], {
    TERM: 'xterm',
    NO_COLOR: '1',
  }).exit();
  expectAsked(pingIn(readFileSync(json, 'utf8')), COUNT);
  const shown = screenOf(stdout);
  // What is provisional is on the screen only until more is known.
  expect(shown.filter((line) => line.startsWith('~ '))).toEqual([]);
  expect(stdout).toMatch(/~ seq=\d+ bytes=\d+ rtt=/);
  expect(stdout).toContain(`${ESCAPE}[K`);
  const printed = shown.flatMap((line) => {
    const [, seq, rtt] = /^seq=(\d+) bytes=\d+ rtt=(\S+) ms/.exec(line) ?? [];
    return seq === undefined ? [] : [[Number(seq), rtt as string] as const];
  });
  const probes = probesIn(lines);
  expect(printed.map(([seq]) => seq)).toEqual(probes.map(({ sequence }) => sequence));
  printed.forEach(([, rtt], i) => {
    expectRounded(rtt, probes[i]);
  });
});

const PIECES = new RegExp(`${ESCAPE}\\[\\d*[A-Za-z]|[^${ESCAPE}]`, 'gs');

/** What stands on a terminal in the end: it knows line breaks, and the two escapes that erase. */
function screenOf(output: string): string[] {
  const lines = [''];
  let row = 0;
  let column = 0;
  for (const [part] of output.matchAll(PIECES)) {
    if (part === '\r') column = 0;
    else if (part === '\n') {
      row++;
      lines[row] ??= '';
    } else if (part === `${ESCAPE}[1A`) row = Math.max(0, row - 1);
    else if (part === `${ESCAPE}[K`) lines[row] = (lines[row] as string).slice(0, column);
    else if (!part.startsWith(ESCAPE)) {
      const line = lines[row] as string;
      lines[row] = `${line.slice(0, column)}${part}${line.slice(column + 1)}`;
      column++;
    }
  }
  return lines;
}
