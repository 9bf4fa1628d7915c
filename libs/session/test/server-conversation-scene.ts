import {
  encodeJsonMessage,
  type Feature,
  type JsonObject,
  type Parameters,
  type Results,
  STATE,
} from '@pathgauge/protocol';
import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds, seconds } from '@pathgauge/units';
import { ControlChannel } from '../src/load/conversation/control-channel';
import { ServerConversation } from '../src/load/conversation/server-conversation';
import { SessionClock } from '../src/load/conversation/session-clock';
import { requestOfPlan } from '../src/load/plan/load-plan';
import { handledElsewhere } from '../src/promises';
import { planOf } from './load-plans';
import { resultsWith } from './results';

export const ms = milliseconds;
export const REQUEST: Parameters = requestOfPlan(planOf({ spacing: ms(10), duration: seconds(2) }));
export const RESULTS: Results = resultsWith({});
export const TOKEN = Uint8Array.from({ length: 16 }, (_, i) => i);

/** A server whose client says what the test has it say. */
export function setUp() {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const end = (address: string) => ({ endpoint: { address, port: 1 }, clock, delay: ms(1) });
  const [near, client] = connectedStreams(time, end('10.0.0.1'), end('10.0.0.2'));
  const begin = time.now();
  const passedMs = (): number => (time.now() - begin) / 1e6;
  const heard: string[] = [];
  const conversation = new ServerConversation(new ControlChannel(near, timers), {
    onSilent: () => heard.push(`silent at ${passedMs()}`),
    onHeard: () => heard.push('heard'),
    onReports: (intervals) => heard.push(`reports of ${intervals.length}`),
    onGone: ({ message }) => heard.push(message),
    onLoadEnd: () => heard.push(`load ended at ${passedMs()}`),
  });
  const seen: number[] = [];
  client.onData((chunk) => seen.push(...chunk));
  const say = (...bytes: readonly number[]): void => client.write(Uint8Array.from(bytes));
  const tell = (json: JsonObject): void => client.write(encodeJsonMessage(json));
  return { time, timers, near, client, seen, say, tell, conversation, heard, passedMs };
}

type Scene = ReturnType<typeof setUp>;

export const allow = ({ conversation, timers }: Scene, features: readonly Feature[]): void =>
  conversation.allow({ version: 1, features, token: TOKEN }, new SessionClock(timers.clock, false));

/** A test whose load runs. */
export function running(features?: readonly Feature[], isReceiver = false) {
  const scene = setUp();
  if (features !== undefined) allow(scene, features);
  const commands = handledElsewhere(scene.conversation.askForStreams());
  scene.conversation.begin(isReceiver);
  return { ...scene, commands };
}

export const report = (intervals: readonly JsonObject[]): number[] => [
  STATE.report,
  ...encodeJsonMessage({ intervals }),
];
export const INTERVAL = { direction: 'down', startNs: 0, endNs: 1e9, bytes: 1000 };

/** PTP format, 1 ms. */
export function clockRequest(): number[] {
  const bytes = new Uint8Array(45);
  bytes.set([STATE.clockRequest]);
  bytes.set([0x4f, 0x84], 13);
  return [...bytes];
}
