/** A path without percent-encoding; one malformed escape must not prevent decoding the rest. */
export function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(
      /%([0-7][0-9a-f])/gi,
      (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
    );
  }
}
