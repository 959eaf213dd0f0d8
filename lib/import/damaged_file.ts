/** A compressed file is damaged, truncated, or uses an unsupported compression. */
export class DamagedFileError extends TypeError {
  override name = "DamagedFileError";
}
