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
    expect(new Set(Object.values(streamSettings(PLAIN_SOCKETS, isSending, 'linux')))).toStrictEqual(
      new Set([undefined]),
    );
    expect(datagramSettings(PLAIN_SOCKETS, isSending, 'linux')).toStrictEqual({
      windowBytes: undefined,
      trafficClass: undefined,
      pacingBytesPerSecond: undefined,
      dontFragment: false,
    });
  }
});

it('sets all of it at the end that sends', () => {
  const { dontFragment, mssBytes, ...ofStream } = ALL;
  expect(streamSettings(ALL, true, 'portable')).toStrictEqual(ofStream);
  const { windowBytes, trafficClass, pacingBytesPerSecond } = ALL;
  expect(datagramSettings(ALL, true, 'portable')).toStrictEqual({
    windowBytes,
    trafficClass,
    pacingBytesPerSecond,
    dontFragment,
  });
});

it('leaves out at the end that receives how to send', () => {
  expect(streamSettings(ALL, false, 'linux')).toMatchObject({
    windowBytes: 65_536,
    trafficClass: 184,
    congestion: 'reno',
    pacingBytesPerSecond: undefined,
  });
  expect(datagramSettings(ALL, false, 'linux')).toMatchObject({
    windowBytes: 65_536,
    trafficClass: 184,
    pacingBytesPerSecond: undefined,
    dontFragment: false,
  });
});

it('asks nothing of a transport without system calls that a server that receives was not asked for', () => {
  // A server without system calls leaves the congestion control out of its plan: see `admit`.
  const { windowBytes, ...others } = streamSettings({ ...ALL, congestion: undefined }, false, 'portable');
  expect(others).toStrictEqual({
    congestion: undefined,
    noDelay: true,
    trafficClass: undefined,
    pacingBytesPerSecond: undefined,
  });
  expect(datagramSettings(ALL, false, 'portable').trafficClass).toBeUndefined();
});
