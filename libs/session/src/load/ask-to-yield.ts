import { YIELD_COOKIE } from '@pathgauge/protocol';
import type { StreamSocket, Transport } from '@pathgauge/transport';
import { within } from '../control/control-channel';

const CONNECT_MS = 500;
const ANSWER_MS = 1_000;
const LOOPBACK = '127.0.0.1';

/**
 * Asks whoever listens on a TCP port of this host to give it up, as a udp-server does. Resolves when the listener has
 * hung up, whatever that means: whether the port is free then only another try to listen tells.
 */
export async function askToYield(transport: Transport, address: string | undefined, port: number): Promise<void> {
  const to = { address: address === undefined || address === '::' ? LOOPBACK : address, port };
  let stream: StreamSocket | undefined;
  try {
    stream = await transport.connectStream(to, { timeoutMs: CONNECT_MS });
    const asked = stream;
    const hungUp = new Promise<void>((resolve) => asked.onClose(() => resolve()));
    asked.onData(() => asked.destroy());
    asked.write(YIELD_COOKIE);
    await within(ANSWER_MS, 'no answer', hungUp);
  } catch {
    // Not one that yields.
  } finally {
    stream?.destroy();
  }
}
