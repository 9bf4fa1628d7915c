import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { run, startServer } from './process.mjs';
import { line } from './table.mjs';

/** The run before the one that counts: caches fill, code is compiled, the processor comes up to speed. */
const WARM_UP_SECONDS = 1;
/** A server of others that has just been told goodbye may turn the next client away. */
const BETWEEN_MS = 300;
/** What a run may take beyond the time it was told. */
const GRACE_SECONDS = 30;

/**
 * Runs all contenders in turn, so many rounds. While one runs, no server of another does: some spin when nothing comes, and a
 * socket that asks for timestamps makes the kernel take them for all. Resolves with those that ran, and the figures of each run;
 * a peer that fails is left out, which is said.
 */
export async function alternate(contenders, { rounds, seconds }) {
  let running = contenders.map((contender) => ({ contender, runs: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const each of running) {
      try {
        each.runs.push(await measure(each.contender, seconds));
      } catch (error) {
        if (each.contender.needs === undefined) throw error;
        line(`${each.contender.name} is left out: ${error.message}`);
        each.hasFailed = true;
      }
    }
    running = running.filter(({ hasFailed }) => hasFailed !== true);
  }
  return running;
}

async function measure({ name, server, client, figures }, seconds) {
  const port = await freePort();
  const running = await (server && startServer(server(port)));
  try {
    const measured = async (forSeconds) => {
      const before = running?.cpuSeconds();
      const printed = await run(client(port, forSeconds), forSeconds + GRACE_SECONDS);
      return { ...printed, seconds: forSeconds, serverCpuSeconds: running?.cpuSeconds() - before };
    };
    const warmUp = await measured(WARM_UP_SECONDS);
    await sleep(BETWEEN_MS);
    const found = figures({ ...(await measured(seconds)), warmUp });
    for (const [figure, value] of Object.entries(found)) {
      if (!Number.isFinite(value)) throw new Error(`${name} did not tell ${figure}`);
    }
    return found;
  } finally {
    await running?.stop();
  }
}
