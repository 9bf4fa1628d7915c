import { parseCommandLine } from './command-line';
import { bitrateOf, hasAmount, LOAD_OPTIONS, loadArguments } from './load-options';
import { PACE_OPTIONS } from './pace-options';
import { UsageError } from './quantities';

const OPTIONS = { ...LOAD_OPTIONS, time: { ...PACE_OPTIONS.time, describe: '' } } as const;
const LIMITS = {
  streams: { min: 1, max: 128 },
  burst: { min: 1, max: 1000 },
  omitSeconds: { min: 0, max: 600 },
  windowBytes: { min: 1, max: 2 ** 29 },
  mssBytes: { min: 88, max: 9216 },
  trafficClass: { min: 0, max: 255 },
};
const raw = (...argv: string[]) => {
  const spec = { program: 'tcp-client', usage: '', summary: '', options: OPTIONS, examples: [], mostPositionals: 2 };
  const parsed = parseCommandLine(spec, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return parsed.raw;
};
const read = (...argv: string[]) => loadArguments(raw(...argv), LIMITS, { length: 1000, min: 20, counted: 'write -k' });

const BY_DEFAULT = {
  directions: ['up'],
  parallel: 1,
  amount: undefined,
  omit: 0,
  duration: 10e9,
  waitBusy: undefined,
  getServerOutput: false,
};

describe('what a load test is to send', () => {
  it.each<[string[], object]>([
    [[], {}],
    [['-R'], { directions: ['down'] }],
    [['--bidir'], { directions: ['up', 'down'] }],
    [['-P', '128'], { parallel: 128 }],
    [['-O', '2'], { omit: 2e9 }],
    [['--omit=500ms'], { omit: 0.5e9 }],
    [['-O', '10m'], { omit: 600e9 }],
    [['-t', '1h'], { duration: 3600e9 }],
    // Sizes are 1024-based; what is sent ends the test, and no time does.
    [['-n', '10M'], { amount: { bytes: 10_485_760 }, duration: undefined }],
    [['-n', '1.5G'], { amount: { bytes: 1_610_612_736 }, duration: undefined }],
    [['-n', '20'], { amount: { bytes: 20 }, duration: undefined }],
    [['-k', '7'], { amount: { bytes: 7000 }, duration: undefined }],
    [['--blockcount', '7', '-R'], { amount: { bytes: 7000 }, duration: undefined, directions: ['down'] }],
    [['--wait-busy'], { waitBusy: 60e9 }],
    [['--wait-busy', '0'], { waitBusy: 0 }],
    [['--wait-busy=1h', '--get-server-output'], { waitBusy: 3600e9, getServerOutput: true }],
    [['-Z'], {}],
  ])('%p', (argv, expected) => {
    expect(read(...argv)).toStrictEqual({ ...BY_DEFAULT, ...expected });
  });

  it.each<[string[], RegExp]>([
    [['-R', '--bidir'], /^choose -R or --bidir: with --bidir the server sends, too$/],
    [['-P', '0'], /'0' is not a count/],
    [['-P', '200'], /^-P 200: must be from 1 to 128, which is iperf3's limit$/],
    [['-O', '601'], /^-O 601: must be from 0 to 600 seconds$/],
    [['-O', '-1'], /^-O -1: must be from 0/],
    [['-n', '1M', '-k', '1'], /^choose one of -n, -k: each of them ends the test$/],
    [['-n', '1M', '-t', '1'], /^choose one of -t, -n/],
    [['-k', '1', '-t', '1', '-n', '1M'], /^choose one of -t, -n, -k/],
    [['-n', '19'], /^-n 19: must be 20 bytes or more; write -k$/],
    [['-n', '0.3'], /not a size/],
    [['-k', '0'], /'0' is not a count/],
    [['-k', '9007199254740991'], /too many to be counted/],
    [['--wait-busy', '5201'], /^--wait-busy 5201: must be from 0 to 1h; a port is written -p 5201$/],
    [['-t', '0'], /must be above 0/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => read(...argv)).toThrow(UsageError);
    expect(() => read(...argv)).toThrow(words);
  });

  it('has an amount by -n or -k', () => {
    const amounts = [[], ['-n', '1M'], ['-k', '1'], ['-t', '1']].map((argv) => hasAmount(raw(...argv)));
    expect(amounts).toStrictEqual([false, true, true, false]);
  });
});

describe('a bit rate', () => {
  it.each([
    ['10M', 10e6, 1],
    ['10M/5', 10e6, 5],
    ['2.5G/1000', 2.5e9, 1000],
    // The slash of a unit is none of a burst.
    ['10Mbit/s', 10e6, 1],
    ['10Mbit/s/3', 10e6, 3],
  ])('%s is %d bit/s, %d at a time', (text, rate, burst) => {
    expect(bitrateOf(text, LIMITS.burst)).toStrictEqual({ rate, burst });
  });

  it.each([
    ['10M/0', /^-b 10M\/0: a burst is from 1 to 1000 messages; write 10M\/5$/],
    ['10M/1001', /a burst is from 1 to 1000/],
    ['10M/', /a burst is from 1 to 1000/],
    ['10M/x', /not a bit rate/],
    ['fast/5', /'fast' is not a bit rate/],
    ['0', /'0' is not a bit rate .*, or --max$/],
  ])('is not %s', (text, words) => {
    expect(() => bitrateOf(text, LIMITS.burst)).toThrow(UsageError);
    expect(() => bitrateOf(text, LIMITS.burst)).toThrow(words);
  });
});
