import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Nothing here is timed: the bounds only turn a hang into a failure that says where.
export const START_MS = 15_000;
export const RUN_MS = 30_000;

// A test may run a few programs after one another.
jest.setTimeout(90_000);

const cleanups: (() => void)[] = [];

/** Undone after the test, whatever becomes of it. */
export const afterTest = (undo: () => void): void => void cleanups.push(undo);

afterEach(() => {
  for (const undo of cleanups.splice(0).reverse()) undo();
});

/** `promise`, or a failure that names `what` and shows `state` when it takes longer than `ms`. */
export async function bounded<T>(what: string, promise: Promise<T>, ms = RUN_MS, state = () => ''): Promise<T> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms\n${state()}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timeout);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `isSo`, which is asked time and again. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const begin = Date.now();
  while (!(await isSo())) {
    if (Date.now() - begin > RUN_MS) throw new Error(`${what}: not within ${RUN_MS} ms`);
    await pause(20);
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pathgauge-e2e-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
