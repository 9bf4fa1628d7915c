import { POLLIN, POLLOUT } from './abi';

/** A descriptor that a poller watches. It must be open when it is added and when it is removed. */
export interface Source {
  readonly fd: number;
  /** Whether it has something to send that the system has not taken. */
  readonly wantsWrite: boolean;
  /** While the thread spins, this source is only looked at now and then. */
  readonly isRare: boolean;
  /** There may be something to read, or room to write; with `hasFailed`, something is to be learnt of what was sent. */
  onReady(hasFailed: boolean): void;
}

/** One that is closed when its owner is over. */
export interface OwnedSource extends Source {
  close(): void;
}

/** On whose behalf a poller calls: what is thrown then is that one's failure, and the others go on. */
export interface Owner {
  /** Nothing is called on its behalf any more. */
  readonly isOver: boolean;
  onFailure(error: unknown): void;
}

/** Whoever turns the poller, who gets what is thrown. */
export const TURNER: Owner = {
  isOver: false,
  onFailure(error) {
    throw error;
  },
};

/** A source while it is watched. */
export interface Watch {
  readonly source: Source;
  readonly owner: Owner;
  isOver: boolean;
  /** What the system saw last. */
  events: number;
}

/** What is waited for at a source. */
export const wantedEvents = ({ wantsWrite }: Source): number => (wantsWrite ? POLLIN | POLLOUT : POLLIN);
