import { words } from '../../words/en';

const w = words.attachment;
export const SIZE_MAX = 10 << 20;
export const PER_ENTRY_MAX = 10;

/** The files of a paste or a drop, in their order. */
export function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}

/** Why it is not worth reading. What the bytes really are, the core says. */
export function wrongWith(file: Pick<File, 'name' | 'size'>): string | null {
  if (file.size <= SIZE_MAX) return null;
  return w.tooBig(file.name, (Math.ceil((file.size * 10) / 1_048_576) / 10).toFixed(1));
}

/** A picture out of the clipboard has no name of its own. */
export const nameOf = (file: Pick<File, 'name'>, n: number): string =>
  file.name === '' || file.name === 'image.png' ? w.pasted(n) : file.name;

export async function base64Of(file: Blob): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(',') + 1);
}

/** Bytes as text, whatever they hold: it is shown and never run. Colours of a terminal are left out. */
export function textOf(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  // eslint-disable-next-line no-control-regex
  return new TextDecoder().decode(bytes).replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}

/** Width and height in pixels. */
type Room = { width: number; height: number };
export const SMALL: Room = { width: 320, height: 160 };
/** Within a text that is read. */
export const LARGE: Room = { width: 640, height: 420 };

/** Room that a picture takes before its bytes are here: 24 pixels at least. */
export function roomOf(width: number | undefined, height: number | undefined, most: Room = SMALL): Room {
  if (!width || !height) return { width: 240, height: 120 };
  const scale = Math.min(1, most.height / height, most.width / width);
  return {
    width: Math.max(24, Math.round(width * scale)),
    height: Math.max(24, Math.round(height * scale)),
  };
}
