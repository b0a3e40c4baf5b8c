import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VolleyError } from '../../base/errors.ts';
import { writeFileAtomic } from '../atomic-file.ts';
import { dataDirectory } from '../data-directory.ts';
import { decodeNpy, encodeNpy } from '../npy.ts';
import type { PixelSet } from './image-set.ts';

/** The folder `decoded` in the platform's cache, whatever data folder the user named: that one may be read-only. */
export const defaultCache = (): string => join(dataDirectory(undefined, { environment: withoutOurs() }), 'decoded');

function withoutOurs(): Record<string, string | undefined> {
  return { ...process.env, VOLLEY_DATA: undefined };
}

/**
 * Keeps decoded images: two .npy files named by the archive's content, so that another archive is decoded anew. A cache that
 * cannot be read or written only costs the time of decoding.
 */
export async function cachedPixels(
  folder: string,
  name: string,
  archive: Uint8Array,
  decode: () => Promise<PixelSet>,
): Promise<PixelSet> {
  const key = createHash('sha256').update(archive).digest('hex').slice(0, 16);
  const path = (part: string) => join(folder, `${name}-${key}-${part}.npy`);
  const stored = readStored(path('images'), path('labels'));
  if (stored) return stored;
  const decoded = await decode();
  try {
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(path('images'), encodeNpy({ shape: decoded.shape, data: decoded.pixels }));
    writeFileAtomic(path('labels'), encodeNpy({ shape: [decoded.labels.length], data: decoded.labels }));
  } catch {
    // No room or no permission: the decoded images are at hand all the same.
  }
  return decoded;
}

function readStored(imagePath: string, labelPath: string): PixelSet | undefined {
  try {
    const images = decodeNpy(readFileSync(imagePath), imagePath);
    const labels = decodeNpy(readFileSync(labelPath), labelPath);
    if (!(images.data instanceof Uint8Array) || !(labels.data instanceof Int32Array)) return undefined;
    if (images.shape[0] !== labels.data.length) return undefined;
    return { pixels: images.data, shape: images.shape, labels: labels.data };
  } catch (error) {
    if (error instanceof VolleyError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
