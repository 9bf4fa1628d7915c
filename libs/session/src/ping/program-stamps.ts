import type { UserStamp, UserStamped } from '@pathgauge/result';

/** Which stamps of probes were taken by programs, where the kernel's are not known. */
export class ProgramStamps {
  /** Of probes whose round trips are not final yet: which stamps this program took. */
  readonly #own = new Map<number, readonly UserStamp[]>();
  readonly #counts = { sent: 0, replied: 0, received: 0 };
  #isTakenAtItsWord: boolean;

  /** `isAsked`: the server is asked when its replies left. */
  constructor(isAsked: boolean) {
    this.#isTakenAtItsWord = isAsked;
  }

  /** The server was asked when its replies left, and does not know what that means. */
  get isTakenAtItsWord(): boolean {
    return this.#isTakenAtItsWord;
  }

  /** How many stamps of each kind. */
  counts(): UserStamped {
    return { ...this.#counts };
  }

  /** The server knows what it is asked: where it does not tell when a reply left, its program has stamped that. */
  believeLess(): void {
    this.#isTakenAtItsWord = false;
  }

  /** Probe `index` was answered in time. `isSent`, `isReceived`: this program took that stamp. */
  answer(index: number, isSent: boolean, isReceived: boolean): void {
    const stamps: UserStamp[] = [];
    if (isSent) stamps.push('sent');
    if (isReceived) stamps.push('received');
    for (const stamp of stamps) this.#counts[stamp]++;
    this.#own.set(index, stamps);
  }

  /** Those of probe `index` that this program took; asked once. */
  take(index: number): readonly UserStamp[] {
    const own = this.#own.get(index) ?? [];
    this.#own.delete(index);
    return own;
  }

  /** All of a probe's, with this program's `own`. `isExact`: the server has told when its reply left. */
  settle(own: readonly UserStamp[], isExact: boolean): readonly UserStamp[] {
    if (isExact) return own;
    this.#counts.replied++;
    return [...own, 'replied'];
  }
}
