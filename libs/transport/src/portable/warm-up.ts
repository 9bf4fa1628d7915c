import type { Clock } from '../clock';
import { PortableDatagrams } from './portable-datagrams';
import { Reading } from './reading';

// So many times through the socket code, and it is compiled: measured, the first round trips are then like the others.
const ROUNDS = 100;
const MAX_WARM_UP_MS = 100;

/**
 * Sends a few datagrams to itself over loopback, so that the first probe does not measure how Node loads and compiles
 * its own socket code. Where that is not possible the session simply begins cold.
 */
export async function warmUp(clock: Clock): Promise<void> {
  let socket: PortableDatagrams;
  try {
    socket = await PortableDatagrams.bind({ address: '127.0.0.1', port: 0 }, clock, new Reading());
  } catch {
    return;
  }
  const payload = new Uint8Array(64);
  await new Promise<void>((resolve) => {
    const timeout = setTimeout(resolve, MAX_WARM_UP_MS);
    let rounds = 0;
    socket.onBatch((batch) => {
      rounds += batch.count;
      if (rounds < ROUNDS) {
        batch.reply(0, batch.payload(0));
      } else {
        clearTimeout(timeout);
        resolve();
      }
    });
    socket.send(payload, socket.local);
  });
  socket.close();
}
