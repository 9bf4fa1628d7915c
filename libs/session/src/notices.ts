import type { Notice, NoticeEvent } from '@pathgauge/result';

/** A notice as it is first told: `code` is stable, for programs; `message` is one line for people. */
export type NoticeText = Pick<Notice, 'code' | 'message'>;

/** Different messages of one code; further ones are counted with the last of them. */
export const MAX_MESSAGES = 8;
/** Different codes; further ones are not told. */
export const MAX_CODES = 32;

/**
 * What a run has to tell beside its figures. A message is told as an event when it first comes; how often it came is in the
 * document.
 */
export class Notices {
  readonly #onEvent: (event: NoticeEvent) => void;
  /** By code, then by message. */
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(onEvent: (event: NoticeEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Notes what there is to tell, if there is anything. */
  add(notice: NoticeText | undefined): void {
    if (notice !== undefined) this.note(notice.code, notice.message);
  }

  /** It happened `count` times more. */
  note(code: string, message: string, count = 1): void {
    const messages = this.#messagesOf(code);
    if (messages === undefined) return;
    const before = messages.get(message);
    if (before === undefined && messages.size < MAX_MESSAGES) {
      messages.set(message, count);
      this.#onEvent({ type: 'notice', code, message });
      return;
    }
    const known = before === undefined ? ([...messages.keys()].at(-1) as string) : message;
    messages.set(known, (messages.get(known) as number) + count);
  }

  /** In the order in which they first came, those of one code together. */
  list(): readonly Notice[] {
    return [...this.#counts].flatMap(([code, messages]) =>
      [...messages].map(([message, count]) => ({ code, message, count })),
    );
  }

  #messagesOf(code: string): Map<string, number> | undefined {
    const known = this.#counts.get(code);
    if (known !== undefined || this.#counts.size === MAX_CODES) return known;
    const messages = new Map<string, number>();
    this.#counts.set(code, messages);
    return messages;
  }
}
