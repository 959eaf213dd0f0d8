import { assert } from "@std/assert";
import { signatureHeaders } from "../../lib/alerts/signature.ts";

Deno.test("docs/alerts.md: the snippet takes what is signed, and nothing else", async () => {
  const text = await Deno.readTextFile(
    new URL("../../docs/alerts.md", import.meta.url),
  );
  const [, code] = /```ts verify\n([\s\S]*?)```/.exec(text) ?? [];
  assert(code);
  const url = URL.createObjectURL(
    new Blob([code], { type: "application/typescript" }),
  );
  const { isSigned } = await import(url);
  URL.revokeObjectURL(url);
  const body = `{"text":"é"}`;
  for (const secret of ["0123456789abcdef", "whsec_AAECAwQFBgcICQoLDA0ODw=="]) {
    const headersAt = async (timestamp: number) =>
      new Headers(
        await signatureHeaders(secret, { id: "msg_1", timestamp, body }),
      );
    const fresh = await headersAt(Date.now());
    assert(await isSigned(fresh, body, secret));
    assert(!await isSigned(fresh, body + " ", secret));
    assert(!await isSigned(fresh, body, "another secret 123"));
    assert(
      !await isSigned(await headersAt(Date.now() - 400_000), body, secret),
    );
    assert(!await isSigned(new Headers(), body, secret));
    const moved = new Headers(fresh);
    moved.set("webhook-id", "msg_2");
    assert(!await isSigned(moved, body, secret));
  }
});
