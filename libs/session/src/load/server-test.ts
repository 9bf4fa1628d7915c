import type { Grant, Results } from '@pathgauge/protocol';
import type { CpuUse, LoadResult, RunError } from '@pathgauge/result';
import { type Endpoint, endpointText, isSameAddress, type StreamSocket } from '@pathgauge/transport';
import { type Instant, type Span, span } from '@pathgauge/units';
import { Notices } from '../notices';
import { deferred, handledElsewhere } from '../promises';
import { settledWithin, sleep, valueWithin, within } from '../waiting';
import { admit } from './admission';
import { AwaitedStreams, type DataConnection } from './awaited-streams';
import { type ControlChannel, ProtocolError } from './conversation/control-channel';
import { arrivedOf, type DrainProgress, drained } from './conversation/drain';
import { MAX_FIGURES, MAX_FLUSH, MAX_QUIET } from './conversation/patience';
import { ServerConversation } from './conversation/server-conversation';
import { SessionClock } from './conversation/session-clock';
import { expectOpenings, turnOf, untilOpened } from './opening-streams';
import { type LoadPlan, maxLoad } from './plan/load-plan';
import { watchProcessor } from './processor-use';
import {
  documentOf,
  isReceiving,
  noteIcmp,
  noteSendError,
  noteSilence,
  ownResults,
  startEvent,
  type TestFacts,
} from './result/test-facts';
import { NO_FIGURES, StreamGroup, type StreamListener } from './streams/stream-group';
import type { TestHost } from './test-host';

/** One load test as the server sees it, from the parameters to the last word. */
export class ServerTest {
  readonly #host: TestHost;
  readonly #control: Pick<StreamSocket, 'local' | 'remote'>;
  readonly #conversation: ServerConversation;
  readonly #startedAt = new Date();
  readonly #connectedAt: Instant;
  /** Rejects when the test cannot go on, whatever the client says on the control connection. */
  readonly #broken = deferred<never>();
  #facts: TestFacts | undefined;
  /** Undefined until the client may open its streams. */
  #group: StreamGroup | undefined;
  #awaited: AwaitedStreams | undefined;
  #start: Instant | undefined;
  #processor: () => CpuUse | undefined = () => undefined;
  #cpu: CpuUse | undefined;
  #isAccountWanted = false;
  /** As the client wants it: both ends' intervals are told together. Undefined: as this server does by itself. */
  #reportInterval: Span | undefined;
  #stopped: RunError | undefined;

