import type { ControlChannel } from './control-channel';

/** How often it is looked whether something has come. */
const LOOK_MS = 100;
/** Each end that receives load says this often that it is there. */
export const ALIVE_MS = 250;
/** So many may come at once behind a path that stood still, and so many in the long run: more than an honest end says. */
export const ALIVE_BURST = 100;
export const ALIVE_PER_SECOND = 8;
/** A sender of load rests after so many looks in vain, so that it has stopped within a second of the last word. */
const RESTING_LOOKS = 9;
/** A peer that has said nothing for longer is gone. Until then the queues of the path may have held it up, or an outage. */
export const MAX_SILENCE_MS = 10_000;
const MAX_LOOKS = MAX_SILENCE_MS / LOOK_MS;

/** What is to be done about a peer's silence. */
export interface SilenceListener {
  /** Nothing has come for a second: what is sent may reach nobody. */
  onSilent(): void;
  /** Something has come after all. */
  onHeard(): void;
  /** Nothing has come for so long that nobody is waited for any more. */
  onGone(): void;
}

/**
 * Sees that a peer has fallen silent on its control connection. Looks in vain are counted, not time: a host that was itself
 * held up has looked once meanwhile, and does not take its own pause for the peer's.
 */
export class SilenceWatch {
  readonly #channel: ControlChannel;
  readonly #listener: SilenceListener;
  #timer: NodeJS.Timeout | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #vain = 0;

  constructor(channel: ControlChannel, listener: SilenceListener) {
    this.#channel = channel;
    this.#listener = listener;
  }

  /** Watches from now on; the first word may take `slackMs` longer than those that follow. */
  begin(slackMs: number): void {
    this.#heardAt = this.#channel.arrival;
    this.#vain = -Math.ceil(slackMs / LOOK_MS);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { arrival } = this.#channel;
    if (arrival !== this.#heardAt) {
      this.#heardAt = arrival;
      if (this.#vain >= RESTING_LOOKS) this.#listener.onHeard();
      this.#vain = 0;
      return;
    }
    this.#vain++;
    if (this.#vain === RESTING_LOOKS) this.#listener.onSilent();
    if (this.#vain === MAX_LOOKS) this.#listener.onGone();
  }
}
