/** A compressed file is damaged, ends too soon, or is compressed in a way that is not read here. */
export class DamagedFileError extends TypeError {
  override name = "DamagedFileError";
}
