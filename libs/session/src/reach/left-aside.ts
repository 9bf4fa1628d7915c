import { codeOf, sendError, TransportError } from '@pathgauge/transport';

/** Lines name so many addresses at the most. */
const MAX_NAMED = 4;

/** An address of a name that is not used, and why: undefined where nothing came back from it. */
export interface LeftAside {
  readonly address: string;
  readonly failure: unknown;
}

/** `192.0.2.1 (no reply), 2001:db8::1 (network unreachable) and 3 more`. */
export function leftAsideText(all: readonly LeftAside[]): string {
  const named = all.slice(0, MAX_NAMED).map(({ address, failure }) => `${address} (${reasonText(failure)})`);
  const more = all.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** None of a host's addresses would do. The code, for programs, is that of the first. */
export function noneWouldDo(doing: string, all: readonly LeftAside[]): TransportError {
  const [first] = all as readonly [LeftAside, ...LeftAside[]];
  return new TransportError(codeOf(first.failure) ?? 'UNKNOWN', `${doing}: ${leftAsideText(all)}`, first.failure);
}

/** Without what was being done and to whom: that is said once for all. */
function reasonText(failure: unknown): string {
  if (failure === undefined) return 'no reply';
  const { message } = sendError('', failure);
  const detail = message.slice(message.lastIndexOf(': ') + 1).trim();
  // What to do about it is said of the run, not of each address.
  return detail.split(';')[0] as string;
}
