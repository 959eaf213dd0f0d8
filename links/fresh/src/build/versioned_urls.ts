import { asset, setBuildId } from "../runtime/asset.ts";

const URLS = /url\(("[^"]+"|'[^']+'|[^)]+)\)/g;

/** A style sheet with the build's id behind the addresses of this site's files, as asset() has it. */
export function versionedUrls(css: Uint8Array, buildId: string): Uint8Array {
  setBuildId(buildId);
  const text = new TextDecoder().decode(css).replace(
    URLS,
    (_, given: string) => {
      const address = given.replace(/^(["'])(.*)\1$/, "$2");
      return `url(${JSON.stringify(asset(address))})`;
    },
  );
  return new TextEncoder().encode(text);
}
