import { FormatError, UnsupportedError } from '../../base/errors.ts';

/** An encoded image and its name for error messages. */
export interface EncodedImage {
  readonly path: string;
  readonly bytes: Uint8Array;
}

type Sharp = typeof import('sharp').default;

/** @throws UnsupportedError if the package is not installed */
async function loadSharp(where: string): Promise<Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const error = new UnsupportedError(where, 'expected the package sharp to decode images, got none', {
      hint: 'npm install sharp',
    });
    error.cause = cause;
    throw error;
  }
}

/** Images that are decoded at the same time; more only cost memory. */
const AT_ONCE = 64;

/**
 * Decodes images of one size into planes, the centre of each.
 *
 * @param files - JPEG, PNG or what else sharp reads
 * @param side - of the square that is cut out of the middle, in pixels
 * @returns bytes [n, 3, side, side]: red, green, blue
 * @throws FormatError for a file that is damaged or smaller than the square
 * @throws UnsupportedError if the package `sharp` is not installed
 */
export async function decodeImages(
  where: string,
  files: readonly EncodedImage[],
  side: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const sharp = await loadSharp(where);
  const pixels = new Uint8Array(files.length * 3 * side * side);
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const block = files.slice(first, first + AT_ONCE);
    const decoded = await Promise.all(block.map((file) => decodeOne(where, sharp, file)));
    decoded.forEach((image, k) => {
      const plane = 3 * side * side;
      cutCentre(where, block[k]!.path, image, side, pixels.subarray((first + k) * plane, (first + k + 1) * plane));
    });
  }
  return pixels;
}

interface Decoded {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3]. */
  readonly data: Uint8Array;
}

async function decodeOne(where: string, sharp: Sharp, { path, bytes }: EncodedImage): Promise<Decoded> {
  try {
    // Networks are trained on the stored numbers; most decoders leave colour profiles alone.
    const { data, info } = await sharp(bytes, { ignoreIcc: true })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (cause) {
    const error = new FormatError(where, `expected an image in ${path}, got something else`, {
      hint: 'damaged: fetch the archive again',
      fields: { path },
    });
    error.cause = cause;
    throw error;
  }
}

function cutCentre(where: string, path: string, image: Decoded, side: number, out: Uint8Array): void {
  const { width, height, data } = image;
  if (width < side || height < side) {
    throw new FormatError(where, `expected at least ${side} x ${side} pixels in ${path}, got ${width} x ${height}`, {
      fields: { path, width, height },
    });
  }
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = 3 * ((top + y) * width + left + x);
      for (let c = 0; c < 3; c++) out[(c * side + y) * side + x] = data[from + c]!;
    }
  }
}
