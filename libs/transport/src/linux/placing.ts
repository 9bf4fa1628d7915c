/** What is known of a thread when a role is placed. */
export interface Placeable {
  /** How many are in it. */
  readonly roles: number;
  /** Whether it never sleeps while something is expected. */
  readonly spins: boolean;
}

/**
 * Which of `threads` a role goes into; undefined: a new one. Those that sleep share as many threads as there are processors, and each
 * has its own as long as these suffice. One that spins would keep others waiting, so it shares with nobody.
 */
export function placeOf<Thread extends Placeable>(
  threads: readonly Thread[],
  spins: boolean,
  processors: number,
): Thread | undefined {
  const alike = threads.filter((thread) => thread.spins === spins);
  const emptiest = alike.reduce<Thread | undefined>(
    (least, thread) => (least === undefined || thread.roles < least.roles ? thread : least),
    undefined,
  );
  const mayShare = !spins && alike.length >= processors;
  return emptiest?.roles === 0 || mayShare ? emptiest : undefined;
}
