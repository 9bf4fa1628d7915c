import { NeedsLinuxError, type Transport } from '@pathgauge/transport';

/** How what this host sends is to be marked. */
interface Marks {
  readonly dscp: number | undefined;
  readonly dontFragment: boolean;
}

/** Throws a `NeedsLinuxError` where the transport cannot mark what it sends. */
export function requireMarks({ marks, note }: Pick<Transport, 'marks' | 'note'>, { dscp, dontFragment }: Marks): void {
  if (marks) return;
  if (dscp !== undefined) throw new NeedsLinuxError('dscp', note);
  if (dontFragment) throw new NeedsLinuxError('dontFragment', note);
}
