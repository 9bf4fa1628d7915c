import type { RawArguments } from './command-line';
import { parseDscp } from './dscp';
import type { OptionSpec } from './option-spec';
import { UsageError } from './quantities';

// Who talks to the network, and what takes system calls, which only the linux transport makes.

export const TRANSPORT_OPTION = {
  transport: { kind: 'value', describe: 'auto, portable or linux: who talks to the network', default: 'auto' },
} as const satisfies Record<string, OptionSpec>;

export const DSCP_OPTION = {
  dscp: { kind: 'value', describe: 'Mark what is sent: EF, AF41, 0 to 63 (linux)' },
} as const satisfies Record<string, OptionSpec>;

const TRANSPORTS = ['auto', 'portable', 'linux'] as const;

/** Who is to talk to the network. */
export function transportArgument(raw: RawArguments<'transport'>): (typeof TRANSPORTS)[number] {
  const text = raw.text('transport') ?? 'auto';
  const choice = TRANSPORTS.find((name) => name === text);
  if (choice === undefined) throw new UsageError(`--transport ${text}: choose one of ${TRANSPORTS.join(', ')}`);
  return choice;
}

/** Throws where the transport that is asked for cannot do what `option` asks for. Whether `auto` can is seen at the start. */
export function refusePortable(raw: RawArguments<'transport'>, option: string): void {
  if (transportArgument(raw) === 'portable') throw new UsageError(`${option} needs the linux transport`);
}

/** Whether datagrams must not be cut into fragments: at the end that sends, which in reverse is the server. */
export function dontFragmentArgument(raw: RawArguments<'dont-fragment' | 'transport' | 'reverse'>): boolean {
  const isAsked = raw.flag('dont-fragment');
  if (isAsked && !raw.flag('reverse')) refusePortable(raw, '--dont-fragment');
  return isAsked;
}

/** Whether to wait by looking instead of sleeping. */
export function busyPollArgument(raw: RawArguments<'busy-poll' | 'transport'>): boolean {
  const isAsked = raw.flag('busy-poll');
  if (isAsked) refusePortable(raw, '--busy-poll');
  return isAsked;
}

/** What to mark with; undefined: nothing of its own. */
export function dscpArgument(raw: RawArguments<'dscp' | 'transport'>): number | undefined {
  const text = raw.text('dscp');
  if (text === undefined) return undefined;
  const dscp = parseDscp(text);
  refusePortable(raw, '--dscp');
  return dscp;
}
