import { encodeJsonMessage, type JsonObject, type Parameters, parametersToJson } from '@pathgauge/protocol';
import type { SessionEvent } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { BoundSocket, StreamSocket } from '@pathgauge/transport';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { ControlChannel } from '../src/load/conversation/control-channel';
import type { Refusal } from '../src/load/conversation/refusal';
import { requestOfPlan } from '../src/load/plan/load-plan';
import { ServerTest } from '../src/load/server-test';
import { ALL_METRICS } from '../src/metric-switches';
import { EVERYONE } from './everyone';
import { planOf } from './load-plans';

const SERVER = { address: '10.0.0.2', port: 5201 };
export const CLIENT = '10.0.0.1';
export const TOKEN = Uint8Array.from({ length: 16 }, (_, i) => i);
const ms = milliseconds;

const requestOf = (known: Partial<Parameters> = {}): Parameters => ({
  ...requestOfPlan(planOf({ spacing: ms(100), duration: seconds(2) })),
  extension: undefined,
  ...known,
});
export const UDP: Partial<Parameters> = { protocol: 'udp', length: 100 };
export const PATHGAUGE = { version: 1, features: [] } as const;

interface Altered {
  readonly refusal?: Refusal;
  readonly isExhausted?: boolean;
  /** Resolves when openings can come. */
  readonly known?: Promise<void>;
}

/** One test on a server, and its client, who says what a test has it say. */
export async function serverTest(request: Partial<Parameters> = {}, altered: Altered = {}) {
  const { refusal, isExhausted = false, known = Promise.resolve() } = altered;
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const transport = network.host(SERVER.address);
  const client = network.host(CLIENT);
  const probes = (await transport.bindDatagrams({ bind: SERVER })) as BoundSocket;
  const events: SessionEvent[] = [];
  const awaited: (string | undefined)[] = [];
  let test: ServerTest | undefined;
  let ended = 'no';
  let isTaken: boolean | undefined;
  let order = 0;
  await transport.listen(SERVER, (stream) => {
    if (test !== undefined) {
      isTaken = test.takeConnection({ stream, order: order++, release: () => new Uint8Array(0) });
      return;
    }
    test = new ServerTest(
      {
        runner: 'tcp-server',
        accountOf: EVERYONE.accountOf,
        transport,
        policy: {
          protocols: new Set(['tcp', 'udp']),
          canSetSockets: false,
          canUseCongestion: () => false,
          refusalOfToken: undefined,
        },
        metrics: ALL_METRICS,
        reportInterval: seconds(1),
        boundAt: () => probes.bound,
        randomToken: () => TOKEN,
        refusal: () => refusal,
        awaitOpenings: (token) => {
          awaited.push(token === undefined ? 'any' : 'a token');
          return { known, forget: () => void awaited.push('none') };
        },
        plainUdpTurn: async () => () => void awaited.push('turn over'),
        onEvent: (event) => events.push(event),
        isExhausted: () => isExhausted,
      },
      new ControlChannel(stream, transport),
    );
    test.run().then(
      () => (ended = 'over'),
      ({ message }: Error) => (ended = message),
    );
  });
  const connect = (): Promise<StreamSocket> => time.settle(client.connectStream(SERVER, { timeoutMs: 1000 }));
  const control = new ControlChannel(await connect(), client);
  const say = async (...what: readonly (number | JsonObject)[]): Promise<void> => {
    for (const each of what) control.send(typeof each === 'number' ? Uint8Array.of(each) : encodeJsonMessage(each));
    await time.advance(ms(5));
  };
  await say(parametersToJson(requestOf(request)));
  return {
    time,
    events,
    awaited,
    test: test as unknown as ServerTest,
    control,
    say,
    connect,
    pass: (by: Span) => time.advance(by),
    ended: () => ended,
    isTaken: () => isTaken,
    heard: () => [...control.peek()],
  };
}

export type ServerTestScene = Awaited<ReturnType<typeof serverTest>>;
