import {
  type ErrorNoticeEvent,
  errorOf,
  NOBODY_LISTENS,
  type NoticeEvent,
  type Result,
  type RunError,
  type ServerEvent,
  type SessionEvent,
} from '@pathgauge/result';

// What libraries say, in the words of a command line: they know what happened, and no options or programs.

/** What a user can do, by the code of an error. Stands behind the error's message. */
const ADVICE: Readonly<Record<string, string>> = {
  'tcp-port-in-use': '; stop what listens there, or choose another with -p (a udp-server has TCP for its load tests)',
  'too-many-addresses': '; name one of them with --address',
  'kind-not-served': ' (udp-server serves UDP load, tcp-server TCP)',
  'setting-refused': ' (of a Pathgauge it takes the linux transport)',
};

/** What asks for a setting. */
const OPTIONS: Readonly<Record<string, string>> = {
  dscp: '--dscp',
  trafficClass: '--tos',
  dontFragment: '--dont-fragment',
  windowBytes: '--window',
  mssBytes: '--mss',
  congestion: '--congestion',
  pacingBytesPerSecond: '--fq-rate',
};

const WHO_LISTENS = '; is udp-server running there?';

/** What was thrown, as a user of the command line reads it. */
export function wordedError(thrown: unknown): RunError {
  const { code, message } = errorOf(thrown);
  return { code, message: errorText(thrown, message) };
}

function errorText(thrown: unknown, message: string): string {
  const { code, setting, errors } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    readonly code?: unknown;
    readonly setting?: unknown;
    readonly errors?: unknown;
  };
  if (Array.isArray(errors)) return errors.map((each) => wordedError(each).message).join('; ');
  const option = OPTIONS[String(setting)];
  if (option !== undefined) return message.replace(String(setting), option);
  return advised(message, code);
}

const advised = (message: string, code: unknown): string => `${worded(message)}${ADVICE[String(code)] ?? ''}`;

const worded = (text: string): string => text.replaceAll(NOBODY_LISTENS, `${NOBODY_LISTENS}${WHO_LISTENS}`);

/** What a session tells, as a user of the command line reads it. */
export function wordedEvent(event: SessionEvent): SessionEvent {
  if (event.type === 'notice') return wordedNotice(event);
  if (event.type === 'summary') return { ...event, result: wordedResult(event.result) };
  if ((event.type === 'probe' || event.type === 'round-trip') && event.cause !== undefined) {
    return { ...event, cause: worded(event.cause) };
  }
  return event;
}

/** The same of what a server tells. */
export function wordedServerEvent(event: ServerEvent): ServerEvent {
  if (event.type === 'client') return { ...event, event: wordedEvent(event.event) };
  return event.type === 'notice' ? wordedNotice(event) : event;
}

function wordedNotice(event: NoticeEvent): NoticeEvent {
  const { cause, ...notice }: NoticeEvent & Partial<ErrorNoticeEvent> = event;
  return { ...notice, message: advised(notice.message, cause) };
}

function wordedResult(result: Result): Result {
  const { reason, error, notices } = result;
  const wordedRun = {
    ...result,
    reason: reason === undefined ? undefined : worded(reason),
    error: error === undefined ? undefined : { ...error, message: worded(error.message) },
    notices: notices.map((notice) => ({ ...notice, message: worded(notice.message) })),
  };
  if (!('icmp' in wordedRun)) return wordedRun;
  return { ...wordedRun, icmp: wordedRun.icmp.map((heard) => ({ ...heard, text: worded(heard.text) })) };
}
