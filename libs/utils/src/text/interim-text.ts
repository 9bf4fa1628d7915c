import type { InterimEvent, Interval, ServerTotals, SessionEvent } from '@pathgauge/result';
import { delayText, percentText, rateText, secondsText, sizeText } from './format';

/** The figures so far of one run, on a line: what SIGQUIT shows. */
export class InterimText {
  #begun = false;
  #bytes = 0;
  #last: Interval | undefined;

  /** What can be said after this event; undefined where it is no answer to the question. */
  answer(event: SessionEvent): string | undefined {
    if (event.type === 'start') this.#begun = true;
    if (event.type === 'interval') {
      this.#bytes += event.interval.bytes;
      this.#last = event.interval;
    }
    return event.type === 'interim' ? probesLine(event) : undefined;
  }

  /** Of a load test: as of its last report. */
  load(): string {
    if (this.#last === undefined) return this.#begun ? 'so far: nothing reported yet' : 'so far: not begun yet';
    const { endNs, measuredAt } = this.#last;
    const rate = rateText(endNs === 0 ? undefined : (this.#bytes * 8e9) / endNs);
    return `so far: ${sizeText(this.#bytes)} ${measuredAt === 'sender' ? 'sent' : 'received'} in ${secondsText(endNs)} s, ${rate}`;
  }
}

function probesLine({ counts: { sent, received, lost, lossRatio }, rtt }: InterimEvent): string {
  const times =
    rtt === undefined
      ? ''
      : `, round trip min ${delayText(rtt.minNs)}, median ${delayText(rtt.medianNs)}, max ${delayText(rtt.maxNs)}`;
  return `so far: sent ${sent}, received ${received}, lost ${lost} (${percentText(lossRatio)} loss)${times}`;
}

/** What a server has done. */
export const totalsLines = (totals: ServerTotals): string[] => [
  `load tests ${totals.tests}, probes answered ${totals.probesAnswered} in ${totals.probeSessions} sessions`,
  `ignored: datagrams ${totals.datagramsIgnored}, connections ${totals.connectionsIgnored}`,
];
