/**
 * Reads a response's body as JSON, at most `maxBytes` and until `signal` aborts.
 *
 * @throws {RangeError} if the body is longer.
 * @throws {SyntaxError} if it is not JSON, or was cut off by the signal.
 */
export async function readJson(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<unknown> {
  const reader = response.body?.getReader();
  if (!reader) return JSON.parse("");
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  try {
    const decoder = new TextDecoder();
    let text = "";
    let bytes = 0;
    while (true) {
      const { done, value } = await reader.read();
      if (done) return JSON.parse(text + decoder.decode());
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        throw new RangeError(
          `Cannot read answer: expected at most ${maxBytes} bytes`,
        );
      }
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
