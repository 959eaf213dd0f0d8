/**
 * Sends bytes on a new connection and reads the response's head, for any method. Each character is
 * one byte.
 */
export async function exchange(
  origin: string,
  text: string,
): Promise<{ status: number; headers: Headers }> {
  const { hostname, port } = new URL(origin);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(16_384);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = await conn.read(buffer);
    if (count === null) break;
    head += decoder.decode(buffer.subarray(0, count));
  }
  const [first, ...lines] = head.split("\r\n\r\n", 1)[0]!.split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first!)?.[1]);
  return { status, headers };
}
