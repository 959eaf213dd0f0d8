/**
 * Measures the longest time that the event loop was blocked, in ms, until the returned function is
 * called.
 */
export function watchTurns(): () => number {
  let slowest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    slowest = Math.max(slowest, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  return () => {
    clearInterval(timer);
    return Math.max(slowest, performance.now() - last - 1);
  };
}
