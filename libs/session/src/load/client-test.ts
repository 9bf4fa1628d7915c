import type { Parameters, Results } from '@pathgauge/protocol';
import { type CpuUse, INTERRUPTED, peerText, type SessionEvent } from '@pathgauge/result';
import { codeOf, type Transport, TransportError } from '@pathgauge/transport';
import { elapsed, type Instant, type Span, span } from '@pathgauge/units';
import type { EventQueue } from '../event-queue';
import type { IcmpReport } from '../icmp/icmp-log';
import { aborted, unlessInterrupted } from '../interruption';
import type { Notices } from '../notices';
import { deferred, handledElsewhere } from '../promises';
import type { Connected } from '../reach/connect-first';
import { choiceNotice } from '../reach/reach-text';
import { later, settledWithin, valueWithin, within } from '../waiting';
import { openStreams } from './client-streams';
import { ClientConversation } from './conversation/client-conversation';
import { ProtocolError } from './conversation/control-channel';
import { drained } from './conversation/drain';
import { CLIENT_PATIENCE, lastDatagrams, MAX_FIGURES, MAX_FLUSH, MAX_QUIET } from './conversation/patience';
import { OwnAddressWatch } from './own-address-watch';
import type { LoadOptions } from './plan/load-options';
import { MAX_DURATION, planOfOptions, requestOfPlan } from './plan/load-plan';
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

/** What a client tells of its test, and of the attempts before it. */
interface ClientAccount {
  readonly events: EventQueue<SessionEvent>;
  readonly notices: Notices;
}

/** One load test as its client sees it. Many fields: what it is about, what may end it, what its steps leave for the summary. */
export class ClientTest {
  readonly #events: EventQueue<SessionEvent>;
  readonly #options: LoadOptions;
  readonly #transport: Transport;
  readonly #signal: AbortSignal;
  readonly #leftAside: Connected['leftAside'];
  readonly #facts: TestFacts;
  readonly #conversation: ClientConversation;
  readonly #ownAddress: OwnAddressWatch;
  readonly #streamEnded = deferred<never>();
  readonly #amountDone = deferred();
  readonly #connectedAt: Instant;
  #start: Instant;
  #loadEnd: Instant | undefined;
  #cpu: CpuUse | undefined;
  #group: StreamGroup | undefined;
  #isReleased = false;
  /** What ICMP said first. */
  #firstIcmp: string | undefined;

