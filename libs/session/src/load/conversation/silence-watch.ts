import { type ReportedInterval, STATE } from '@pathgauge/protocol';
import { TransportError } from '@pathgauge/transport';
import { milliseconds, type Span } from '@pathgauge/units';
import type { NoticeText } from '../../notices';
import { every } from '../../waiting';
import type { ControlChannel } from './control-channel';

/** How often it is looked whether something has come. */
const LOOK_MS = 100;
const LOOK_PERIOD: Span = milliseconds(LOOK_MS);
/** Each end that receives load says this often that it is there. */
const ALIVE_PERIOD: Span = milliseconds(250);
/** So many may come at once behind a path that stood still, and so many in the long run: more than an honest end says. */
export const ALIVE_BURST = 100;
export const ALIVE_PER_SECOND = 8;
/** A sender of load rests after so many looks in vain, so that it has stopped within a second of the last word. */
const RESTING_LOOKS = 9;
/** A peer that has said nothing for longer is gone. Until then the queues of the path may have held it up, or an outage. */
const MAX_SILENCE_MS = 10_000;
const MAX_LOOKS = MAX_SILENCE_MS / LOOK_MS;
/** The system ends a connection by itself somewhat later, also while nobody watches it. */
const MAX_UNACKNOWLEDGED_MS = MAX_SILENCE_MS + 2_000;
/** A peer that says nothing of itself is asked by the system once a second: so much of its silence is none. */
const ASKED_EVERY_MS = 1_100;

/** Said once by a sender that rests. */
export const silentNotice = (name: string): NoticeText => ({
  code: 'peer-silent',
  message: `nothing was heard of ${name} for a second: nothing is sent until it is heard again`,
});

/** Why a test with a peer that is gone ends. */
export const goneError = (name: string): TransportError =>
  new TransportError('ETIMEDOUT', `${name} said nothing for ${MAX_SILENCE_MS / 1000} s`);

/** Says to the peer that this end is there, now and from now on. Returns what ends it. */
export function saySignsOfLife(channel: ControlChannel): () => void {
  const say = (): void => channel.sendState(STATE.alive);
  say();
  return every(channel.timers, ALIVE_PERIOD, say);
}

/** What the one who runs a test is told of its peer while the load runs. */
export interface PeerListener {
  /** What has arrived at the peer. */
  onReports(intervals: readonly ReportedInterval[]): void;
  /** Nothing has come for a second: what is sent may reach nobody. */
  onSilent(): void;
  /** Something has come after all. */
  onHeard(): void;
}

interface SilenceListener extends Pick<PeerListener, 'onSilent' | 'onHeard'> {
  /** Nothing has come for so long that nobody is waited for any more. */
  onGone(): void;
}

/**
 * Sees that a peer has fallen silent on its control connection. Looks in vain are counted, not time: a host that was itself
 * held up has looked once meanwhile, and does not take its own pause for the peer's. A plain iperf3 peer says nothing while the
 * load runs: of that one its system's acknowledgements are what is heard, as far as they are told here.
 */
export class SilenceWatch {
  readonly #channel: ControlChannel;
  readonly #listener: SilenceListener;
  #endLooking: (() => void) | undefined;
  #lastArrival = Number.NEGATIVE_INFINITY;
  #vain = 0;
  #speaks = true;

  constructor(channel: ControlChannel, listener: SilenceListener) {
    this.#channel = channel;
    this.#listener = listener;
    channel.stream.limitSilence(MAX_UNACKNOWLEDGED_MS);
  }

  /** Watches a peer that `speaks` all the time, or does not; its first word may take `slack` longer than those that follow. */
  begin(speaks: boolean, slack: Span): void {
    this.#speaks = speaks;
    this.#lastArrival = this.#channel.arrival;
    this.#vain = -Math.ceil(slack / LOOK_PERIOD);
    this.#endLooking = every(this.#channel.timers, LOOK_PERIOD, () => this.#look());
  }

  end(): void {
    this.#endLooking?.();
  }

  #look(): void {
    const before = this.#vain;
    this.#vain = this.#speaks ? this.#looksInVain() : this.#unacknowledgedLooks();
    if (before < RESTING_LOOKS && this.#vain >= RESTING_LOOKS) this.#listener.onSilent();
    if (before >= RESTING_LOOKS && this.#vain < RESTING_LOOKS) this.#listener.onHeard();
    if (before < MAX_LOOKS && this.#vain >= MAX_LOOKS) this.#listener.onGone();
  }

  #looksInVain(): number {
    const { arrival } = this.#channel;
    if (arrival === this.#lastArrival) return this.#vain + 1;
    this.#lastArrival = arrival;
    return 0;
  }

  #unacknowledgedLooks(): number {
    const unheardMs = this.#channel.stream.unheardMs() ?? 0;
    return unheardMs >= MAX_SILENCE_MS ? MAX_LOOKS : Math.floor((unheardMs - ASKED_EVERY_MS) / LOOK_MS);
  }
}
