import { rawOf } from '../../test/raw-of';
import { busyPollArgument, DSCP_OPTION, dontFragmentArgument, dscpArgument, TRANSPORT_OPTION } from './linux-options';
import { UsageError } from './quantities';

const OPTIONS = {
  ...TRANSPORT_OPTION,
  ...DSCP_OPTION,
  reverse: { alias: 'R', kind: 'flag', describe: '' },
  'dont-fragment': { kind: 'flag', describe: '' },
  'busy-poll': { kind: 'flag', describe: '' },
} as const;
const raw = (...argv: string[]) => rawOf(OPTIONS, argv);

describe.each([
  ['--dscp', ['--dscp', 'EF'], dscpArgument, undefined, 46],
  ['--dont-fragment', ['--dont-fragment'], dontFragmentArgument, false, true],
  ['--busy-poll', ['--busy-poll'], busyPollArgument, false, true],
] as const)('%s', (option, given, read, absent, present) => {
  it('is left out unless it is given', () => {
    expect(read(raw())).toBe(absent);
    expect(read(raw('--transport', 'portable'))).toBe(absent);
  });

  it.each([[[]], [['--transport', 'auto']], [['--transport', 'linux']]])('is taken with %p', (transport) => {
    expect(read(raw(...given, ...transport))).toBe(present);
  });

  it('is refused where Node sends', () => {
    const attempt = () => read(raw(...given, '--transport', 'portable'));
    expect(attempt).toThrow(new UsageError(`${option} needs the linux transport`));
  });
});

it('in reverse it is the server that must not cut', () => {
  expect(dontFragmentArgument(raw('--dont-fragment', '--transport', 'portable', '-R'))).toBe(true);
});
