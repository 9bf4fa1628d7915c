import { NeedsLinuxError, type Transport } from '@pathgauge/transport';

/** How what this host sends is to be marked. */
interface Marks {
  readonly dscp: number | undefined;
  readonly dontFragment: boolean;
}

/** The octet that packets of this code point are marked with. */
export const octetOf = (dscp: number | undefined): number | undefined => (dscp === undefined ? undefined : dscp << 2);

/** Throws a `NeedsLinuxError` where the transport cannot mark what it sends. */
export function requireMarks({ marks, note }: Pick<Transport, 'marks' | 'note'>, { dscp, dontFragment }: Marks): void {
  if (marks) return;
  if (dscp !== undefined) throw new NeedsLinuxError('dscp', note);
  if (dontFragment) throw new NeedsLinuxError('dontFragment', note);
}
