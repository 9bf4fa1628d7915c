import type { SessionEvent, StartEvent } from '@pathgauge/result';
import { percentText, rateText, secondsText, spanText } from './format';
import { intervalLine, loadStartLines, loadSummaryLines } from './load-text';
import { pingStartLine, pingSummaryLines, probeLine } from './ping-text';
import type { Style } from './style';

/** What one event is on a terminal: lines that stay, and a live line that the next event replaces. */
export interface TextUpdate {
  readonly lines: readonly string[];
  /** Undefined: no live line now. */
  readonly live: string | undefined;
}

/** A session as text. Keeps only what the live line needs. */
export class SessionText {
  readonly #style: Style;
  readonly #quiet: boolean;
  #start: StartEvent | undefined;
  #sent = 0;
  #lost = 0;

  /** `quiet`: only the summary stays on the screen. */
  constructor(style: Style, quiet: boolean) {
    this.#style = style;
    this.#quiet = quiet;
  }

  update(event: SessionEvent): TextUpdate {
    switch (event.type) {
      case 'start':
        this.#start = event;
        return this.#shown(
          event.kind === 'ping' ? [pingStartLine(event, this.#style)] : loadStartLines(event, this.#style),
        );
      case 'probe':
        this.#sent = Math.max(this.#sent, event.sequence + 1);
        if (event.outcome === 'lost') this.#lost++;
        return this.#shown(
          [probeLine(event, this.#start?.settings.timeoutNs, this.#style)],
          this.#pingProgress(event.sentNs),
        );
      case 'interval': {
        const { interval } = event;
        const live = this.#progress(interval.endNs, rateText(interval.bitsPerSecond));
        return this.#shown([intervalLine(interval)], live);
      }
      case 'notice':
        return this.#shown([`note: ${event.message}`]);
      case 'summary': {
        const { result } = event;
        const lines =
          result.kind === 'ping' ? pingSummaryLines(result, this.#style) : loadSummaryLines(result, this.#style);
        return { lines, live: undefined };
      }
    }
  }

  #shown(lines: readonly string[], live?: string): TextUpdate {
    return { lines: this.#quiet ? [] : lines, live };
  }

  #pingProgress(sentNs: number): string | undefined {
    const count = this.#start?.settings.count;
    const of = count === undefined ? '' : ` of ${count}`;
    const loss = percentText(this.#sent === 0 ? undefined : this.#lost / this.#sent);
    const planned = this.#start?.settings.durationNs ?? (count ?? 0) * (this.#start?.settings.intervalNs ?? 0);
    const left = planned > sentNs ? `, ${spanText(Math.ceil((planned - sentNs) / 1e9) * 1e9)} left` : '';
    return `${this.#sent}${of} probes, ${loss} lost${left}`;
  }

  #progress(passedNs: number, rate: string): string | undefined {
    const total = this.#start?.settings.durationNs;
    if (total === undefined || passedNs >= total) return undefined;
    const share = passedNs / total;
    // A full bar is a load that is over.
    const filled = Math.min(Math.round(share * BAR_WIDTH), BAR_WIDTH - 1);
    const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}`;
    return `[${bar}] ${secondsText(passedNs)} of ${secondsText(total)} s  ${rate}`;
  }
}

const BAR_WIDTH = 24;
