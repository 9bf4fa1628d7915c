/** What people type who come from another tool, or mean another of the four runners; and what to type instead. */
type Answer = (program: string) => string | undefined;

const isServer = (program: string): boolean => program.endsWith('-server');
const always =
  (text: string): Answer =>
  () =>
    text;
const atClients =
  (text: string): Answer =>
  (program) =>
    isServer(program) ? undefined : text;
const atServers =
  (text: string): Answer =>
  (program) =>
    isServer(program) ? text : undefined;
const atUdpClient =
  (text: string): Answer =>
  (program) =>
    program === 'udp-client' ? text : undefined;

const SERVE: Answer = (program) =>
  isServer(program)
    ? `${program} is a server: leave it out`
    : `for a server run ${program.replace('client', 'server')}; for a size write -l`;
const UDP: Answer = (program) => {
  const end = isServer(program) ? 'server' : 'client';
  return program.startsWith('udp') ? `${program} uses UDP: leave it out` : `for UDP run udp-${end}`;
};
const HOST: Answer = (program) =>
  isServer(program)
    ? `for a client run ${program.replace('server', 'client')} <host>`
    : `the host is named without it: ${program} <host>`;
const OWN_ADDRESS: Answer = (program) => `for the own address write ${isServer(program) ? '-a' : '--bind'}`;
const OF_TCP = always('it is of TCP, and an option of tcp-client');
/** To ping it is path MTU discovery. */
const SEGMENTS: Answer = (program) =>
  atUdpClient('it is of TCP; for datagrams that are never cut write --dont-fragment')(program) ?? OF_TCP(program);
const THE_SYSTEMS = atClients('that is left to the system: leave it out');
const NO_NAME = atClients('a result has no such name: leave it out');
/** How long silence and an answer that does not come are waited for. */
const PATIENCE = always('how long to wait is known without it: leave it out');
const SCTP = always('there is no SCTP here: TCP or UDP only');
const SERVICE = atServers('what starts the server does that, as systemd does: leave it out');
const WORDY = always('all is told without it: leave it out');

/** Of iperf3, ping and their like. By letter or long name. */
const HABITS: Readonly<Record<string, Answer>> = {
  s: SERVE,
  server: SERVE,
  c: HOST,
  client: HOST,
  host: HOST,
  u: UDP,
  udp: UDP,
  J: always('write --json'),
  B: OWN_ADDRESS,
  I: OWN_ADDRESS,
  Q: atClients('write -S'),
  1: atServers('write --once'),
  'one-off': atServers('write --once'),
  4: atServers('write -a 0.0.0.0'),
  6: atServers('write -a ::'),
  W: atUdpClient('write --timeout'),
  C: OF_TCP,
  congestion: OF_TCP,
  N: OF_TCP,
  'no-delay': OF_TCP,
  L: THE_SYSTEMS,
  flowlabel: THE_SYSTEMS,
  A: THE_SYSTEMS,
  affinity: THE_SYSTEMS,
  'pacing-timer': THE_SYSTEMS,
  T: NO_NAME,
  title: NO_NAME,
  'extra-data': NO_NAME,
  'connect-timeout': PATIENCE,
  'rcv-timeout': PATIENCE,
  'snd-timeout': PATIENCE,
  'idle-timeout': PATIENCE,
  'cntl-ka': PATIENCE,
  version4: atClients('write -4'),
  version6: atClients('write -6'),
  cport: atClients('the system picks the own port: leave it out'),
  num: atClients('write -n'),
  F: atClients('a file is not sent; for an amount write -n'),
  file: atClients('a file is not sent; for an amount write -n'),
  forceflush: always('lines come when they are known: leave it out'),
  timestamps: always('for the time of each line write --json-stream'),
  sctp: SCTP,
  X: SCTP,
  xbind: SCTP,
  nstreams: SCTP,
  'repeating-payload': atClients('what is sent cannot be chosen: leave it out'),
  gsro: always('it is so without: leave it out'),
  'skip-rx-copy': always('it is so without: leave it out'),
  D: SERVICE,
  daemon: SERVICE,
  pidfile: SERVICE,
  logfile: atClients('write -o FILE'),
  'udp-counters-64bit': atClients('it is so without: leave it out'),
  M: SEGMENTS,
  'set-mss': SEGMENTS,
  mss: SEGMENTS,
  f: atClients('for no pause write -i 0; units are chosen by the value'),
  format: always('units are chosen by the value: leave it out'),
  d: WORDY,
  debug: WORDY,
  V: WORDY,
  v: WORDY,
  verbose: WORDY,
  bandwidth: atClients('write -b'),
  rate: atClients('write -b'),
  size: atClients('write -l'),
  password: atClients('everyone sees the options of a process: write --password-file FILE, or set IPERF3_PASSWORD'),
  len: atClients('write -l'),
};

const CLIENTS = 'udp-client and tcp-client';
/** Options of other runners, by the same name there. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...named(CLIENTS, [
    'i',
    'interval',
    't',
    'time',
    'l',
    'length',
    'o',
    'out',
    'ipv4',
    'ipv6',
    'bind',
    'dscp',
    ...['S', 'tos', 'P', 'parallel', 'bidir', 'O', 'omit', 'n', 'bytes', 'k', 'blocks', 'blockcount', 'w', 'window'],
    ...['fq-rate', 'wait-busy', 'get-server-output', 'Z', 'zerocopy'],
    ...['username', 'rsa-public-key-path', 'password-file'],
    'b',
    'bitrate',
    'max',
    'R',
    'reverse',
  ]),
  ...named('udp-client', ['c', 'count', 'timeout', 'poisson', 'burst', 'ttl', 'dont-fragment']),
  ...named('udp-client and udp-server', ['busy-poll']),
  ...named('udp-server', ['echo']),
  ...named('udp-server and tcp-server', [
    'once',
    ...['rsa-private-key-path', 'authorized-users-path', 'time-skew-threshold'],
  ]),
};

/** What to say to who writes an option that `program` does not have; undefined when nothing is known about it. */
export function habitAnswer(name: string, program: string): string | undefined {
  // To a client -c is a host, as for iperf3, although the other client counts probes by it.
  const isHost = name === 'c' && !isServer(program);
  if (Object.hasOwn(ELSEWHERE, name) && !isHost) return `it is an option of ${ELSEWHERE[name]}`;
  return Object.hasOwn(HABITS, name) ? HABITS[name]?.(program) : undefined;
}

function named(owners: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, owners]));
}
