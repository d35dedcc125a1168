/** Amounts of bytes for people. */

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** An amount in the largest unit of which there is at least one, with one decimal place. */
export function text(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
}
