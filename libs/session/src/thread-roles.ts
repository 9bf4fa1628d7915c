import { runThread } from '@pathgauge/transport';
import { STREAM_ROLE } from './load/streams/stream-role';
import { PING } from './ping/ping';
import { PROBES } from './reflect/probe-role';

/** The code of every worker thread: it does what it was started for, to its end. */
export const runSessionThread = (): void => runThread([PING, PROBES, STREAM_ROLE]);
