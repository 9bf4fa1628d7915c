import { parseCommandLine } from './command-line';
import { DSCP_OPTION, TRANSPORT_OPTION } from './linux-options';
import { UsageError } from './quantities';
import { SOCKET_OPTIONS, socketArguments, TCP_SOCKET_OPTIONS, tcpSocketArguments } from './socket-options';

const OPTIONS = { ...SOCKET_OPTIONS, ...TCP_SOCKET_OPTIONS, ...DSCP_OPTION, ...TRANSPORT_OPTION } as const;
const LIMITS = {
  streams: { min: 1, max: 128 },
  burst: { min: 1, max: 1000 },
  omitSeconds: { min: 0, max: 600 },
  windowBytes: { min: 1, max: 536_870_912 },
  mssBytes: { min: 88, max: 9216 },
  trafficClass: { min: 0, max: 255 },
};
function read(...argv: string[]) {
  const spec = { program: 'tcp-client', usage: '', summary: '', options: OPTIONS, examples: [], mostPositionals: 2 };
  const parsed = parseCommandLine(spec, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return { ...socketArguments(parsed.raw, LIMITS), ...tcpSocketArguments(parsed.raw, LIMITS) };
}

const BY_DEFAULT = {
  windowBytes: undefined,
  pacingBytesPerSecond: undefined,
  trafficClass: undefined,
  mssBytes: undefined,
  congestion: undefined,
  noDelay: false,
};

it.each<[string[], object]>([
  [[], {}],
  [['-w', '64K'], { windowBytes: 65_536 }],
  [['--window=512M'], { windowBytes: 536_870_912 }],
  [['--fq-rate', '8M'], { pacingBytesPerSecond: 1e6 }],
  [['-M', '88'], { mssBytes: 88 }],
  [['--set-mss', '9216'], { mssBytes: 9216 }],
  [['-C', 'bbr', '-N'], { congestion: 'bbr', noDelay: true }],
  [['-N', '--transport', 'portable'], { noDelay: true }],
  // EF is 46: the upper six bits.
  [['--dscp', 'EF'], { trafficClass: 184 }],
  [['-S', '184'], { trafficClass: 184 }],
  [['-S', '0xB8'], { trafficClass: 184 }],
  [['--tos', '0270'], { trafficClass: 184 }],
  [['-S', '0'], { trafficClass: 0 }],
  [['-S', '0xff'], { trafficClass: 255 }],
])('%p', (argv, expected) => {
  expect(read(...argv)).toStrictEqual({ ...BY_DEFAULT, ...expected });
});

it.each<[string[], RegExp]>([
  [['-w', '0'], /^--window 0: must be from 1 to 512M$/],
  [['-w', '1G'], /^--window 1G: must be from 1/],
  [['-M', '87'], /^--mss 87: must be from 88 to 9216 bytes$/],
  [['-M', '9217'], /^--mss 9217/],
  [['-C', 'a b'], /^--congestion a b: write a name, like cubic/],
  [['-C', 'x'.repeat(16)], /write a name/],
  [['-S', '256'], /^--tos 256: must be from 0 to 255, or 0x0 to 0xff$/],
  [['-S', '09'], /--tos 09/],
  [['-S', 'EF'], /--tos EF/],
  [['-S', '184', '--dscp', 'EF'], /^choose -S or --dscp/],
  [['--fq-rate', '0'], /not a bit rate/],
  ...[
    ['-w', '64K'],
    ['--fq-rate', '1M'],
    ['-M', '500'],
    ['-C', 'reno'],
    ['-S', '16'],
    ['--dscp', '1'],
  ].map((argv): [string[], RegExp] => [[...argv, '--transport', 'portable'], /^--[a-z-]+ needs the linux transport$/]),
])('%p is refused in one line', (argv, words) => {
  expect(() => read(...argv)).toThrow(UsageError);
  expect(() => read(...argv)).toThrow(words);
});
