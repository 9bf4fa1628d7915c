import { runThread } from '@pathgauge/transport';
import { loadInThread } from './load/load-thread';
import { pingInThread } from './ping/ping';
import { probesInThread } from './reflect/probe-thread';

/** The code of every worker thread: it does what it was started for, to its end. */
export const runSessionThread = (): Promise<void> =>
  runThread({ ping: pingInThread, probes: probesInThread, load: loadInThread });
