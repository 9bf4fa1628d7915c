import { codeOf, type Endpoint, TransportError } from '@pathgauge/transport';

/** What could be opened at several addresses, and why the rest could not. */
interface Opened<T> {
  readonly opened: readonly T[];
  readonly failures: readonly Error[];
}

/** Opens the same at one address; undefined: at all of this host's. */
type OpenAt<T> = (address: string | undefined, port: number) => Promise<T>;

/**
 * Opens at each of `addresses`, on one port: where the system picks it (`port` 0), the one that the first got. Rejects with a
 * `TransportError` when it can be opened at none.
 */
export async function openAtEach<T extends { readonly local: Endpoint }>(
  addresses: readonly (string | undefined)[],
  port: number,
  open: OpenAt<T>,
): Promise<Opened<T>> {
  const opened: T[] = [];
  const failures: Error[] = [];
  for (const address of addresses) {
    try {
      opened.push(await open(address, opened[0]?.local.port ?? port));
    } catch (error) {
      failures.push(error as Error);
    }
  }
  if (opened.length === 0) throw joined(failures);
  return { opened, failures };
}

/** What went wrong at each of several addresses. Its code is that of the first. */
class JoinedError extends TransportError {
  readonly errors: readonly Error[];

  constructor(first: Error, errors: readonly Error[]) {
    super(codeOf(first) ?? 'UNKNOWN', errors.map(({ message }) => message).join('; '), first);
    this.errors = errors;
  }
}

function joined(failures: readonly Error[]): Error {
  const [first] = failures as readonly [Error, ...Error[]];
  if (failures.length === 1) return first;
  return new JoinedError(first, failures);
}