  /** `account`: where the test tells what happens, from `start` to `summary`. */
  constructor(
    options: LoadOptions,
    transport: Transport,
    connected: Connected,
    signal: AbortSignal,
    account: ClientAccount,
  ) {
    const { local, remote } = connected.stream;
    const name = peerText({ host: options.host, ...remote });
    this.#options = options;
    this.#events = account.events;
    this.#transport = transport;
    this.#signal = signal;
    this.#leftAside = connected.leftAside;
    this.#conversation = new ClientConversation(name, connected.stream, transport, {
      onSilent: () => {
        this.#group?.rest(true);
        noteSilence(this.#facts);
      },
      onHeard: () => this.#group?.rest(false),
      onReports: (intervals) => this.#group?.receive(intervals),
    });
    this.#facts = {
      runner: `${options.protocol}-client`,
      isClient: true,
      plan: planOfOptions(options),
      metrics: options.metrics,
      transport,
      startedAt: new Date(),
      notices: account.notices,
      host: options.host,
      name,
      remote,
      agreed: this.#conversation,
    };
    this.#ownAddress = new OwnAddressWatch(local.address, transport);
    void handledElsewhere(this.#streamEnded.promise);
    this.#connectedAt = transport.clock.now();
    this.#start = this.#connectedAt;
  }

  async run(): Promise<void> {
    await unlessInterrupted(this.#signal, this.#begin());
    let failure: Error | undefined;
    let results: Results | undefined;
    try {
      await this.#transmit();
      results = await Promise.race([this.#endInTime(), this.#ownAddress.gone]);
    } catch (error) {
      failure = error as Error;
      this.#loadEnd ??= this.#transport.clock.now();
    }
    await this.#emitSummary(results, failure, this.#loadEnd as Instant);
  }

  /** Tells the figures so far of a load that has begun. */
  reportInterim(): void {
    this.#events.push({
      type: 'interim',
      of: 'load',
      directions: this.#facts.plan.directions.map((direction) => ({
        direction,
        measuredAt: direction === 'up' ? 'sender' : 'receiver',
        bytes: this.#group?.progressOf(direction).bytes ?? 0,
      })),
      elapsedNs: elapsed(this.#start, this.#loadEnd ?? this.#transport.clock.now()),
    });
  }

  release(): void {
    this.#isReleased = true;
    this.#ownAddress.stop();
    this.#group?.release();
    this.#conversation.release();
  }

  /** Up to the moment before the load: parameters, grant, clocks, streams. */
  async #begin(): Promise<void> {
    await this.#conversation.agree(this.#request());
    if (this.#isReleased) return;
    const group = this.#newGroup();
    this.#group = group;
    await this.#openStreams(group);
    await this.#conversation.begin();
    this.#events.push(startEvent(this.#facts, group.carrier));
    const { address } = this.#facts.remote;
    const choice = { address, leftAside: this.#leftAside, isAnswering: true };
    this.#facts.notices.add(choiceNotice(this.#options.host, choice));
  }

  #request(): Parameters {
    const { getServerOutput, authToken, reportInterval } = this.#options;
    return requestOfPlan(this.#facts.plan, { getServerOutput, authToken: authToken?.() }, reportInterval);
  }

  #newGroup(): StreamGroup {
    const { metrics, reportInterval } = this.#options;
    const { grant, session } = this.#conversation;
    const { plan } = this.#facts;
    const transport = this.#transport;
    const agreed = { plan, isClient: true, grant, session };
    return new StreamGroup({ ...agreed, metrics, transport, reportInterval, hangsUp: false }, this.#listener());
  }

  #listener(): StreamListener {
    const { name, plan } = this.#facts;
    const incomplete = new Set(plan.directions);
    return {
      onInterval: (interval) => this.#events.push({ type: 'interval', interval }),
      onReportable: (intervals) => this.#conversation.report(intervals),
      onComplete: (direction) => {
        incomplete.delete(direction);
        // A time that is over is seen by who counts it.
        if (plan.amount !== undefined && incomplete.size === 0) this.#amountDone.resolve();
      },
      onBroken: (why) => this.#conversation.fail(new ProtocolError(`${name}: ${why}`)),
      onClosed: (error) => this.#streamEnded.reject(error ?? this.#conversation.closed ?? closedBy(name)),
      onSendError: (error) => noteSendError(this.#facts, error),
      onIcmp: (heard) => this.#onIcmp(heard),
    };
  }

  #openStreams(group: StreamGroup): Promise<void> {
    const { plan, remote, name } = this.#facts;
    const { cookie, grant, failure } = this.#conversation;
    const isReleased = (): boolean => this.#isReleased;
    const parts = { plan, options: this.#options, transport: this.#transport, remote, name, cookie, grant, failure };
    return openStreams(group, { ...parts, isReleased }).catch((error) => {
      throw this.#explained(error);
    });
  }

  /** The load itself: until its time is over, it is interrupted, or the connection fails. */
  async #transmit(): Promise<void> {
    this.#start = this.#transport.clock.now();
    const processor = watchProcessor(this.#transport);
    this.#streams().start();
    this.#conversation.watch(isReceiving(this.#facts));
    const { omit, duration } = this.#options;
    const timeOver = deferred();
    const cancel = later(this.#transport, span(omit + (duration ?? MAX_DURATION)), timeOver.resolve);
    const failed = [this.#conversation.failure, this.#streamEnded.promise, this.#ownAddress.gone];
    try {
      await Promise.race([timeOver.promise, this.#amountDone.promise, aborted(this.#signal), ...failed]);
      // Here the load ends. What is still written, drained and said takes time that is none of it.
      this.#loadEnd = this.#transport.clock.now();
      this.#cpu = processor();
      this.#streams().hold();
      await Promise.race([this.#flushed(), ...failed]);
    } finally {
      cancel();
      this.#conversation.endWatch();
    }
  }

  async #flushed(): Promise<void> {
    const limit = this.#signal.aborted ? CLIENT_PATIENCE.interruptedFlush : MAX_FLUSH;
    await settledWithin(this.#transport, limit, this.#streams().stop());
  }

  /** A user who has ended the run does not wait for long, nor does one who ends it now. */
  async #endInTime(): Promise<Results> {
    const end = handledElsewhere(this.#end());
    await Promise.race([end, aborted(this.#signal)]);
    return within(this.#transport, CLIENT_PATIENCE.interruptedEnd, INTERRUPTED, end);
  }

  /** The closing words: drained, last clock exchanges, results both ways. */
  async #end(): Promise<Results> {
    await this.#conversation.endLoad(() => this.#drained());
    // A user who waits is not kept for a little more certainty.
    if (!this.#signal.aborted) await this.#conversation.compareClocks();
    // What its last intervals bring is reported before the word that the test is over.
    const { streams } = await this.#streams().finish(this.#loadEnd as Instant);
    await this.#conversation.endTest();
    return this.#conversation.exchangeResults(
      ownResults(this.#facts, streams, { cpu: this.#cpu, serverOutput: undefined }),
    );
  }

  async #drained(): Promise<void> {
    const isUdp = this.#facts.plan.protocol === 'udp';
    const group = this.#streams();
    const quiet = (): Span => {
      if (this.#signal.aborted) return CLIENT_PATIENCE.interruptedQuiet;
      return isUdp ? lastDatagrams(this.#conversation.session.longestRoundTrip) : MAX_QUIET;
    };
    // Which datagram is the last of a direction, the end that receives it does not know.
    const progress = () => (isUdp ? { ...group.progress, isComplete: undefined } : group.progress);
    await drained(progress, this.#transport, quiet, false);
  }

  async #emitSummary(results: Results | undefined, failure: Error | undefined, loadEnd: Instant): Promise<void> {
    const group = this.#streams();
    const finished = group.finish(loadEnd);
    const { streams } = await valueWithin(this.#transport, MAX_FIGURES, finished, NO_FIGURES);
    group.settle(results !== undefined);
    const result = documentOf(this.#facts, {
      times: {
        connectedAt: this.#connectedAt,
        start: this.#start,
        loadEnd,
        testEnd: this.#conversation.testEnd,
        roundTripNs: 0,
      },
      streams,
      carrier: group.carrier,
      intervals: group.intervals,
      reports: group,
      cpu: this.#cpu,
      results,
      failure,
      stopped: undefined,
      interruption: this.#signal.aborted ? INTERRUPTED : undefined,
    });
    this.#events.push({ type: 'summary', result });
  }

  /** Once there are any: from the beginning of the load on. */
  #streams(): StreamGroup {
    return this.#group as StreamGroup;
  }

  #onIcmp(heard: IcmpReport): void {
    const message = noteIcmp(this.#facts, heard);
    this.#firstIcmp ??= message;
  }

  /** Where nothing answers, what ICMP has said says why. */
  #explained(error: Error): Error {
    if (codeOf(error) !== 'ETIMEDOUT' || this.#firstIcmp === undefined) return error;
    return new TransportError('ETIMEDOUT', this.#firstIcmp, error);
  }
}

const closedBy = (name: string): TransportError =>
  new TransportError('ECONNRESET', `${name} closed the data connection`);
