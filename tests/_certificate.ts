/** A self-signed certificate and its key, in PEM: for servers in tests. */
export interface TestCertificate {
  cert: string;
  key: string;
}

/** Makes a certificate for a DNS name, valid until 2049. */
export async function makeCertificate(name: string): Promise<TestCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    algorithm,
    true,
    ["sign", "verify"],
  );
  const ecdsaSha256 = der(0x30, oid("2a8648ce3d040302"));
  // commonName as a UTF8String
  const who = der(
    0x30,
    der(0x31, der(0x30, oid("550403"), der(0x0c, utf8(name)))),
  );
  const altNames = der(0x30, der(0x82, utf8(name)));
  const tbs = der(
    0x30,
    der(0xa0, der(0x02, [2])),
    der(0x02, [1]),
    ecdsaSha256,
    who,
    der(
      0x30,
      der(0x17, utf8("200101000000Z")),
      der(0x17, utf8("491231235959Z")),
    ),
    who,
    new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
    der(
      0xa3,
      der(0x30, der(0x30, oid("551d11"), der(0x04, altNames))),
    ),
  );
  const raw = new Uint8Array(
    await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      privateKey,
      tbs,
    ),
  );
  const signature = der(
    0x30,
    integer(raw.subarray(0, 32)),
    integer(raw.subarray(32)),
  );
  const certificate = der(0x30, tbs, ecdsaSha256, der(0x03, [0], signature));
  const key = await crypto.subtle.exportKey("pkcs8", privateKey);
  return {
    cert: pem("CERTIFICATE", certificate),
    key: pem("PRIVATE KEY", new Uint8Array(key)),
  };
}

type Bytes = Uint8Array<ArrayBuffer> | number[];

/** A DER element (X.690 §8.1). */
function der(tag: number, ...parts: Bytes[]): Uint8Array<ArrayBuffer> {
  const content = parts.flatMap((part) => [...part]);
  const { length } = content;
  const size = length < 128
    ? [length]
    : length < 256
    ? [0x81, length]
    : [0x82, length >> 8, length & 255];
  return new Uint8Array([tag, ...size, ...content]);
}

function oid(hex: string): Uint8Array<ArrayBuffer> {
  return der(0x06, Uint8Array.fromHex(hex));
}

/** A positive number, without redundant leading zeros. */
function integer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const digits = [...bytes];
  while (digits[0] === 0 && digits.length > 1) digits.shift();
  return der(0x02, digits[0]! > 127 ? [0, ...digits] : digits);
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
