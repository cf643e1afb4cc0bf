/** `3,000` */
export const counted = (n: number): string => n.toLocaleString('en-GB');

/** `1 incident`, `3,000 incidents` */
export const many = (n: number, one: string, more = `${one}s`): string =>
  `${counted(n)} ${n === 1 ? one : more}`;
