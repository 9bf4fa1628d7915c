/** State bytes of the control connection; those from 64 on are Pathgauge's own, sent only to a peer that asked. */
export const STATE = {
  testStart: 1,
  testRunning: 2,
  testEnd: 4,
  paramExchange: 9,
  createStreams: 10,
  serverTerminate: 11,
  clientTerminate: 12,
  exchangeResults: 13,
  displayResults: 14,
  iperfDone: 16,
  grant: 64,
  clockRequest: 65,
  clockReply: 66,
  loadEnd: 67,
  alive: 68,
  report: 69,
  serverError: 0xfe,
  accessDenied: 0xff,
} as const;

export type State = (typeof STATE)[keyof typeof STATE];

const NAMES = new Map<number, string>(Object.entries(STATE).map(([name, value]) => [value, name]));

/** A state byte in words, also one that means nothing. */
export const stateName = (byte: number): string => NAMES.get(byte) ?? `unknown state ${byte}`;
