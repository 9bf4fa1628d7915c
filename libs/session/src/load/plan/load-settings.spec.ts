import { milliseconds, seconds } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { usualLoad } from '../../../test/usual-load';
import { loadSettings, settingsOfPlan } from './load-settings';
import { PLAIN_SOCKETS } from './socket-plan';

it('are what was asked for', () => {
  const sockets = { ...PLAIN_SOCKETS, trafficClass: 184, dontFragment: true };
  const options = { ...usualLoad('server.example', 5201), protocol: 'udp' as const, spacing: milliseconds(1), sockets };
  expect(loadSettings(options)).toMatchObject({
    lengthBytes: 1000,
    intervalNs: 1e6,
    durationNs: 2e9,
    bitsPerSecond: 8e6,
    direction: 'up',
    dscp: 46,
    dontFragment: true,
  });
});

it('know no rate of a load that has none, and no fragments of TCP', () => {
  expect(settingsOfPlan(planOf())).toMatchObject({
    bitsPerSecond: undefined,
    dontFragment: undefined,
    dscp: undefined,
  });
});

it('say at the server what was asked for, not how long it would go on', () => {
  expect(settingsOfPlan({ ...planOf({ duration: seconds(11) }), asked: seconds(10) }).durationNs).toBe(10e9);
  expect(settingsOfPlan({ ...planOf({ duration: seconds(11) }), asked: undefined }).durationNs).toBeUndefined();
});
