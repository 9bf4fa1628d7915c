/** A key, a list of users or a password that cannot be used as the command line says: one line for its user. */
export class AuthenticationError extends Error {
  readonly code = 'EUSAGE';
}
