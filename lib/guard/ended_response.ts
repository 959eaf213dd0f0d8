/**
 * Calls `ended` once when the whole response was sent, or its reader has cancelled: until then the
 * request is open.
 */
export function withEnd(response: Response, ended: () => void): Response {
  // The response to a WebSocket upgrade must stay the same object.
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
