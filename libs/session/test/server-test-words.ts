import { type JsonObject, STATE } from '@pathgauge/protocol';
import { resultsOf } from './plain-server';
import type { ServerTestScene } from './server-test-scene';

export function documentOf({ events }: Pick<ServerTestScene, 'events'>) {
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'load') throw new Error('a test ends with its summary');
  return last.result;
}

/** The client's last words behind TEST_END, of a load of so many seconds, and the results of the server. */
export async function exchange(
  { say, time, control }: ServerTestScene,
  bytes: number,
  after: number,
): Promise<JsonObject> {
  await time.settle(control.state());
  await say(resultsOf(bytes, after));
  const theirs = await time.settle(control.json(100_000));
  expect(await time.settle(control.state())).toBe(STATE.displayResults);
  await say(STATE.iperfDone);
  return theirs;
}
