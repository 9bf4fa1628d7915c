import { codeOf, TransportError } from './errors';
import { handledElsewhere } from './handled-elsewhere';
import type { Role, RoleHandle, RoleSide, RoleTransport } from './role';

/** Calls back later, never within the call: how a message gets from one side of a role to the other. */
type Crossing = (deliver: () => void) => void;

/**
 * Runs a role where there are no threads, by the same rules: messages are copies, delivered later and in order; what the role fails
 * of ends it.
 */
export function startInProcess<Data, Order, Word>(
  role: Role<Data, Order, Word>,
  data: Data,
  transport: RoleTransport,
  cross: Crossing,
): RoleHandle<Order, Word> {
  const running = new InProcessRole<Data, Order, Word>(structuredClone(data), transport, cross);
  const ended = running.begin(role);
  return {
    post: (order) => running.order(order),
    onMessage: (handler) => running.words.receive(handler),
    ended: handledElsewhere(ended),
  };
}

class InProcessRole<Data, Order, Word> implements RoleSide<Data, Order, Word> {
  readonly transport: RoleTransport;
  readonly data: Data;
  readonly words: Messages<Word>;
  readonly #orders: Messages<Order>;
  readonly #cross: Crossing;
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #isOver = false;

  constructor(data: Data, transport: RoleTransport, cross: Crossing) {
    this.data = data;
    this.transport = transport;
    this.#cross = cross;
    this.words = new Messages(cross);
    this.#orders = new Messages(cross);
    this.#failed = handledElsewhere(
      new Promise((_, reject) => {
        this.#fail = reject;
      }),
    );
  }

  async begin(role: Role<Data, Order, Word>): Promise<void> {
    await new Promise<void>(this.#cross);
    try {
      await Promise.race([role.run(this), this.#failed]);
    } catch (error) {
      throw new TransportError(codeOf(error) ?? 'UNKNOWN', (error as Error).message);
    } finally {
      this.#isOver = true;
      await this.words.delivered();
    }
  }

  order(order: Order): void {
    if (!this.#isOver) this.#orders.send(order);
  }

  post(word: Word): void {
    if (!this.#isOver) this.words.send(word);
  }

  onMessage(handler: (order: Order) => void): void {
    this.#orders.receive((order) => {
      try {
        if (!this.#isOver) handler(order);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  run(over: Promise<unknown>): Promise<void> {
    const settled = over.then(
      () => {},
      () => {},
    );
    return Promise.race([settled, this.#failed]);
  }
}

/** What one side has told the other. What comes before there is a consumer waits for it. */
class Messages<Message> {
  readonly #cross: Crossing;
  readonly #waiting: Message[] = [];
  #under = 0;
  #handler: ((message: Message) => void) | undefined;

  constructor(cross: Crossing) {
    this.#cross = cross;
  }

  send(message: Message): void {
    this.#waiting.push(structuredClone(message));
    this.#under++;
    this.#cross(() => {
      this.#under--;
      this.#deliver();
    });
  }

  receive(handler: (message: Message) => void): void {
    this.#handler = handler;
    this.#cross(() => this.#deliver());
  }

  /** Resolves when everything sent so far has been handed to the consumer. */
  delivered(): Promise<void> {
    return new Promise(this.#cross);
  }

  /** All that has crossed: those still under way are the last. */
  #deliver(): void {
    while (this.#handler !== undefined && this.#waiting.length > this.#under)
      this.#handler(this.#waiting.shift() as Message);
  }
}
