/** Images [image, channel block, pixel, channel in the block], as a runtime keeps them. */
export interface BlockedImages {
  readonly data: Float32Array;
  readonly images: number;
  /** Without those that only fill the last block. */
  readonly channels: number;
  /** Pixels of a channel. */
  readonly pixels: number;
  /** Channels per block. */
  readonly block: number;
}

/** Elements that fill the last blocks of one image, of none of its channels. */
export const paddingOf = ({ channels, pixels, block }: Omit<BlockedImages, 'data' | 'images'>): number =>
  (block * Math.ceil(channels / block) - channels) * pixels;

/** Where the padding begins in the last block, and the positions of all those blocks' pixels. */
function rowsOf({ images, channels, pixels, block }: BlockedImages) {
  const blocks = Math.ceil(channels / block);
  return { blocks, first: channels - (blocks - 1) * block, span: pixels * block, images };
}

/** The number that all padding is; undefined if it is not all the same. Linear operators without neighbours make it 0. */
export function evenPadding(blocked: BlockedImages): number | undefined {
  const { data, block } = blocked;
  const { blocks, first, span, images } = rowsOf(blocked);
  const value = data[(blocks - 1) * span + first]!;
  for (let image = 0; image < images; image++) {
    const start = (image * blocks + blocks - 1) * span;
    for (let from = start; from < start + span; from += block) {
      for (let lane = from + first; lane < from + block; lane++) if (data[lane] !== value) return undefined;
    }
  }
  return value;
}

/** Copies what fills the last blocks, one after another. */
export function copyPadding(blocked: BlockedImages, into: Float32Array): void {
  const { data, block } = blocked;
  const { blocks, first, span, images } = rowsOf(blocked);
  let to = 0;
  for (let image = 0; image < images; image++) {
    const start = (image * blocks + blocks - 1) * span;
    for (let from = start; from < start + span; from += block) {
      for (let lane = from + first; lane < from + block; lane++) into[to++] = data[lane]!;
    }
  }
}

/** The images as [image, channel, pixel]. */
export function plainImages({ data, images, channels, pixels, block }: BlockedImages): Float32Array {
  const plain = new Float32Array(images * channels * pixels);
  const blocks = Math.ceil(channels / block);
  let to = 0;
  for (let image = 0; image < images; image++) {
    for (let channel = 0; channel < channels; channel++) {
      const start = (image * blocks + Math.floor(channel / block)) * pixels * block + (channel % block);
      for (let pixel = 0; pixel < pixels; pixel++) plain[to++] = data[start + pixel * block]!;
    }
  }
  return plain;
}
