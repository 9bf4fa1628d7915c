// Apart from the schemas: a program that only writes documents has no use for those.

/** The version of the documents. It changes when a field changes meaning; fields may be added without a change. */
export const SCHEMA_VERSION = 1;

/** The `reason` of a run that its user ended. */
export const INTERRUPTED = 'interrupted';

/** The `reason` of a run that sent less than was asked for, since the sending host was held up or its system refused. */
export const NOT_ALL_SENT = 'not everything was sent';

/** Loss bursts are counted by length up to this one; longer ones are counted together, so that memory stays bounded. */
export const MAX_COUNTED_BURST = 1024;

/** What the longer ones are counted under. */
export const LONGER_BURSTS = `${MAX_COUNTED_BURST + 1}+`;
