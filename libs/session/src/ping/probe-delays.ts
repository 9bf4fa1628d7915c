import {
  ArrivalJitter,
  type ClockSources,
  DelayDistribution,
  type Exchange,
  OneWayDelays,
  type OneWayFigures,
} from '@pathgauge/metrics';
import type { Distribution, UserStamp } from '@pathgauge/result';
import { StampSlack } from './stamp-slack';

/** Hears the one-way delays of a probe, once they are final; undefined where nothing can be told of them. */
export type DelaysHandler = (index: number, upNs: number | undefined, downNs: number | undefined) => void;

/** The delays of probes that were answered in time, there and back and of each direction. */
export class ProbeDelays {
  readonly #rtt = new DelayDistribution();
  readonly #rttJitter = new ArrivalJitter();
  readonly #oneWay: OneWayDelays;
  readonly #slack = new StampSlack();

  constructor(sources: ClockSources, onKnown: DelaysHandler) {
    this.#oneWay = new OneWayDelays(sources, (index, upNs, downNs) => {
      this.#slack.settle(index, upNs, downNs);
      onKnown(index, upNs, downNs);
    });
  }

  /** Whether the clocks step so often that nothing can be told of a direction. */
  get isHopeless(): boolean {
    return this.#oneWay.hopeless;
  }

  /** The round trip of the next probe in order of sending, whose stamps are final. Returns it. */
  recordRoundTrip({ rank, sentAt, arrivedAt, upNs, downNs }: Exchange): number {
    const roundTrip = Number.isNaN(upNs) ? arrivedAt - sentAt : upNs + downNs;
    this.#rtt.record(roundTrip);
    this.#rttJitter.record(rank, roundTrip);
    return roundTrip;
  }

  /** Its delay of each direction. `doubted`: stamps that a program took. Without times it only keeps its place among the arrivals. */
  recordOneWay(probe: Exchange, doubted: readonly UserStamp[]): void {
    if (!Number.isNaN(probe.upNs)) this.#slack.record(probe.index, doubted);
    this.#oneWay.record(probe);
  }

  /** Has the delays of each direction known that are not yet, as well as may be by now. */
  settle(): void {
    this.#oneWay.settle();
  }

  rtt(): Distribution | undefined {
    return this.#rtt.snapshot();
  }

  rttJitterNs(): number | undefined {
    return this.#rttJitter.snapshot();
  }

  /** Ends it: nothing may be recorded afterwards. */
  finish(): OneWayFigures {
    return this.#oneWay.finish();
  }

  /** What stamps of programs leave open is added to the interval. `pauseNs`: this host's longest. */
  widened(oneWay: OneWayFigures, pauseNs: number): OneWayFigures {
    return { ...oneWay, owd: this.#slack.widen(oneWay.owd, pauseNs) };
  }
}
