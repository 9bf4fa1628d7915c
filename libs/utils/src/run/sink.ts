/** Where an output's text goes. `write` and `close` may throw; nothing is called after that, nor after `close`. */
export interface Sink {
  write(text: string): void;
  close(): Promise<void>;
  /** Nothing more is coming, and what came is of no use. */
  discard(): void;
}
