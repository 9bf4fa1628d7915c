import { SERVER_ERROR_WORD_BYTES, STATE } from '@pathgauge/protocol';
import type { ControlChannel } from './control-channel';

/** Why a server does not run a test. */
export interface Refusal {
  /** What iperf3 calls it: a code behind SERVER_ERROR. Undefined: the server is busy, which is ACCESS_DENIED. */
  readonly code: number | undefined;
  /** For the server's log. */
  readonly why: string;
}

/** There is no room for a test now. */
export const sayBusy = (channel: ControlChannel): void => channel.sendState(STATE.accessDenied);

/** Tells a client that its test is not run, as iperf3 does: behind the code stands the system's own, of which there is none. */
export function sayRefusal(channel: ControlChannel, { code }: Refusal): void {
  if (code === undefined) {
    sayBusy(channel);
    return;
  }
  const words = new Uint8Array(2 * SERVER_ERROR_WORD_BYTES);
  new DataView(words.buffer).setInt32(0, code);
  channel.sendState(STATE.serverError, words);
}
