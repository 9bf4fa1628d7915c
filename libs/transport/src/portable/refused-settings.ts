import { NeedsLinuxError } from '../errors';
import type { LinuxSetting, StreamSettings } from '../settings';
import type { DatagramOptions } from '../sockets';

// Node makes no system calls of its own: what takes one is refused, with the reason why there is no better transport.

const OF_STREAMS = ['windowBytes', 'mssBytes', 'congestion', 'trafficClass', 'pacingBytesPerSecond'] as const;
const OF_DATAGRAMS = ['trafficClass', 'pacingBytesPerSecond'] as const;

export const refuseSettings = (settings: StreamSettings, note: string | undefined): void =>
  refuse(OF_STREAMS, settings, note);

export function refuseMarks(options: DatagramOptions, note: string | undefined): void {
  refuse(OF_DATAGRAMS, options, note);
  if (options.dontFragment) throw new NeedsLinuxError('dontFragment', note);
}

/** A socket beside another shares the room of that one. */
export const refuseBeside = (options: DatagramOptions, note: string | undefined): void =>
  refuse(['windowBytes'], options, note);

function refuse<Name extends LinuxSetting>(
  names: readonly Name[],
  wanted: { readonly [Each in Name]?: unknown },
  note: string | undefined,
): void {
  for (const name of names) if (wanted[name] !== undefined) throw new NeedsLinuxError(name, note);
}
