import { readFileSync, readlinkSync } from 'node:fs';

const INTERRUPTED_TWICE = 130;
// A wrapper may pass on the signal that the terminal sends as well: that is one press, not two.
const ONE_PRESS_MS = 500;

/** What a user asks of a run by signals while it goes on. */
export interface UserSignals {
  /** Aborted by the first Ctrl-C, SIGTERM or hang-up, which asks for an orderly end. The second Ctrl-C or SIGTERM ends the process. */
  readonly end: AbortSignal;
  /** `handler` is called for each SIGQUIT, which asks for the figures so far. Returns what removes it. */
  onRing(handler: () => void): () => void;
}

export function listenForSignals(): UserSignals {
  const controller = new AbortController();
  const handlers = new Set<() => void>();
  let firstAt = 0;
  const end = (): void => {
    if (controller.signal.aborted) return;
    firstAt = performance.now();
    controller.abort();
  };
  const endNow = (): void => {
    if (controller.signal.aborted && performance.now() - firstAt > ONE_PRESS_MS) process.exit(INTERRUPTED_TWICE);
    end();
  };
  process.on('SIGINT', endNow);
  process.on('SIGTERM', endNow);
  // A shell may send the hang-up of its terminal after the system has: it never counts as the second press.
  process.on('SIGHUP', ignoresHangUp() ? () => {} : end);
  process.on('SIGQUIT', () => {
    for (const handler of handlers) handler();
  });
  return {
    end: controller.signal,
    onRing(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
  };
}

/**
 * Whether this process was started to outlive its terminal. Node resets an ignored SIGHUP at its start, so only traces are left:
 * the shell's variable for the command it ran, the write-only input that `nohup` gives, and a parent that ignores the signal.
 */
const ignoresHangUp = (): boolean =>
  /(^|\/)nohup$/.test(process.env['_'] ?? '') || hasInputOfNohup() || parentIgnoresHangUp();

const WRITE_ONLY = 1;
const ACCESS_MODE = 3;

function hasInputOfNohup(): boolean {
  if (lookedUp(() => readlinkSync('/proc/self/fd/0')) !== '/dev/null') return false;
  const [, flags] = /^flags:\s*(\d+)/m.exec(lookedUp(() => readFileSync('/proc/self/fdinfo/0', 'latin1'))) ?? [];
  return (Number.parseInt(flags ?? '', 8) & ACCESS_MODE) === WRITE_ONLY;
}

function parentIgnoresHangUp(): boolean {
  const status = lookedUp(() => readFileSync(`/proc/${process.ppid}/status`, 'latin1'));
  const [, ignored] = /^SigIgn:\s*([0-9a-f]+)/m.exec(status) ?? [];
  // SIGHUP is number 1: the lowest bit.
  return (Number.parseInt(ignored?.slice(-1) ?? '', 16) & 1) === 1;
}

/** Nothing where the system has no such file. */
function lookedUp(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}
