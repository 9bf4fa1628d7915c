import { AuthenticationError } from './authentication-error';
import { secretFile, textIn } from './small-file';

/** The password that a file holds, without the end of its line. Throws an `AuthenticationError`, which never says what is in it. */
export function passwordInFile(path: string, warn: (warning: string) => void): string {
  const password = textIn(secretFile(path, 'the password', warn), path).replace(/\r?\n$/, '');
  if (password === '') throw new AuthenticationError(`${path} holds no password`);
  if (/[\r\n\0]/.test(password)) throw new AuthenticationError(`${path} holds more than a password, which is one line`);
  return password;
}
