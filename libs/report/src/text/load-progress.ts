import type { Direction, Interval, LoadStartEvent } from '@pathgauge/result';
import { percentText, rateText, secondsText } from './format';
import { columnsOf, type IntervalColumns, intervalLine } from './interval-text';
import { DIRECTIONS, nounOf } from './load-words';
import type { Style } from './style';

const BAR_WIDTH = 24;

/** What is shown of a load while it runs. */
export class LoadProgress {
  readonly #columns: IntervalColumns;
  readonly #directions: readonly Direction[];
  readonly #totalNs: number | undefined;
  readonly #rates = new Map<Direction, number | undefined>();
  #lost = 0;
  #received = 0;

  constructor({ settings, peer }: Pick<LoadStartEvent, 'settings' | 'peer'>) {
    this.#columns = columnsOf(settings, nounOf(settings, peer));
    this.#directions = DIRECTIONS[settings.direction];
    this.#totalNs = settings.bytes === undefined ? settings.durationNs : undefined;
  }

  line(interval: Interval, style: Style): string {
    const line = intervalLine(interval, this.#columns);
    return this.#columns.hasStreams && interval.stream === undefined ? style.strong(line) : line;
  }

  /** How far it is, by the figures of all streams together; nothing where its length is not known, or behind its end. */
  live(interval: Interval): string[] {
    if (interval.stream === undefined) this.#count(interval);
    const total = this.#totalNs;
    const { endNs } = interval;
    if (total === undefined || endNs >= total) return [];
    const rates = this.#directions.map((direction) => this.#rateText(direction)).join(', ');
    return [`${barText(endNs / total)} ${secondsText(endNs)} of ${secondsText(total)} s  ${rates}${this.#lossText()}`];
  }

  #count({ direction, bitsPerSecond, measuredAt, messages, lost }: Interval): void {
    this.#rates.set(direction, bitsPerSecond);
    if (measuredAt === 'sender' || this.#columns.noun !== 'datagrams') return;
    this.#lost += lost ?? 0;
    this.#received += messages ?? 0;
  }

  #rateText(direction: Direction): string {
    const rate = rateText(this.#rates.get(direction));
    return this.#directions.length > 1 ? `${direction} ${rate}` : rate;
  }

  #lossText(): string {
    const sent = this.#lost + this.#received;
    return this.#lost > 0 ? `, lost ${percentText(this.#lost / sent)}` : '';
  }
}

function barText(share: number): string {
  // A full bar is a load that is over.
  const filled = Math.min(Math.round(share * BAR_WIDTH), BAR_WIDTH - 1);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}
