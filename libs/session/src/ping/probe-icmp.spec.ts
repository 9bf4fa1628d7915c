import { ProbeLedger } from '@pathgauge/metrics';
import { IcmpError } from '@pathgauge/transport';
import { instant, seconds, WallMap } from '@pathgauge/units';
import { ProbeIcmp } from './probe-icmp';
import { ProbeWriter } from './probe-writer';
import { StampDialect } from './stamp-dialect';

const EXCEEDED = new IcmpError('EHOSTUNREACH', {
  version: 4,
  type: 11,
  code: 0,
  from: '10.0.0.1',
  mtuBytes: undefined,
});

describe('ProbeIcmp', () => {
  it('keeps a cause of a probe until it is settled, and none of one that is', () => {
    const wall = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });
    const identity = { ssid: 7, errorEstimate: 1 };
    const ledger = new ProbeLedger({ capacity: 4, timeout: seconds(1), onSettled: () => {}, onLost: () => {} });
    const dialect = new StampDialect(wall, identity, 64);
    const sent = { lengthBytes: 64, peer: { address: '10.0.0.2', port: 1 }, dontFragment: false };
    const icmp = new ProbeIcmp(sent, ledger, dialect, () => {});
    ledger.send(instant(5));
    const probe = new ProbeWriter(wall, identity, 64).write(0, instant(5));
    icmp.record(EXCEEDED, probe);
    expect(icmp.causeOf(0)).toBe('TTL exceeded at 10.0.0.1');
    expect(icmp.causeOf(0)).toBeUndefined();
    ledger.answer(0, { arrivedAt: instant(9), upNs: undefined, downNs: undefined, ownSequence: undefined });
    icmp.record(EXCEEDED, probe);
    expect(icmp.causeOf(0)).toBeUndefined();
    expect(icmp.counts()).toMatchObject([{ count: 2 }]);
  });
});
