import { asset, setBuildId } from "../runtime/asset.ts";

const URLS = /url\(("[^"]+"|'[^']+'|[^)]+)\)/g;

/** A style sheet with the build id added to the URLs of this site's files, as by asset(). */
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
