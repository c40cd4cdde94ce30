/** Numbers in words that are the same wherever a person reads them: in a terminal, in reports and in model cards. */

/** @example count(4_047_369) // 4,047,369 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** @example counted(1, 'class', 'classes') // 1 class */
export function counted(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** Of powers of a thousand, as disks are sold. @example bytes(1_234_567) // 1.2 MB */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
