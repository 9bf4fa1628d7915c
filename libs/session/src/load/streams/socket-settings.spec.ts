import { PLAIN_SOCKETS } from '../plan/socket-plan';
import { datagramSettings, streamSettings } from './socket-settings';

const ALL = {
  windowBytes: 65_536,
  mssBytes: 500,
  congestion: 'reno',
  noDelay: true,
  pacingBytesPerSecond: 1e6,
  trafficClass: 184,
  dontFragment: true,
};

it('sets nothing that was not asked for', () => {
  for (const isSending of [true, false]) {
    expect(new Set(Object.values(streamSettings(PLAIN_SOCKETS, isSending)))).toStrictEqual(new Set([undefined]));
    expect(datagramSettings(PLAIN_SOCKETS, isSending)).toStrictEqual({
      windowBytes: undefined,
      trafficClass: undefined,
      pacingBytesPerSecond: undefined,
      dontFragment: false,
    });
  }
});

it('sets all of it at the end that sends', () => {
  const { dontFragment, ...ofStream } = ALL;
  expect(streamSettings(ALL, true)).toStrictEqual(ofStream);
  const { windowBytes, trafficClass, pacingBytesPerSecond } = ALL;
  expect(datagramSettings(ALL, true)).toStrictEqual({ windowBytes, trafficClass, pacingBytesPerSecond, dontFragment });
});

it('leaves out at the end that receives how to send', () => {
  expect(streamSettings(ALL, false)).toMatchObject({
    windowBytes: 65_536,
    mssBytes: 500,
    trafficClass: 184,
    congestion: 'reno',
    pacingBytesPerSecond: undefined,
  });
  expect(datagramSettings(ALL, false)).toMatchObject({
    windowBytes: 65_536,
    trafficClass: 184,
    pacingBytesPerSecond: undefined,
    dontFragment: false,
  });
});
