/** A connection that can be cut. */
export interface Severable {
  conn: Deno.TcpConn;
  cut(): void;
}

/**
 * Puts a loopback pipe in front of a connection, which can be cut whatever runs over it: if a TLS
 * handshake hangs, Deno keeps its socket until the peer closes, even after `close()`, and a peer
 * that never responds would cost a file descriptor each time.
 *
 * From then on the given connection belongs to the pipe.
 */
export async function severable(far: Deno.TcpConn): Promise<Severable> {
  const near: Deno.TcpConn[] = [];
  const cut = () => {
    for (const conn of [far, ...near]) close(conn);
  };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const [conn, end] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port })
        .then((conn) => (near.push(conn), conn)),
      listener.accept().then((end) => (near.push(end), end)),
    ]);
    // Another local program may have connected first.
    if (portOf(conn.localAddr) !== portOf(end.remoteAddr)) {
      throw new Error("the loopback interface is not ours");
    }
    Promise.all([pump(end, far), pump(far, end)]).then(() => {
      close(far);
      close(end);
    });
    return {
      conn,
      cut() {
        close(far);
        close(end);
      },
    };
  } catch (error) {
    cut();
    throw error;
  } finally {
    listener.close();
  }
}

function portOf(address: Deno.Addr): number {
  return (address as Deno.NetAddr).port;
}

/** Copies bytes until either side ends. */
async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (;;) {
      const size = await from.read(buffer);
      if (size === null) break;
      for (let at = 0; at < size;) {
        at += await to.write(buffer.subarray(at, size));
      }
    }
    await to.closeWrite();
  } catch {
    // One direction is useless without the other.
    close(from);
    close(to);
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // Already closed.
  }
}
