import type { ClientEvent, LoadResult, Result, RoundTripEvent, SessionEvent } from '@pathgauge/result';
import { LOAD_START, NOTHING_LOADED, NOTHING_PROBED, PING_START } from '../test/nothing-measured';
import { FILE_FORMATS, FORMAT_OPTIONS, FORMATS, type FormatName, formatOnScreen } from './formats';
import type { LoggedEvent } from './reporter';
import { PLAIN } from './text/style';

const OPTIONS = { style: PLAIN, quiet: false };
const FAILED: Result = { ...NOTHING_PROBED, complete: false, reason: 'no', error: { code: 'refused', message: 'no' } };

const ROUND_TRIP: RoundTripEvent = {
  ...{ type: 'round-trip', isFinal: true, sequence: 0, outcome: 'received', bytes: 64, rttNs: 214e3 },
  ...{ reordered: false, cause: undefined, sentNs: 0 },
};
const { isFinal, ...outcome } = ROUND_TRIP;
const EVENTS: readonly SessionEvent[] = [
  PING_START,
  ROUND_TRIP,
  { ...outcome, type: 'probe', sentAt: '2026-01-02T03:04:05.678901234Z', upNs: 1e5, downNs: undefined, userStamps: [] },
  { type: 'notice', code: 'x', message: 'careful' },
  { type: 'interim', of: 'ping', counts: { sent: 1, received: 1, lost: 0, lossRatio: 0 }, rtt: undefined },
  { type: 'summary', result: NOTHING_PROBED },
];

/** All that a format makes of a run. */
function written(name: FormatName, result: Result = NOTHING_PROBED): string {
  const reporter = FORMATS[name].client(OPTIONS);
  return EVENTS.map((event) => reporter.event(event).text).join('') + reporter.end(result);
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const typesOf = (text: string): string[] => linesOf(text).map((line) => (JSON.parse(line) as { type: string }).type);

describe('a run', () => {
  it('is one document as JSON', () => {
    expect(JSON.parse(written('json'))).toMatchObject({ kind: 'ping', rtt: null });
  });

  it('is an event a line: not what people alone look at, an error before the document that has it', () => {
    expect(typesOf(written('jsonl'))).toStrictEqual(['start', 'probe', 'notice', 'summary']);
    expect(typesOf(written('jsonl', FAILED))).toStrictEqual(['start', 'probe', 'notice', 'error', 'summary']);
  });

  it('is lines as text, and nothing for one that did not begin', () => {
    const text = written('text');
    for (const part of ['10 probes of 64 bytes', 'seq=0 bytes=64', 'note: careful', '--- host'])
      expect(text).toContain(part);
    expect(FORMATS.text.client(OPTIONS).end(FAILED)).toBe('');
  });

  it.each(Object.keys(FORMATS) as FormatName[])('is whole lines: %s', (name) => {
    expect(written(name)).toMatch(/\n$/);
  });
});

describe('a server', () => {
  const endpoint = { address: '192.0.2.9', port: 4 };
  const result: LoadResult = { ...NOTHING_LOADED, runner: 'tcp-server' };
  const client = (event: SessionEvent): ClientEvent => ({ type: 'client', client: 1, endpoint, event });
  const events: readonly LoggedEvent[] = [
    { type: 'listening', runner: 'tcp-server', sockets: [{ address: '::', port: 7, serves: 'tcp-load' }] },
    { type: 'notice', code: 'x', message: 'careful' },
    client(LOAD_START),
    client({ type: 'summary', result }),
  ];
  const updates = (name: FormatName) => {
    const reporter = FORMATS[name].server(OPTIONS);
    return events.map((event) => reporter.event(event));
  };

  it('logs documents alone as JSON, and says beside it what people should know', () => {
    const [listening, notice, start, summary] = updates('json');
    expect(listening?.remark).toMatch(/^tcp-server listening on all addresses port 7/);
    expect([notice, start]).toStrictEqual([
      { log: '', remark: 'careful\n' },
      { log: '', remark: '' },
    ]);
    expect(linesOf(summary?.log ?? '')).toHaveLength(1);
    expect(JSON.parse(summary?.log ?? '')).toMatchObject({ kind: 'load', runner: 'tcp-server' });
  });

  it.each(['jsonl', 'text'] as const)('logs everything as %s', (name) => {
    expect(updates(name).every(({ log, remark }) => log.endsWith('\n') && remark === '')).toBe(true);
  });

  it('says why it cannot serve in the way of the format; people are told elsewhere', () => {
    const failed = (name: FormatName) => FORMATS[name].server(OPTIONS).failed(FAILED);
    expect(failed('text')).toBe('');
    expect(JSON.parse(failed('json'))).toMatchObject({ error: { code: 'refused' } });
    expect(failed('jsonl')).toBe('{"type":"error","code":"refused","message":"no"}\n');
  });
});

describe('the choice', () => {
  const onScreen = (...options: string[]) =>
    formatOnScreen((_, option) => option !== undefined && options.includes(option));

  it('is text unless an option asks for something else, and none where two do', () => {
    expect([onScreen(), onScreen('json'), onScreen('json-stream')]).toStrictEqual(['text', 'json', 'jsonl']);
    expect(onScreen('json', 'json-stream')).toBeUndefined();
  });

  it('may be made by name, by option, or by both', () => {
    expect(formatOnScreen((name) => name === 'jsonl')).toBe('jsonl');
    expect(formatOnScreen((name, option) => name === 'jsonl' || option === 'json-stream')).toBe('jsonl');
  });

  it('has an option for every format but the one without, and files of all but text', () => {
    expect(FORMAT_OPTIONS).toStrictEqual(['json', 'json-stream']);
    expect(FILE_FORMATS).toStrictEqual(['json', 'jsonl']);
  });
});
