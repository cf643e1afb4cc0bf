/** A name for something that is written here first: 32 hexadecimal digits that sort by the time they were made. */
export function newId(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(10))): string {
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0').slice(-12);
  const rest = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  // A UUID of version 7, without its hyphens.
  const variant = ((parseInt(rest.charAt(3), 16) & 3) | 8).toString(16);
  return `${time}7${rest.slice(0, 3)}${variant}${rest.slice(4, 19)}`;
}

/** The same with its hyphens. */
export const hyphened = (id: string): string =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
