import { isIP } from 'node:net';
import type { RawArguments } from './command-line';
import { parseHostPort } from './host-port';
import type { OptionSpec } from './option-spec';
import { parsePort, UsageError } from './quantities';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '65432';

/** Whom a client talks to. */
export const TARGET_OPTIONS = {
  address: { alias: 'a', kind: 'value', describe: 'Server: host name, IPv4 or IPv6', default: DEFAULT_HOST },
  port: { alias: 'p', kind: 'value', describe: "Server's port", default: DEFAULT_PORT },
  ipv4: { alias: '4', kind: 'flag', describe: 'Use IPv4 only' },
  ipv6: { alias: '6', kind: 'flag', describe: 'Use IPv6 only' },
  bind: { kind: 'value', describe: 'Own address to send from' },
} as const satisfies Record<string, OptionSpec>;

/** Where a server listens. */
export const LISTEN_OPTIONS = {
  address: { alias: 'a', kind: 'value', describe: 'Own address to listen on', default: 'all' },
  port: { alias: 'p', kind: 'value', describe: 'Port; 0: the system picks one', default: DEFAULT_PORT },
} as const satisfies Record<string, OptionSpec>;

interface Target {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6 | undefined;
  readonly bind: string | undefined;
}

/** Whom to measure: by position or by option, not both. */
export function targetArguments(raw: RawArguments<'address' | 'port' | 'ipv4' | 'ipv6' | 'bind'>): Target {
  const [positional, port] = raw.positionals;
  const address = raw.text('address');
  if (positional !== undefined && address !== undefined) {
    throw new UsageError(`two hosts: ${positional} and ${address}`);
  }
  const { host, port: withHost } = parseHostPort(positional ?? address ?? DEFAULT_HOST);
  const ipv4 = raw.flag('ipv4');
  const ipv6 = raw.flag('ipv6');
  if (ipv4 && ipv6) throw new UsageError('choose -4 or -6');
  const bind = raw.text('bind');
  if (bind !== undefined && isIP(bind) === 0) throw new UsageError(`--bind ${bind}: not an IP address`);
  return {
    host,
    port: portArgument([withHost, port, raw.text('port')], 1),
    family: ipv4 ? 4 : ipv6 ? 6 : undefined,
    bind,
  };
}

/** Where to listen. */
export function listenArguments(raw: RawArguments<'address' | 'port'>): { address: string | undefined; port: number } {
  const [port] = raw.positionals;
  if (port !== undefined && /[.:]/.test(port)) {
    throw new UsageError(`'${port}' is not a port; for the own address write -a ${port}`);
  }
  const address = raw.text('address');
  const { host, port: withHost } = address === undefined ? NO_HOST : parseHostPort(address);
  return { address: host, port: portArgument([withHost, port, raw.text('port')], 0) };
}

const NO_HOST = { host: undefined, port: undefined };

/** A port that may be written in several places, though not differently. */
function portArgument(written: readonly (string | undefined)[], smallest: 0 | 1): number {
  const [first = DEFAULT_PORT, ...others] = written.filter((text) => text !== undefined);
  const other = others.find((text) => text !== first);
  if (other !== undefined) throw new UsageError(`two ports: ${first} and ${other}`);
  return parsePort(first, smallest);
}
