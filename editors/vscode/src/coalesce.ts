/**
 * Runs an action never twice at the same time: calls during a run share one run after it.
 *
 * Each call's promise settles with a run that began after the call.
 */
export function coalesce(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running = action().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) {
      return run();
    }
    next ??= running
      .catch(() => undefined) // its own caller hears of it
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  };
}
