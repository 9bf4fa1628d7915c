/** libuv reads so many datagrams of a socket in one turn of the event loop, then it is others' turn. */
const READS_PER_TURN = 32;
/** More than any receive buffer that a system grants holds of them. */
const MAX_TURNS = 1024;

/**
 * Knows when the sockets of a transport have been read empty. Node runs the timers that are due before it reads what came while
 * the process was held up.
 */
export class Reading {
  #full = 0;

  /** A socket was read, and so many datagrams handed up. */
  note(datagrams: number): void {
    if (datagrams >= READS_PER_TURN) this.#full++;
  }

  /** Calls back when all that has come by now has been handed up, in the next turn but one at the earliest. Returns what cancels it. */
  whenEmpty(callback: () => void): () => void {
    let full = this.#full;
    let turns = 0;
    let immediate: NodeJS.Immediate;
    const look = (): void => {
      const wasFull = this.#full > full;
      full = this.#full;
      // What one turn reads is handed up at its end, which is behind this.
      if ((++turns > 1 && !wasFull) || turns === MAX_TURNS) callback();
      else immediate = setImmediate(look);
    };
    immediate = setImmediate(look);
    return () => clearImmediate(immediate);
  }
}
