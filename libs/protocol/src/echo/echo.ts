/** Whether a reply is the request unchanged: a plain echo server (RFC 862), which adds nothing of its own. */
export function isEcho(request: Uint8Array, reply: Uint8Array): boolean {
  if (reply.length !== request.length) return false;
  for (let i = 0; i < request.length; i++) if (reply[i] !== request[i]) return false;
  return true;
}
