import type { ThreadSettings } from './thread-transport';

/** What a thread is started with. */
export interface ThreadData {
  readonly settings: ThreadSettings;
  /** Readable when there are messages for the thread, which may be blocked in a system call. */
  readonly wakeFd: number;
}

/** What a thread is told. A role is known by its number. */
export type ToThread =
  | { readonly kind: 'start'; readonly id: number; readonly role: string; readonly data: unknown }
  | { readonly kind: 'order'; readonly id: number; readonly order: unknown }
  /** It has no roles, and gets none any more. */
  | { readonly kind: 'end' };

/** What a thread tells. */
export type FromThread =
  | { readonly kind: 'words'; readonly id: number; readonly words: readonly unknown[] }
  /** The role is over, and nothing of it is left. */
  | { readonly kind: 'over'; readonly id: number; readonly failure: PlainFailure | undefined }
  /** The thread gives up, and all its roles with it. */
  | { readonly kind: 'failed'; readonly failure: PlainFailure };

export interface PlainFailure {
  readonly code: string;
  readonly message: string;
}
