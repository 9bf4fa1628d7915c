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
const ONE_STREAM = always('there is one stream, in one direction, at a time');
const TOS = atClients('to mark packets write --dscp, with the upper six bits of that octet');
const LENGTH_OF_RUN = atClients('for the length of a run write -t');
const THE_SYSTEMS = atClients("the system's is used: leave it out");
/** To ping it is path MTU discovery. */
const SEGMENTS: Answer = (program) =>
  atUdpClient('for datagrams that are never cut write --dont-fragment')(program) ?? THE_SYSTEMS(program);
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
  P: ONE_STREAM,
  parallel: ONE_STREAM,
  bidir: ONE_STREAM,
  B: OWN_ADDRESS,
  I: OWN_ADDRESS,
  S: TOS,
  tos: TOS,
  Q: TOS,
  1: atServers('write --once'),
  'one-off': atServers('write --once'),
  4: atServers('write -a 0.0.0.0'),
  6: atServers('write -a ::'),
  W: atUdpClient('write --timeout'),
  w: atClients("for the length of a run write -t; the window is the system's"),
  window: THE_SYSTEMS,
  C: THE_SYSTEMS,
  congestion: THE_SYSTEMS,
  N: THE_SYSTEMS,
  'no-delay': THE_SYSTEMS,
  M: SEGMENTS,
  'set-mss': SEGMENTS,
  mss: SEGMENTS,
  O: atClients('all of a run is measured: leave it out'),
  omit: atClients('all of a run is measured: leave it out'),
  k: LENGTH_OF_RUN,
  blockcount: LENGTH_OF_RUN,
  blocks: LENGTH_OF_RUN,
  bytes: LENGTH_OF_RUN,
  f: atClients('for no pause write -i 0; units are chosen by the value'),
  format: always('units are chosen by the value: leave it out'),
  V: WORDY,
  v: WORDY,
  verbose: WORDY,
  n: (program) => atUdpClient('for the number of probes write -c')(program) ?? LENGTH_OF_RUN(program),
  bandwidth: atClients('write -b'),
  rate: atClients('write -b'),
  size: atClients('write -l'),
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
    'b',
    'bitrate',
    'max',
    'R',
    'reverse',
  ]),
  ...named('udp-client', ['c', 'count', 'timeout', 'poisson', 'burst', 'ttl']),
  ...named('udp-client and udp-server', ['busy-poll']),
  ...named('udp-server', ['echo']),
  ...named('udp-server and tcp-server', ['once']),
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
