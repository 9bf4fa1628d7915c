import { type JsonObject, STATE, type State } from '@pathgauge/protocol';
import type { FakeNetwork } from '@pathgauge/testing';
import type { Endpoint, StreamSocket } from '@pathgauge/transport';
import { ControlChannel } from '../src/load/conversation/control-channel';
import { handledElsewhere } from '../src/promises';

/** What a plain iperf3 server hears of one test, and may be made to say. */
export interface PlainTest {
  readonly channel: ControlChannel;
  readonly parameters: JsonObject;
  /** The data connection, once the client has opened it. */
  stream(): Promise<StreamSocket>;
  /** Bytes that came on it. */
  received(): number;
}

/** Says what a server says, up to the moment at which the load runs; then `goOn` decides. */
export async function plainServer(
  network: FakeNetwork,
  local: Endpoint,
  goOn: (test: PlainTest) => Promise<void>,
): Promise<void> {
  const host = network.host(local.address);
  let control: ControlChannel | undefined;
  let onStream: (stream: StreamSocket) => void = () => {};
  let bytes = 0;
  const opened = new Promise<StreamSocket>((resolve) => {
    onStream = resolve;
  });
  const take = (stream: StreamSocket): void => {
    // A client that was turned away may come again.
    if (control === undefined || control.closed !== undefined) {
      control = new ControlChannel(stream, host);
      void handledElsewhere(serve(control));
      return;
    }
    stream.onData((chunk) => {
      if (bytes === 0) onStream(stream);
      bytes += chunk.length;
    });
  };
  const serve = async (channel: ControlChannel): Promise<void> => {
    await channel.bytes(COOKIE);
    channel.sendState(STATE.paramExchange);
    const parameters = await channel.json(10_000);
    await goOn({ channel, parameters, stream: () => opened, received: () => bytes - COOKIE });
  };
  await host.listen({ address: local.address, port: local.port }, take);
}

const COOKIE = 37;

/** The states that begin a load, once its stream is there. */
export async function begin({ channel, stream }: PlainTest): Promise<void> {
  channel.sendState(STATE.createStreams);
  await stream();
  say(channel, STATE.testStart, STATE.testRunning);
}

/** From the client's TEST_END to its farewell; returns its results. */
export async function end({ channel }: PlainTest, results: JsonObject): Promise<JsonObject> {
  await until(channel, STATE.testEnd);
  channel.sendState(STATE.exchangeResults);
  const theirs = await channel.json(100_000);
  channel.sendJson(results);
  channel.sendState(STATE.displayResults);
  await until(channel, STATE.iperfDone);
  return theirs;
}

/** Waits for `state`; whatever else comes before it is wrong. */
export async function until(channel: ControlChannel, state: State): Promise<void> {
  const heard = await channel.state();
  if (heard !== state) throw new Error(`the client said ${heard} instead of ${state}`);
}

export function say(channel: ControlChannel, ...states: readonly State[]): void {
  for (const state of states) channel.sendState(state);
}

/** What iperf3 tells of a stream that it received. */
export const resultsOf = (bytes: number, seconds: number): JsonObject => ({
  cpu_util_total: 0,
  cpu_util_user: 0,
  cpu_util_system: 0,
  sender_has_retransmits: -1,
  streams: [{ id: 1, bytes, retransmits: -1, jitter: 0, errors: 0, packets: 0, start_time: 0, end_time: seconds }],
});
