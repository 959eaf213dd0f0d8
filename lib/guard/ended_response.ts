/**
 * Calls `ended` once when the whole of a response has been sent, or its reader has gone: until then
 * a request is open.
 */
export function withEnd(response: Response, ended: () => void): Response {
  // A WebSocket's answer has to stay the object that it is.
  if (response.body === null || response.status === 101) {
    ended();
    return response;
  }
  let isOpen = true;
  const end = () => {
    if (isOpen) ended();
    isOpen = false;
  };
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(body, response);
}
