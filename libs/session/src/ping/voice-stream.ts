import { G711, type LedgerCounts, meanOpinionScore, rFactor } from '@pathgauge/metrics';
import type { Bounds, Distribution, OneWayDelay, PingSettings, VoiceEstimate, VoiceQuality } from '@pathgauge/result';
import { milliseconds } from '@pathgauge/units';

/** Voice codecs send a packet every 10 to 60 ms, and none of them more than this. */
const MIN_INTERVAL = milliseconds(10);
const MAX_INTERVAL = milliseconds(60);
const MAX_PACKET_BYTES = 400;
/** A second of speech at 20 ms: with less, a loss ratio says nothing. */
const MIN_PROBES = 50;

/** What a call over this path would sound like; undefined when the probes were not like a voice stream. */
export function voiceQuality(
  { intervalNs, lengthBytes }: PingSettings,
  counts: LedgerCounts,
  owd: OneWayDelay | undefined,
): VoiceQuality | undefined {
  const likeVoice =
    intervalNs >= MIN_INTERVAL &&
    intervalNs <= MAX_INTERVAL &&
    lengthBytes <= MAX_PACKET_BYTES &&
    counts.sent >= MIN_PROBES;
  if (!likeVoice || owd === undefined) return undefined;
  // A late packet is of no use to a call. Which way it was late on is not known: both are charged.
  const lostOf = (lost: number | undefined): number | undefined =>
    lost === undefined ? undefined : lost + counts.late;
  const up = estimate(owd.up, owd.intervalNs.up, lostOf(counts.lostUp), counts);
  const down = estimate(owd.down, owd.intervalNs.down, lostOf(counts.lostDown), counts);
  if (up === undefined && down === undefined) return undefined;
  return { assumptions: `E-model of G.107: ${G711.name}, no jitter buffer`, up, down };
}

function estimate(
  delay: Distribution | undefined,
  { low, high }: Bounds,
  lost: number | undefined,
  counts: LedgerCounts,
): VoiceEstimate | undefined {
  if (delay === undefined || lost === undefined) return undefined;
  const path = { lossRatio: lost / counts.sent, burstRatio: burstRatio(counts) };
  const rating = (delayNs: number): number => rFactor({ ...path, delayNs }, G711);
  return {
    rFactor: rating(delay.meanNs),
    mos: meanOpinionScore(rating(delay.meanNs)),
    mosLow: meanOpinionScore(rating(delay.meanNs + high)),
    mosHigh: meanOpinionScore(rating(delay.meanNs + low)),
  };
}

/** Mean length of the runs of loss, over that of random loss: 1 / (1 - loss ratio). G.107 section 7.5. */
function burstRatio({ lost, sent, lossBursts }: LedgerCounts): number {
  if (lossBursts.count === 0) return 1;
  return Math.max(1, (lost / lossBursts.count) * (1 - lost / sent));
}
