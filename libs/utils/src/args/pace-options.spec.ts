import { rawOf } from '../../test/raw-of';
import {
  intervalArgument,
  lengthArgument,
  loadTimeArgument,
  PACE_OPTIONS,
  positiveDuration,
  REPORT_INTERVAL_OPTION,
  reportIntervalArgument,
} from './pace-options';
import { UsageError } from './quantities';

const { interval, length, time } = PACE_OPTIONS;
const OPTIONS = {
  interval: { ...interval, describe: '' },
  length: { ...length, describe: '' },
  time: { ...time, describe: '' },
};
const pace = (...argv: string[]) => rawOf(OPTIONS, argv);
const report = (...argv: string[]) => rawOf(REPORT_INTERVAL_OPTION, argv);

describe('times', () => {
  it('report every second, or from 10 ms to an hour', () => {
    expect(reportIntervalArgument(report())).toBe(1e9);
    expect(reportIntervalArgument(report('--report-interval', '10ms'))).toBe(10e6);
    expect(reportIntervalArgument(report('--report-interval', '1h'))).toBe(3600e9);
    for (const text of ['9.9ms', '0', '-1', '3601', 'abc']) {
      expect(() => reportIntervalArgument(report('--report-interval', text))).toThrow(UsageError);
    }
  });

  it('of a load are 10 s, or anything up to a day', () => {
    expect(loadTimeArgument(pace())).toBe(10e9);
    expect(loadTimeArgument(pace('-t', '24h'))).toBe(86_400e9);
    for (const text of ['0', '-1s', '24.1h', 'x']) expect(() => loadTimeArgument(pace('-t', text))).toThrow(UsageError);
  });

  it('that must be above 0 are', () => {
    expect(positiveDuration('time', '1ns')).toBe(1);
    expect(() => positiveDuration('time', '0')).toThrow('--time 0: must be above 0');
  });
});

it('an interval is a second, or whatever is not negative', () => {
  expect(intervalArgument(pace())).toBe(1e9);
  expect(intervalArgument(pace('-i', '0'))).toBe(0);
  expect(intervalArgument(pace('--interval', '20ms'))).toBe(20e6);
  expect(() => intervalArgument(pace('-i', '-1ns'))).toThrow('--interval -1ns: must not be negative');
});

it('a length keeps within what its kind allows', () => {
  const bounds = { min: 44, max: 1024 };
  expect(lengthArgument(pace(), 64, bounds)).toBe(64);
  expect(lengthArgument(pace('-l', '44'), 64, bounds)).toBe(44);
  expect(lengthArgument(pace('-l', '1K'), 64, bounds)).toBe(1024);
  for (const text of ['43', '1025']) {
    expect(() => lengthArgument(pace('-l', text), 64, bounds)).toThrow(
      new UsageError(`--length ${text}: must be from 44 to 1024 bytes`),
    );
  }
});
