import type { Result, ServerEvent, SessionEvent, TotalsEvent } from '@pathgauge/result';
import type { Style } from './text/style';

/** What one event adds to an output. */
interface Update {
  /** Whole lines, which stay. */
  readonly text: string;
  /** On a terminal: lines below them, which the next event replaces. */
  readonly live: readonly string[];
}

/** Makes an output of a client's run. */
export interface Reporter {
  event(event: SessionEvent): Update;
  /** The run is over, and this is its document. */
  end(result: Result): string;
}

/** Makes the log of a server. */
export interface ServerReporter {
  event(event: LoggedEvent): ServerUpdate;
  /** The server cannot serve, or not any more, says this document. */
  failed(result: Result): string;
}

/** Totals are for people who ask. */
export type LoggedEvent = Exclude<ServerEvent, TotalsEvent>;

interface ServerUpdate {
  readonly log: string;
  /** What people should know and the log has no place for. */
  readonly remark: string;
}

export interface ReportOptions {
  readonly style: Style;
  /** Text for people: only the summary. */
  readonly quiet: boolean;
}

/** A format of results. */
export interface Format {
  /** The option that asks for it on standard output; undefined: it is there unless another is asked for. */
  readonly option: 'json' | 'json-stream' | undefined;
  /** Whether files can be of it. Their names end in the format's. */
  readonly isOfFiles: boolean;
  /** Whether it has every probe, with all its figures. */
  readonly hasProbes: boolean;
  client(options: ReportOptions): Reporter;
  server(options: ReportOptions): ServerReporter;
}

export const NOTHING: Update = { text: '', live: [] };