  constructor(host: TestHost, channel: ControlChannel) {
    this.#host = host;
    this.#control = channel.stream;
    this.#conversation = new ServerConversation(channel, {
      onSilent: () => this.#onSilent(),
      onHeard: () => this.#group?.rest(false),
      onReports: (intervals) => this.#group?.receive(intervals),
      onGone: (error) => this.#broken.reject(error),
      onLoadEnd: () => this.#onLoadEnd(),
    });
    this.#connectedAt = host.transport.clock.now();
    void handledElsewhere(this.#broken.promise);
  }

  get client(): Endpoint {
    return this.#control.remote;
  }

  /** Whether a UDP stream may still be opened for this test, with this token or, from a plain client, with none. */
  awaitsDatagrams(source: Endpoint, token: Uint8Array | undefined): boolean {
    if (!this.#awaits('udp') || !isSameAddress(source.address, this.client.address)) return false;
    const wanted = this.#conversation.grant?.token;
    return wanted === undefined ? token === undefined : (token?.every((byte, i) => byte === wanted[i]) ?? false);
  }

  /** Takes a TCP data stream that came with this test's cookie. False when none is awaited, or there is no room for the test. */
  takeConnection(connection: DataConnection): boolean {
    if (!this.#awaits('tcp') || !this.#isAdmitted()) return false;
    this.#awaited?.takeConnection(connection);
    return true;
  }

  /** Takes the source of a UDP stream of this test; `answer` is what it waits for. */
  takeDatagrams(peer: Endpoint, answer: Uint8Array): void {
    const { local } = this.#control;
    const beside = this.#host.boundAt(local);
    if (beside === undefined || !this.#awaits('udp') || !this.#isAdmitted()) return;
    // The address that the client has chosen is the one that it expects answers from.
    this.#awaited?.takeDatagrams({ kind: 'answer', beside, address: local.address, peer, answer });
  }

  /** Ends the test because the server stops. */
  terminate(): void {
    this.#stopped = { code: 'stopped', message: 'the server was stopped' };
    this.#conversation.terminate();
  }

  /**
   * Runs the test. Resolves when it is over, in whatever way; what was measured is told in a `summary` event. Rejects with
   * what went wrong when the load never began.
   */
  async run(): Promise<void> {
    const ends: (() => void)[] = [];
    try {
      await this.#run(ends);
    } catch (error) {
      if (this.#host.isExhausted()) this.#conversation.sayBusy();
      throw error;
    } finally {
      for (const end of ends) end();
      this.#awaited?.release();
      this.#group?.release();
      this.#conversation.release();
    }
  }

  /** What is to be called in any case when the test is over goes to `ends`. */
  async #run(ends: (() => void)[]): Promise<void> {
    const facts = await this.#agree();
    const { plan } = facts;
    const token = this.#conversation.grant?.token;
    const isPlainUdp = plan.protocol === 'udp' && token === undefined;
    const leaveTurn = isPlainUdp ? await turnOf(this.#host, this.client, ends) : (): void => {};
    const group = this.#newGroup(facts);
    this.#group = group;
    if (plan.protocol === 'udp') await expectOpenings(this.#host, token, plan, ends);
    this.#awaited = new AwaitedStreams(plan, (carrier, direction) => group.open(carrier, direction));
    const commands = handledElsewhere(this.#conversation.askForStreams());
    await untilOpened(this.#host.transport, this.client, this.#awaited, [commands, this.#broken.promise]);
    leaveTurn();
    await this.#measure(commands);
  }

  /** Parameters in, grant out. */
  async #agree(): Promise<TestFacts> {
    const request = await this.#conversation.request();
    const admission = admit(request, this.#host.policy);
    if (!admission.ok) throw this.#conversation.refuse(admission.refusal);
    this.#isAccountWanted = request.getServerOutput;
    // Nothing is built for a peer that has not said what it wants, and may have it.
    const { transport, metrics } = this.#host;
    const session = new SessionClock(transport.clock, transport.isOwnAddress(this.client.address));
    const grant: Grant | undefined = admission.grant && { ...admission.grant, token: this.#host.randomToken() };
    if (grant !== undefined) this.#conversation.allow(grant, session);
    const wanted = request.extension?.reportIntervalNs;
    if (wanted !== undefined && this.#conversation.granted('reports')) this.#reportInterval = span(wanted);
    const { plan } = admission;
    const facts: TestFacts = {
      runner: this.#host.runner,
      isClient: false,
      plan,
      metrics,
      transport,
      startedAt: this.#startedAt,
      notices: new Notices((event) => this.#host.onEvent(event)),
      host: this.client.address,
      name: endpointText(this.client),
      remote: this.client,
      agreed: { grant, session },
    };
    this.#facts = facts;
    return facts;
  }

  /** The load and what follows it. Everything from here on ends with a summary. */
  async #measure(commands: Promise<void>): Promise<void> {
    const facts = this.#facts as TestFacts;
    const group = this.#streams();
    this.#start = this.#host.transport.clock.now();
    this.#processor = watchProcessor(this.#host.transport);
    this.#conversation.begin(isReceiving(facts));
    this.#host.onEvent(startEvent(facts, group.carrier));
    group.start();
    let result: LoadResult;
    try {
      const late = 'the client did not end the test in time';
      const over = Promise.race([commands, this.#brokenWithout(commands)]);
      await within(this.#host.transport, maxLoad(facts.plan), late, over);
      result = await this.#finish(facts);
    } catch (error) {
      void group.stop();
      result = await this.#resultOf(facts, undefined, error as Error);
    }
    this.#host.onEvent({ type: 'summary', result });
  }

  /** Rejects when the test is broken while the client has not ended it. */
  #brokenWithout(commands: Promise<void>): Promise<never> {
    // The control connection has more to say about why, when both end together.
    return this.#broken.promise.catch((error) =>
      Promise.race([commands.then(() => new Promise<never>(() => {})), sleep(this.#host.transport, MAX_QUIET)]).then(
        () => Promise.reject(error),
      ),
    );
  }

  /** What is told of the test is the same here as to a client that asks for it. */
  async #finish(facts: TestFacts): Promise<LoadResult> {
    const { transport } = this.#host;
    const group = this.#streams();
    await settledWithin(transport, MAX_FLUSH, group.stop());
    const arrived = (): DrainProgress => arrivedOf(group, facts.plan);
    await drained(arrived, transport, () => MAX_QUIET, true);
    // What its last intervals bring is reported before the client is asked for its results.
    const { streams } = await group.finish(this.#end());
    const theirs = await this.#conversation.theirResults();
    const result = await this.#resultOf(facts, theirs, undefined);
    const serverOutput = this.#isAccountWanted ? { text: this.#host.accountOf(result), json: undefined } : undefined;
    await this.#conversation.sendResults(ownResults(facts, streams, { cpu: this.#cpu, serverOutput }));
    return result;
  }

  async #resultOf(facts: TestFacts, results: Results | undefined, failure: Error | undefined): Promise<LoadResult> {
    this.#cpu ??= this.#processor();
    const group = this.#streams();
    const loadEnd = this.#end();
    const { streams } = await valueWithin(this.#host.transport, MAX_FIGURES, group.finish(loadEnd), NO_FIGURES);
    group.settle(results !== undefined);
    const { testEnd, roundTrip: roundTripNs } = this.#conversation;
    return documentOf(facts, {
      times: { connectedAt: this.#connectedAt, start: this.#start as Instant, loadEnd, testEnd, roundTripNs },
      streams,
      carrier: group.carrier,
      intervals: group.intervals,
      reports: group,
      cpu: this.#cpu,
      results,
      failure,
      stopped: this.#stopped,
      interruption: undefined,
    });
  }

  /** The end of the load, as far as it is known by now. */
  #end(): Instant {
    return this.#conversation.loadEnd ?? this.#host.transport.clock.now();
  }

  #awaits(protocol: LoadPlan['protocol']): boolean {
    return this.#awaited?.isAwaiting(protocol) ?? false;
  }

  /** Asked for its first stream: from then on the test counts among those that run. */
  #isAdmitted(): boolean {
    if (this.#awaited?.taken !== 0) return true;
    const refusal = this.#host.refusal();
    if (refusal !== undefined) this.#broken.reject(this.#conversation.refuse(refusal));
    return refusal === undefined;
  }

  #newGroup(facts: TestFacts): StreamGroup {
    const { metrics, transport } = this.#host;
    const { plan, agreed } = facts;
    const reportInterval = this.#reportInterval ?? this.#host.reportInterval;
    // A plain iperf3 client reads on until the server hangs up.
    const hangsUp = plan.protocol === 'tcp' && agreed.grant === undefined;
    const options = { plan, isClient: false, metrics, ...agreed, transport, reportInterval, hangsUp };
    return new StreamGroup(options, this.#listener(facts));
  }

  #listener(facts: TestFacts): StreamListener {
    return {
      onInterval: (interval) => this.#host.onEvent({ type: 'interval', interval }),
      onReportable: (intervals) => this.#conversation.report(intervals),
      // The client ends the test.
      onComplete: () => {},
      onBroken: (why) => {
        this.#stopped = { code: 'protocol', message: why };
        this.#broken.reject(new ProtocolError(why));
      },
      onClosed: (error) => this.#broken.reject(error ?? new ProtocolError(`${facts.name} closed the data stream`)),
      // Before the load, there is no test yet that anybody was told of.
      onSendError: (error) => this.#start !== undefined && noteSendError(facts, error),
      onIcmp: (heard) => this.#start !== undefined && noteIcmp(facts, heard),
    };
  }

  #onSilent(): void {
    this.#group?.rest(true);
    if (this.#facts !== undefined) noteSilence(this.#facts);
  }

  #onLoadEnd(): void {
    this.#cpu = this.#processor();
    this.#group?.hold();
    void this.#group?.stop();
  }

  #streams(): StreamGroup {
    return this.#group as StreamGroup;
  }
}
