/** The same promise, whose failure somebody hears of in another way, or who does not need to: it is not reported as unhandled. */
export function handledElsewhere<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
