import type { Interval, PingSettings, Result, RoundTripEvent, SessionEvent, StartEvent } from '@pathgauge/result';
import { percentText, spanText } from './format';
import { LoadProgress } from './load-progress';
import { loadStartLines } from './load-start-text';
import { loadSummaryLines } from './load-text';
import { pingStartLine, pingSummaryLines, probeLine } from './ping-text';
import { type Style, styleFor } from './style';

/** A live line is cut to the screen's width, which must not cut a colour in two. */
const PLAIN = styleFor(false, undefined);

/** What one event is on a terminal: lines that stay, and live lines that the next event replaces. */
interface TextUpdate {
  readonly lines: readonly string[];
  /** None: no live lines now. */
  readonly live: readonly string[];
}

/** A session as text. Keeps only what the live line needs. */
export class SessionText {
  readonly #style: Style;
  readonly #quiet: boolean;
  /** What probes were asked for; undefined of a load. */
  #probes: PingSettings | undefined;
  #durationNs: number | undefined;
  /** Undefined of probes. */
  #load: LoadProgress | undefined;
  #sent = 0;
  #lost = 0;
  #sentNs = 0;
  /** The newest probe, as long as its round trip is not final. */
  #provisional: RoundTripEvent | undefined;

  /** `quiet`: only the summary stays on the screen. */
  constructor(style: Style, quiet: boolean) {
    this.#style = style;
    this.#quiet = quiet;
  }

  update(event: SessionEvent): TextUpdate {
    switch (event.type) {
      case 'start':
        return this.#started(event);
      case 'round-trip':
        return this.#roundTrip(event);
      // Its round trip has been told.
      case 'probe':
        return { lines: [], live: this.#pingLive() };
      // Told elsewhere, to who has asked.
      case 'interim':
        return { lines: [], live: [] };
      case 'interval':
        return this.#interval(event.interval);
      case 'notice':
        return this.#shown([`note: ${event.message}`]);
      case 'summary':
        return { lines: this.#summaryLines(event.result), live: [] };
    }
  }

  #started(event: StartEvent): TextUpdate {
    this.#durationNs = event.settings.durationNs;
    if (event.kind === 'ping') {
      this.#probes = event.settings;
      return this.#shown([pingStartLine(event, this.#style)]);
    }
    this.#load = new LoadProgress(event);
    return this.#shown(loadStartLines(event, this.#style));
  }

  #interval(interval: Interval): TextUpdate {
    const load = this.#load;
    return load === undefined ? this.#shown([]) : this.#shown([load.line(interval, this.#style)], load.live(interval));
  }

  #summaryLines(result: Result): string[] {
    switch (result.kind) {
      case 'ping':
        return pingSummaryLines(result, this.#style);
      case 'load':
        return loadSummaryLines(result, this.#style);
      // What went wrong is said on standard error.
      case undefined:
        return [];
    }
  }

  #shown(lines: readonly string[], live: readonly string[] = []): TextUpdate {
    return { lines: this.#quiet ? [] : lines, live };
  }

  #roundTrip(event: RoundTripEvent): TextUpdate {
    this.#sent = Math.max(this.#sent, event.sequence + 1);
    this.#sentNs = Math.max(this.#sentNs, event.sentNs);
    if (!event.isFinal) {
      this.#provisional = event;
      return { lines: [], live: this.#pingLive() };
    }
    if (event.outcome === 'lost') this.#lost++;
    if (event.sequence === this.#provisional?.sequence) this.#provisional = undefined;
    return this.#shown([this.#probeLine(event)], this.#pingLive());
  }

  #probeLine(event: RoundTripEvent): string {
    return probeLine(event, this.#probes?.timeoutNs, this.#style);
  }

  /** The newest probe as far as it is known, and how far the run is. */
  #pingLive(): string[] {
    const newest =
      this.#provisional === undefined || this.#quiet ? [] : [`~ ${probeLine(this.#provisional, undefined, PLAIN)}`];
    return [...newest, this.#pingProgress(this.#sentNs)];
  }

  #pingProgress(sentNs: number): string {
    const { count, intervalNs = 0 } = this.#probes ?? {};
    const of = count === undefined ? '' : ` of ${count}`;
    const loss = percentText(this.#sent === 0 ? undefined : this.#lost / this.#sent);
    const planned = this.#durationNs ?? (count ?? 0) * intervalNs;
    const left = planned > sentNs ? `, ${spanText(Math.ceil((planned - sentNs) / 1e9) * 1e9)} left` : '';
    return `${this.#sent}${of} probes, ${loss} lost${left}`;
  }
}
